// What colour a point has by a field, and what the legend says of it.

const PALETTE = ["#4e79a7", "#f28e2b", "#e15759", "#59a14f", "#b07aa1", "#1fa3a8", "#d8a800", "#9c755f", "#ff7fa5", "#3d5bd9",
  "#8cb81f", "#c2410c", "#7a5cc7", "#0f8a5f", "#d0429b", "#6b8fb5", "#a3672a", "#45a8dd", "#c98bd6", "#7d8c2a"];
const OTHER = "#9aa1ab";
const RAMP = [[68, 1, 84], [70, 50, 127], [54, 92, 141], [39, 127, 142], [31, 161, 135], [74, 194, 109], [159, 218, 58], [253, 231, 37]];

const rgbOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function ramp(t) {
  const at = Math.min(Math.max(t, 0), 1) * (RAMP.length - 1);
  const [low, part] = [Math.min(Math.floor(at), RAMP.length - 2), at - Math.min(Math.floor(at), RAMP.length - 2)];
  return RAMP[low].map((c, i) => Math.round(c + (RAMP[low + 1][i] - c) * part));
}

// The commonest values have a colour each, the rest one together; a point without a value has that one too.
function byCategory(field) {
  const many = new Uint32Array(field.values.length + 1);
  for (const code of field.codes) many[code < 0 ? field.values.length : code]++;
  const order = [...field.values.keys()].sort((a, b) => many[b] - many[a] || a - b);
  const rank = new Int32Array(field.values.length);
  order.forEach((code, at) => { rank[code] = at; });
  const shown = order.slice(0, PALETTE.length);
  const entries = shown.map((code, at) => ({ name: field.values[code] || "(empty)", colour: PALETTE[at], many: many[code] }));
  const rest = order.slice(PALETTE.length);
  if (rest.length) entries.push({ name: `${rest.length} others`, colour: OTHER, many: rest.reduce((sum, code) => sum + many[code], 0) });
  const none = many[field.values.length];
  if (none) entries.push({ name: "(none)", colour: OTHER, many: none });
  const entryOf = (at) => {
    const code = field.codes[at];
    return code < 0 ? entries.length - 1 : Math.min(rank[code], PALETTE.length);
  };
  const inks = entries.map((entry) => rgbOf(entry.colour));
  return { entries, entryOf, inkOf: (at) => inks[entryOf(at)] };
}

function byNumber(field) {
  let [low, high, none] = [Infinity, -Infinity, 0];
  for (const value of field.numbers) {
    if (Number.isNaN(value)) none++;
    else [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  const grey = rgbOf(OTHER);
  const inkOf = (at) => (Number.isNaN(field.numbers[at]) ? grey : ramp((field.numbers[at] - low) / (high - low || 1)));
  return { entries: null, entryOf: () => 0, inkOf, low, high, none };
}

function colouring(field) {
  if (!field || field.kind === "text") return { entries: null, entryOf: () => 0, inkOf: () => rgbOf(PALETTE[0]) };
  return field.kind === "category" ? byCategory(field) : byNumber(field);
}

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const short = (value) => (Math.abs(value) >= 1e5 || Number.isInteger(value) ? value.toLocaleString("en", { maximumFractionDigits: 0 }) : String(+value.toPrecision(4)));

function showLegend(box, colours, off, toggled) {
  box.replaceChildren();
  if (colours.low !== undefined) {
    const bar = element("span", "ramp");
    bar.style.background = `linear-gradient(90deg, ${RAMP.map((c) => `rgb(${c})`).join(", ")})`;
    const ends = element("div", "ends");
    ends.append(element("span", "", short(colours.low)), element("span", "", short(colours.high)));
    box.append(bar, ends);
    if (colours.none) box.append(element("p", "note", `${colours.none.toLocaleString("en")} without a value are grey`));
    return;
  }
  for (const [at, entry] of (colours.entries || []).entries()) {
    const row = element("button");
    row.type = "button";
    row.title = `${entry.name}: click to hide or show, double click for this alone`;
    row.setAttribute("aria-pressed", String(!off.has(at)));
    const spot = element("span", "dot");
    spot.style.background = entry.colour;
    row.append(spot, element("span", "name", entry.name), element("span", "many", entry.many.toLocaleString("en")));
    row.addEventListener("click", (event) => toggled(at, event.detail >= 2));
    box.append(row);
  }
}
