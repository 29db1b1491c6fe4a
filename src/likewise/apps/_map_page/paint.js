// Points on a canvas: by WebGL where a graphics card does the work, else pixel by pixel, which a processor does sooner than
// WebGL. A state a point: 0 hidden, 1 faint, 2 shown, 3 lit.

const LIT = 7; // pixels that a point that was found has at least

const VERTEX = `#version 300 es
in vec2 spot; in vec4 colour; in float state;
uniform vec2 scale; uniform vec2 shift; uniform float size; uniform float wanted; uniform float faint; uniform float lit;
out vec4 ink; out float wide;
void main() {
  bool now = state == wanted;
  gl_Position = now ? vec4(spot * scale + shift, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  wide = (state == 3.0 ? max(size * 1.5, lit) : size) + 1.0; // its edge fades over a pixel
  gl_PointSize = wide;
  ink = state == 1.0 ? vec4(0.55, 0.57, 0.6, faint) : colour;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec4 ink; in float wide; out vec4 dot_;
void main() {
  float away = length(gl_PointCoord - 0.5) * 2.0;
  float edge = clamp(wide * 0.5 * (1.0 - away), 0.0, 1.0);
  if (edge <= 0.0) discard;
  dot_ = vec4(ink.rgb, 1.0) * ink.a * edge;
}`;

class WebGLPaint {
  constructor(canvas, xy) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: true, premultipliedAlpha: true });
    if (!gl) throw new Error("no WebGL 2");
    this.name = "webgl";
    this.n = xy.length / 2;
    this.gl = gl;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) || "no program");
    gl.useProgram(program);
    this.uniform = Object.fromEntries(["scale", "shift", "size", "wanted", "faint", "lit"].map((u) => [u, gl.getUniformLocation(program, u)]));
    const buffer = (name, parts, kind, normal) => {
      const at = gl.getAttribLocation(program, name);
      const made = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, made);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, parts, kind, normal, 0, 0);
      return made;
    };
    this.buffers = { spot: buffer("spot", 2, gl.FLOAT, false), colour: buffer("colour", 4, gl.UNSIGNED_BYTE, true), state: buffer("state", 1, gl.UNSIGNED_BYTE, false) };
    this.put("spot", xy);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  put(name, values) {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.buffers[name]);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, values, this.gl.DYNAMIC_DRAW);
  }

  colours(rgba) { this.put("colour", rgba); }
  states(states) { this.put("state", states); this.used = used(states); }

  draw(view, ratio, size, faint) {
    const gl = this.gl;
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const [u, [mx, my]] = [view.unit, view.middle];
    const [sx, sy] = [2 * u / view.width, 2 * u / view.height];
    gl.uniform2f(this.uniform.scale, sx, sy);
    gl.uniform2f(this.uniform.shift, 2 * mx / view.width - 1 - view.x * sx, 1 - 2 * my / view.height - view.y * sy);
    gl.uniform1f(this.uniform.size, size * ratio);
    gl.uniform1f(this.uniform.faint, faint);
    gl.uniform1f(this.uniform.lit, LIT * ratio);
    for (const state of this.used) {
      gl.uniform1f(this.uniform.wanted, state);
      gl.drawArrays(gl.POINTS, 0, this.n);
    }
  }
}

const used = (states) => [1, 2, 3].filter((wanted) => states.includes(wanted));

// A disc of this diameter: where its pixels are from its middle, and how much of each it covers.
function disc(size) {
  const [radius, reach] = [size / 2, Math.ceil(size / 2)];
  const [dx, dy, cover] = [[], [], []];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const part = Math.min(Math.max(radius + 0.5 - Math.hypot(x, y), 0), 1);
      if (part > 0.04) { dx.push(x); dy.push(y); cover.push(part); }
    }
  }
  return { dx, dy, cover, reach };
}

class PlainPaint {
  constructor(canvas, xy) {
    [this.name, this.xy, this.canvas] = ["canvas", xy, canvas];
    this.context = canvas.getContext("2d", { willReadFrequently: true }); // kept where the processor writes
  }

  colours(rgba) { this.rgba = rgba; }
  states(states) { [this.state, this.used] = [states, used(states)]; }

  draw(view, ratio, size, faint) {
    const { width, height } = this.canvas;
    if (!this.image || this.image.width !== width || this.image.height !== height) this.image = this.context.createImageData(width, height);
    this.image.data.fill(0);
    for (const wanted of this.used) this.pass(view, ratio, wanted, disc((wanted === 3 ? Math.max(size * 1.5, LIT) : size) * ratio), faint);
    this.context.putImageData(this.image, 0, 0);
  }

  pass(view, ratio, wanted, { dx, dy, cover, reach }, faint) {
    const { xy, rgba, state, canvas: { width, height }, image: { data } } = this;
    const [u, [mx, my]] = [view.unit * ratio, view.middle.map((v) => v * ratio)];
    const [x0, y0, many] = [mx - view.x * u, my + view.y * u, dx.length];
    for (let at = 0; at < state.length; at++) {
      if (state[at] !== wanted) continue;
      const px = Math.round(x0 + xy[2 * at] * u), py = Math.round(y0 - xy[2 * at + 1] * u);
      if (px < -reach || py < -reach || px >= width + reach || py >= height + reach) continue;
      const inside = px >= reach && py >= reach && px < width - reach && py < height - reach;
      const r = wanted === 1 ? 140 : rgba[4 * at], g = wanted === 1 ? 145 : rgba[4 * at + 1], b = wanted === 1 ? 153 : rgba[4 * at + 2];
      const alpha = wanted === 1 ? faint : rgba[4 * at + 3] / 255;
      for (let k = 0; k < many; k++) {
        const x = px + dx[k], y = py + dy[k];
        if (!inside && (x < 0 || y < 0 || x >= width || y >= height)) continue;
        const i = 4 * (y * width + x), part = cover[k] * alpha, below = data[i + 3];
        if (below === 0) { data[i] = r; data[i + 1] = g; data[i + 2] = b; data[i + 3] = 255 * part; continue; }
        data[i] += (r - data[i]) * part;
        data[i + 1] += (g - data[i + 1]) * part;
        data[i + 2] += (b - data[i + 2]) * part;
        data[i + 3] = below + (255 - below) * part;
      }
    }
  }
}

// Whether WebGL is there and is no imitation of a graphics card.
function carded() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return false;
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  const name = `${gl.getParameter(gl.RENDERER)} ${told ? gl.getParameter(told.UNMASKED_RENDERER_WEBGL) : ""}`;
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

// #webgl or #canvas behind the address of the page chooses.
function paintOn(canvas, xy) {
  if (location.hash === "#webgl" || (location.hash !== "#canvas" && carded())) {
    try { return new WebGLPaint(canvas, xy); } catch (error) { console.info(`drawn without WebGL: ${error.message}`); }
    const fresh = canvas.cloneNode(); // a canvas that once gave WebGL gives nothing else
    canvas.replaceWith(fresh);
    return new PlainPaint(fresh, xy);
  }
  return new PlainPaint(canvas, xy);
}
