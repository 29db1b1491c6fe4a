// The page: one state, what changes it, and one drawing a frame at most.

const at_ = (id) => document.getElementById(id);

function begin(held) {
  const n = held.count = held.ids.length;
  const over = at_("over");
  let paint = paintOn(at_("points"), held.xy);
  const canvas = at_("points");
  const layer = paint.name === "canvas" ? canvas : over; // one canvas is less to put together
  over.hidden = layer !== over;
  const grid = new Grid(held.xy);
  const state = { hovered: -1, clicked: -1, names: true, frame: null, size: 3, off: new Set(), matches: null, picked: null, field: null, ready: false };
  const states = new Uint8Array(n).fill(2);
  let colours = colouring(null);
  let words = null; // what is searched, made when it is first asked
  let ratio = 1, dirty = 0;

  const redraw = () => { dirty = dirty || requestAnimationFrame(draw); };
  const pace = new Pace(redraw);
  const view = new View(() => pace.moved());

  function draw() {
    dirty = 0;
    const base = Math.min(8, Math.max(2.4, 420 / Math.sqrt(n + 200)));
    state.size = Math.min(16, base * Math.max(view.zoom, 0.6) ** 0.32);
    const [began, share] = [performance.now(), pace.now];
    if (paint.draw(view, ratio, state.size, state.matches || state.picked ? 0.22 : 0.3, share)) pace.took(performance.now() - began, share);
    drawOver(layer, view, ratio, held, state, layer === over);
  }

  function resize() {
    ratio = Math.min(devicePixelRatio || 1, 2.5);
    for (const one of [canvas, over]) [one.width, one.height] = [Math.round(innerWidth * ratio), Math.round(innerHeight * ratio)];
    const side = at_("side");
    view.resize(innerWidth, innerHeight, innerWidth > 860 && !side.classList.contains("folded") ? 300 : 0);
  }

  const visible = (at) => states[at] > 0;

  function mark() {
    const chosen = state.picked || state.matches;
    for (let at = 0; at < n; at++) {
      const hidden = state.off.size && state.off.has(colours.entryOf(at));
      states[at] = hidden ? 0 : !chosen ? 2 : chosen.has(at) ? 3 : 1;
    }
    paint.states(states);
    redraw();
  }

  function paintColours() {
    const rgba = new Uint8Array(4 * n);
    const alpha = n > 30000 ? 205 : 230;
    for (let at = 0; at < n; at++) {
      const ink = colours.inkOf(at);
      rgba[4 * at] = ink[0]; rgba[4 * at + 1] = ink[1]; rgba[4 * at + 2] = ink[2]; rgba[4 * at + 3] = alpha;
    }
    paint.colours(rgba);
  }

  function colourBy(name) {
    state.field = held.fields.find((field) => field.name === name) || null;
    state.off = new Set();
    colours = colouring(state.field);
    paintColours();
    legend();
    mark();
  }

  function legend() {
    showLegend(at_("legend"), colours, state.off, (at, alone) => {
      const others = colours.entries.map((_, i) => i).filter((i) => i !== at);
      if (alone) state.off = new Set(others);
      else if (!state.off.delete(at)) state.off.add(at);
      if (state.off.size === colours.entries.length) state.off = new Set();
      legend();
      mark();
    });
  }

  function look(text) {
    const asked = text.toLowerCase().split(/\s+/).filter(Boolean);
    state.picked = null;
    state.matches = null;
    if (asked.length) {
      words = words || held.ids.map((id, at) => [held.titles[at], held.texts[at], id, ...held.fields.filter((field) => field.name !== "region").map((field) => valueOf(field, at))].join("\n").toLowerCase());
      state.matches = new Set();
      for (let at = 0; at < n; at++) if (asked.every((word) => words[at].includes(word))) state.matches.add(at);
    }
    list(state.matches, asked.length ? "found" : "");
  }

  function list(rows, verb) {
    const box = at_("found");
    box.replaceChildren();
    at_("count").textContent = rows ? `${rows.size.toLocaleString("en")} of ${n.toLocaleString("en")} ${verb}` : "";
    at_("chosen").hidden = !rows || !rows.size;
    for (const at of [...(rows || [])].slice(0, 60)) {
      const line = element("li");
      const [name, text] = [nameOf(held, at).slice(0, 90), held.texts[at].slice(0, 60)];
      const button = element("button", "", name);
      if (text && !text.startsWith(name)) button.append(element("small", "", text));
      button.type = "button";
      button.title = nameOf(held, at).slice(0, 300);
      button.addEventListener("click", () => go(at));
      line.append(button);
      box.append(line);
    }
    mark();
  }

  function clear() {
    at_("search").value = "";
    look("");
  }

  function click(at) {
    state.clicked = at;
    showDetails(at_("details"), held, at, go);
    redraw();
    view.right = at >= 0 && innerWidth > 860 ? innerWidth - at_("details").getBoundingClientRect().left : 0;
    if (at < 0) return;
    const [px, py] = view.toScreen(held.xy[2 * at], held.xy[2 * at + 1]);
    const box = at_("details").getBoundingClientRect();
    if (px > box.left - 12 && px < box.right && py > box.top - 12 && py < box.bottom + 12) view.flyTo(held.xy[2 * at], held.xy[2 * at + 1], view.zoom);
  }

  function go(at) {
    click(at);
    if (at >= 0) view.flyTo(held.xy[2 * at], held.xy[2 * at + 1], Math.max(view.zoom, Math.min(40, Math.sqrt(n) / 12)));
  }

  function under(px, py) {
    const [x, y] = view.toMap(px, py);
    return grid.nearest(x, y, Math.max(9, state.size) / view.unit, visible);
  }

  function hover(px, py) {
    state.hovered = under(px, py);
    canvas.classList.toggle("over", state.hovered >= 0);
    showTip(at_("tip"), held, state.hovered, state.field, px, py);
    redraw();
  }

  function choose() {
    const [a, b, c, d] = state.frame;
    state.frame = null;
    const [[x0, y0], [x1, y1]] = [view.toMap(Math.min(a, c), Math.max(b, d)), view.toMap(Math.max(a, c), Math.min(b, d))];
    state.picked = new Set([...grid.within(x0, y0, x1, y1)].filter(visible).sort((p, q) => p - q));
    if (state.picked.size) list(state.picked, "chosen");
    else clear();
  }

  // Where a person acts.
  const fingers = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    moved = 0;
    if (event.shiftKey && fingers.size === 1) state.frame = [event.clientX, event.clientY, event.clientX, event.clientY];
    else canvas.classList.add("moving");
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = [event.clientX, event.clientY];
    const last = fingers.get(event.pointerId);
    if (!last) return hover(px, py);
    moved += Math.abs(px - last[0]) + Math.abs(py - last[1]);
    if (moved > 4) showTip(at_("tip"), held, state.hovered = -1);
    if (state.frame) { [state.frame[2], state.frame[3]] = [px, py]; redraw(); }
    else if (fingers.size === 2) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, spot]) => spot);
      const [before, now] = [last, [px, py]].map((spot) => Math.hypot(spot[0] - other[0], spot[1] - other[1]));
      view.scaleAt((px + other[0]) / 2, (py + other[1]) / 2, now / (before || 1));
      view.drag((px - last[0]) / 2, (py - last[1]) / 2);
    } else view.drag(px - last[0], py - last[1]);
    fingers.set(event.pointerId, [px, py]);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => {
    if (!fingers.delete(event.pointerId)) return;
    canvas.classList.remove("moving");
    if (state.frame && moved > 4) choose();
    else if (name === "pointerup" && moved <= 4 && !fingers.size) click(under(event.clientX, event.clientY));
    state.frame = null;
    redraw();
  });
  canvas.addEventListener("pointerleave", () => showTip(at_("tip"), held, state.hovered = -1) || redraw());
  canvas.addEventListener("dblclick", (event) => {
    const link = state.clicked >= 0 ? safe(held.links[state.clicked]) : "";
    if (link && under(event.clientX, event.clientY) >= 0) window.open(link, "_blank", "noopener");
    else if (under(event.clientX, event.clientY) < 0) view.scaleAt(event.clientX, event.clientY, 2);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const step = event.deltaY * (event.deltaMode === 1 ? 16 : 1) * (event.ctrlKey ? 4 : 1);
    view.scaleAt(event.clientX, event.clientY, Math.exp(-Math.min(Math.max(step, -300), 300) / 420));
    hover(event.clientX, event.clientY);
  }, { passive: false });

  let soon = 0;
  at_("search").addEventListener("input", (event) => {
    clearTimeout(soon);
    soon = setTimeout(() => look(event.target.value), n > 20000 ? 140 : 30);
  });
  at_("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && state.matches && state.matches.size) view.fit(held.xy, state.matches);
  });
  at_("colour").addEventListener("change", (event) => colourBy(event.target.value));
  const closer = (factor) => { const [px, py] = view.middle; view.scaleAt(px, py, factor); };
  const whole = () => view.fly(0, 0, 1);
  const names = () => { state.names = !state.names; at_("names").setAttribute("aria-pressed", String(state.names)); redraw(); };
  const tools = { in: () => closer(1.6), out: () => closer(1 / 1.6), all: whole, names, save, dark, none: clear };
  for (const [id, does] of Object.entries(tools)) at_(id).addEventListener("click", does);
  at_("ids").addEventListener("click", () => navigator.clipboard.writeText([...(state.picked || state.matches)].map((at) => held.ids[at]).join("\n")));
  at_("csv").addEventListener("click", () => keep("points.csv", new Blob([tableOf(state.picked || state.matches)], { type: "text/csv" })));
  at_("fold").addEventListener("click", () => fold());
  addEventListener("resize", resize);
  addEventListener("keydown", (event) => {
    const [typing, command] = [/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName), event.ctrlKey || event.metaKey || event.altKey];
    if (event.key === "Escape") { if (state.clicked >= 0) click(-1); else clear(); event.target.blur(); }
    if (typing || command) return;
    const far = 60;
    const keys = {
      "/": () => { fold(true); at_("search").focus(); }, "+": tools.in, "=": tools.in, "-": tools.out, 0: whole, n: names,
      ArrowLeft: () => view.drag(far, 0), ArrowRight: () => view.drag(-far, 0), ArrowUp: () => view.drag(0, far), ArrowDown: () => view.drag(0, -far),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  function fold(open = at_("side").classList.contains("folded")) {
    at_("side").classList.toggle("folded", !open);
    at_("body").hidden = !open;
    at_("fold").setAttribute("aria-expanded", String(open));
    at_("fold").textContent = open ? "\u2212" : "+";
    resize();
  }

  function keep(name, blob) {
    const link = element("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function tableOf(rows) {
    const cell = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const lines = [["id", "title", "text", ...held.fields.map((field) => field.name)]];
    for (const at of rows) lines.push([held.ids[at], held.titles[at], held.texts[at], ...held.fields.map((field) => valueOf(field, at))]);
    return lines.map((line) => line.map(cell).join(",")).join("\r\n");
  }

  function save() {
    pace.still();
    draw(); // a WebGL canvas can be read only in the turn in which it was drawn
    const whole = element("canvas");
    [whole.width, whole.height] = [canvas.width, canvas.height];
    const context = whole.getContext("2d");
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, whole.width, whole.height);
    context.drawImage(canvas, 0, 0);
    context.drawImage(over, 0, 0);
    whole.toBlob((blob) => keep("map.png", blob), "image/png");
  }

  function dark(wanted) {
    const theme = typeof wanted === "string" ? wanted : document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.documentElement.style.colorScheme = theme;
    redraw();
  }

  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => { paint = new WebGLPaint(canvas, held.xy); paintColours(); mark(); });

  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", () => dark(scheme.matches ? "dark" : "light"));
  dark(scheme.matches ? "dark" : "light");
  at_("about").textContent = held.about;
  at_("faith").textContent = held.faith;
  at_("faith").title = held.meaning;
  for (const [value, name] of [["", "one colour"], ...held.fields.filter((field) => field.kind !== "text").map((field) => [field.name, field.name])]) {
    const option = element("option", "", name);
    option.value = value;
    at_("colour").append(option);
  }
  at_("colour").value = held.colour;
  if (innerWidth <= 860) fold(false);
  resize();
  colourBy(held.colour);
  canvas.setAttribute("aria-label", `Map of ${n.toLocaleString("en")} points. ${held.about}`);
  at_("wait").remove();
  state.ready = true;
  // For programs: what is shown, and where a point stands on the screen.
  window.likewise = {
    n, renderer: paint.name, go, draw, pace,
    screen: (at) => view.toScreen(held.xy[2 * at], held.xy[2 * at + 1]),
    get zoom() { return view.zoom; },
    get hovered() { return state.hovered; },
    get clicked() { return state.clicked; },
    get shown() { return states.reduce((sum, one) => sum + (one > 1), 0); },
  };
}

unfolded().then(begin).catch((error) => {
  at_("wait").textContent = `This map cannot be shown: ${error.message}. A browser of 2023 or later is needed.`;
  console.error(error);
});
