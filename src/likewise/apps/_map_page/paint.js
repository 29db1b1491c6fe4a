// Points on a canvas: by WebGL where there is one, else by a canvas of two dimensions. A state a point: 0 hidden, 1 faint,
// 2 shown, 3 lit.

const LIT = 7; // pixels that a point that was found has at least

const VERTEX = `#version 300 es
in vec2 spot; in vec4 colour; in float state;
uniform vec2 scale; uniform vec2 shift; uniform float size; uniform float wanted; uniform float faint; uniform float lit;
out vec4 ink;
void main() {
  bool now = state == wanted;
  gl_Position = now ? vec4(spot * scale + shift, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = state == 3.0 ? max(size * 1.5, lit) : size;
  ink = state == 1.0 ? vec4(0.55, 0.57, 0.6, faint) : colour;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec4 ink; uniform float size; out vec4 dot_;
void main() {
  float away = length(gl_PointCoord - 0.5) * 2.0;
  float edge = smoothstep(1.0, 1.0 - 3.0 / max(size, 3.0), away);
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
  states(states) { this.put("state", states); }

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
    for (const state of [1, 2, 3]) {
      gl.uniform1f(this.uniform.wanted, state);
      gl.drawArrays(gl.POINTS, 0, this.n);
    }
  }
}

class PlainPaint {
  constructor(canvas, xy) { [this.name, this.xy, this.context] = ["canvas", xy, canvas.getContext("2d")]; }
  colours(rgba) { this.rgba = rgba; }
  states(states) { this.state = states; }

  draw(view, ratio, size, faint) {
    const { context: ctx, xy, rgba, state } = this;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, view.width, view.height);
    const [u, [mx, my]] = [view.unit, view.middle];
    for (const wanted of [1, 2, 3]) {
      const side = wanted === 3 ? Math.max(size * 1.4, LIT) : size * 0.9;
      let last = "";
      for (let at = 0; at < state.length; at++) {
        if (state[at] !== wanted) continue;
        const px = mx + (xy[2 * at] - view.x) * u, py = my - (xy[2 * at + 1] - view.y) * u;
        if (px < -9 || py < -9 || px > view.width + 9 || py > view.height + 9) continue;
        const ink = wanted === 1 ? `rgba(140,145,153,${faint})` : `rgba(${rgba[4 * at]},${rgba[4 * at + 1]},${rgba[4 * at + 2]},${rgba[4 * at + 3] / 255})`;
        if (ink !== last) ctx.fillStyle = last = ink;
        if (side < 4) { ctx.fillRect(px - side / 2, py - side / 2, side, side); continue; }
        ctx.beginPath();
        ctx.arc(px, py, side / 2, 0, 6.2832);
        ctx.fill();
      }
    }
  }
}

function paintOn(canvas, xy) {
  if (location.hash !== "#canvas") {
    try { return new WebGLPaint(canvas, xy); } catch (error) { console.info(`drawn without WebGL: ${error.message}`); }
  }
  if (canvas.getContext("2d")) return new PlainPaint(canvas, xy);
  const fresh = canvas.cloneNode();  // a canvas that once gave WebGL gives nothing else
  canvas.replaceWith(fresh);
  return new PlainPaint(fresh, xy);
}
