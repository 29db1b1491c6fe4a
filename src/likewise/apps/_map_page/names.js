// The names of regions and what is marked: a canvas over the points.

function plates(context, view, labels, inset) {
  const taken = [];
  for (const label of labels) {
    const [near, far] = [1.6 ** (2 * label.level - 1), 1.6 ** (2 * label.level + 3.4)];
    if ((label.level && view.zoom < near) || view.zoom > far * (label.level >= 2 ? 1e9 : 1)) continue;
    const [px, py] = view.toScreen(label.x, label.y);
    if (px < inset || py < 0 || px > view.width || py > view.height) continue;
    const size = [15.5, 13.5, 12.5][label.level];
    context.font = `${label.level ? 500 : 600} ${size}px system-ui, sans-serif`;
    const half = context.measureText(label.text).width / 2 + 4;
    const box = [px - half, py - size * 0.8, px + half, py + size * 0.8];
    if (box[0] < inset || taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
    taken.push(box);
    context.strokeText(label.text, px, py);
    context.fillText(label.text, px, py);
  }
}

function drawOver(canvas, view, ratio, held, state, alone) {
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const [ink, halo, accent] = ["--ink", "--halo", "--accent"].map((name) => style.getPropertyValue(name).trim());
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (alone) context.clearRect(0, 0, view.width, view.height);
  const spot = (at) => view.toScreen(held.xy[2 * at], held.xy[2 * at + 1]);
  if (state.clicked >= 0) {
    const [px, py] = spot(state.clicked);
    context.strokeStyle = accent;
    context.lineWidth = 1;
    context.globalAlpha = 0.75;
    for (const [other] of neighboursOf(held, state.clicked)) {
      context.beginPath();
      context.moveTo(px, py);
      context.lineTo(...spot(other));
      context.stroke();
    }
    context.globalAlpha = 1;
  }
  [context.textAlign, context.textBaseline, context.lineJoin, context.lineWidth] = ["center", "middle", "round", 4];
  [context.strokeStyle, context.fillStyle] = [halo, ink];
  if (state.names) plates(context, view, held.labels, view.left);
  for (const [at, width] of [[state.hovered, 2], [state.clicked, 3]]) {
    if (at < 0) continue;
    const [px, py] = spot(at);
    [context.strokeStyle, context.lineWidth] = [width === 3 ? accent : ink, width];
    context.beginPath();
    context.arc(px, py, Math.max(state.size * 0.5 + 4, 7), 0, 6.2832);
    context.stroke();
  }
  if (state.frame) {
    const [a, b, c, d] = state.frame;
    [context.strokeStyle, context.lineWidth] = [accent, 1.5];
    context.setLineDash([5, 4]);
    context.strokeRect(Math.min(a, c), Math.min(b, d), Math.abs(c - a), Math.abs(d - b));
    context.setLineDash([]);
  }
}

// Rows and cosines of what is nearest by the vectors, whatever the map says.
function neighboursOf(held, at) {
  const k = held.count ? held.near.length / held.count : 0;
  return Array.from({ length: k }, (_, i) => [held.near[at * k + i], held.cosines[at * k + i]]).filter(([row]) => row !== at);
}
