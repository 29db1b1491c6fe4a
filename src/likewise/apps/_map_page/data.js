// What the page holds: one gzipped JSON, unfolded here; numbers come as little-endian arrays in base64.

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const made = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) made[at] = raw.charCodeAt(at);
  return made;
}

const arrayOf = (Kind, text) => new Kind(bytesOf(text).buffer);

async function unfolded() {
  const bytes = bytesOf(document.getElementById("data").textContent);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const held = await new Response(stream).json();
  held.xy = arrayOf(Float32Array, held.xy);
  held.near = arrayOf(Uint32Array, held.near);
  held.cosines = arrayOf(Float32Array, held.cosines);
  held.placed = arrayOf(Uint8Array, held.placed);
  for (const field of held.fields) {
    if (field.kind === "category") field.codes = arrayOf(Int32Array, field.codes);
    if (field.kind === "number") field.numbers = arrayOf(Float32Array, field.numbers);
  }
  return held;
}

const valueOf = (field, at) => {
  if (field.kind === "category") return field.codes[at] < 0 ? "" : field.values[field.codes[at]];
  if (field.kind === "number") return Number.isNaN(field.numbers[at]) ? "" : String(+field.numbers[at].toPrecision(7));
  return field.texts[at];
};

// Only what a person would expect behind a click: a page or a file, never a script.
const safe = (link) => (/^(https?|file):\/\//i.test(link) ? link : "");
