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

const FAINT = 0xff99918c; // rgb(140, 145, 153)
const ALWAYS = 20000; // so many that were found are never left away

// A pixel is one number, 0xAABBGGRR, of which two parts are mixed at a time. Where nothing changed the last picture is put again.
class PlainPaint {
  constructor(canvas, xy) {
    [this.name, this.xy, this.canvas] = ["canvas", xy, canvas];
    this.context = canvas.getContext("2d", { willReadFrequently: true }); // kept where the processor writes
  }

  colours(rgba) { [this.inks, this.alpha, this.drawn] = [new Uint32Array(rgba.buffer), rgba[3] / 255, ""]; } // one alpha for all
  states(states) { [this.state, this.used, this.lit, this.drawn] = [states, used(states), states.reduce((sum, one) => sum + (one === 3), 0), ""]; }

  // Of the points a share, always the same ones, and with a larger share those and others; whether they were set anew.
  draw(view, ratio, size, faint, share) {
    const { width, height } = this.canvas;
    if (!this.image || this.image.width !== width || this.image.height !== height) {
      this.image = this.context.createImageData(width, height);
      [this.pixels, this.drawn] = [new Uint32Array(this.image.data.buffer), ""];
    }
    const drawn = [view.x, view.y, view.unit, view.middle, size, faint, share].join();
    const fresh = drawn !== this.drawn;
    if (fresh) {
      this.pixels.fill(0);
      for (const wanted of this.used) {
        const round = disc((wanted === 3 ? Math.max(size * 1.5, LIT) : size) * ratio);
        this.pass(view, ratio, wanted, round, faint, wanted === 3 ? Math.max(share, Math.min(1, ALWAYS / this.lit)) : share);
      }
      this.drawn = drawn;
    }
    this.context.putImageData(this.image, 0, 0);
    return fresh;
  }

  pass(view, ratio, wanted, { dx, dy, cover, reach }, faint, share) {
    const { xy, inks, state, pixels, canvas: { width, height } } = this;
    const [u, [mx, my]] = [view.unit * ratio, view.middle.map((v) => v * ratio)];
    const [x0, y0, many, alpha] = [mx - view.x * u + 0.5, my + view.y * u + 0.5, dx.length, wanted === 1 ? faint : this.alpha];
    const parts = Int32Array.from(cover, (part) => Math.round(256 * part * alpha));
    const [steps, most] = [Int32Array.from(dx, (x, k) => dy[k] * width + x), Math.round(share * 2 ** 32)];
    for (let at = 0; at < state.length; at++) {
      if (state[at] !== wanted || Math.imul(at, 0x9e3779b1) >>> 0 >= most) continue; // spread evenly over the rows
      const px = Math.floor(x0 + xy[2 * at] * u), py = Math.floor(y0 - xy[2 * at + 1] * u);
      if (px < -reach || py < -reach || px >= width + reach || py >= height + reach) continue;
      const inside = px >= reach && py >= reach && px < width - reach && py < height - reach;
      const ink = wanted === 1 ? FAINT : inks[at], middle = py * width + px;
      const rb = ink & 0xff00ff, ga = (ink >>> 8) & 0xff | 0xff0000;
      for (let k = 0; k < many; k++) {
        if (!inside && (px + dx[k] < 0 || py + dy[k] < 0 || px + dx[k] >= width || py + dy[k] >= height)) continue;
        const i = middle + steps[k], part = parts[k], rest = 256 - part, below = pixels[i];
        if (below === 0) pixels[i] = ink & 0xffffff | (part * 255 + 128) >>> 8 << 24;
        else {
          pixels[i] = (Math.imul(rb, part) + Math.imul(below & 0xff00ff, rest) + 0x800080) >>> 8 & 0xff00ff
            | (Math.imul(ga, part) + Math.imul(below >>> 8 & 0xff00ff, rest) + 0x800080) & 0xff00ff00;
        }
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
