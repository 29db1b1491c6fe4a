// What is told of one point: beside the pointer, and at length when it was clicked. All of it is text, never markup.

const nameOf = (held, at) => held.titles[at] || held.texts[at] || held.ids[at];

function media(held, at) {
  const link = safe(held.links[at]);
  const kind = held.media[at];
  if (!link || !kind) return null;
  const made = element({ image: "img", audio: "audio", video: "video" }[kind]);
  made.src = link;
  if (kind === "image") made.alt = nameOf(held, at);
  else { made.controls = true; made.preload = "metadata"; }
  return made;
}

function showTip(tip, held, at, field, px, py) {
  tip.hidden = at < 0;
  if (at < 0) return;
  if (tip.dataset.at !== String(at) || tip.dataset.field !== (field ? field.name : "")) {
    tip.dataset.at = at;
    tip.dataset.field = field ? field.name : "";
    const text = held.texts[at];
    tip.replaceChildren(element("b", "", nameOf(held, at).slice(0, 120)));
    if (text && text !== nameOf(held, at)) tip.append(element("span", "", text.length > 220 ? `${text.slice(0, 217)}...` : text));
    const value = field ? valueOf(field, at) : "";
    if (value) tip.append(element("span", "", `${field.name}: ${value.slice(0, 80)}`));
    if (held.placed[at]) tip.append(element("span", "", "new on this map"));
    if (held.media[at] === "image") tip.append(media(held, at) || "");
  }
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  tip.style.left = `${Math.max(4, px + 16 + width > innerWidth ? px - 14 - width : px + 16)}px`;
  tip.style.top = `${Math.max(4, py + 14 + height > innerHeight ? py - 12 - height : py + 14)}px`;
}

function showDetails(box, held, at, go) {
  box.hidden = at < 0;
  box.replaceChildren();
  if (at < 0) return;
  const shut = element("button", "shut", "\u00d7");
  shut.type = "button";
  shut.title = "Close ( Esc )";
  shut.addEventListener("click", () => go(-1));
  box.append(shut, element("h2", "", nameOf(held, at).slice(0, 300)));
  const link = safe(held.links[at]);
  if (link) {
    const open = element("a", "open", "Open \u2197");
    [open.href, open.target, open.rel] = [link, "_blank", "noopener noreferrer"];
    box.append(open);
  }
  const seen = media(held, at);
  if (seen) box.append(seen);
  if (held.texts[at] && held.texts[at] !== nameOf(held, at)) box.append(element("p", "", held.texts[at]));
  const rows = [["id", held.ids[at]], ["place", held.places[at]], ...held.fields.filter((field) => field.name !== "new").map((field) => [field.name, valueOf(field, at)])];
  if (held.placed[at]) rows.push(["new", "placed on a map that was there before"]);
  const table = element("table");
  for (const [name, value] of rows) {
    if (!value) continue;
    const row = element("tr");
    row.append(element("th", "", name), element("td", "", value));
    table.append(row);
  }
  box.append(table);
  const near = neighboursOf(held, at);
  if (near.length) box.append(element("h3", "", "Nearest by the vectors (cosine), wherever the map put them"));
  for (const [other, cosine] of near) {
    const row = element("button", "near");
    row.type = "button";
    row.append(element("span", "", nameOf(held, other).slice(0, 120)), element("span", "", cosine.toFixed(3)));
    row.addEventListener("click", () => go(other));
    box.append(row);
  }
  box.scrollTop = 0;
}
