"""How long a frame of a map's page takes in headless Chromium, drawn by the processor alone."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.browser import chromium

__all__ = ["frames"]

_ALONE = ("--disable-gpu",)
"""As Chromium is on a machine without a graphics card; the browser of the tests imitates one, for WebGL, which costs
tens of milliseconds a frame before anything is drawn."""

_SCRIPT = """
const n = arguments[0], canvas = document.getElementById('points'), search = document.getElementById('search');
const at = (x, y) => ({ clientX: x, clientY: y, bubbles: true, cancelable: true, pointerId: 1 });
const turn = () => new Promise((done) => requestAnimationFrame(done));
const sorted = (x) => x.sort((a, b) => a - b);
const mid = (x) => sorted(x)[x.length >> 1], slow = (x) => sorted(x)[Math.floor(x.length * 0.95)];
const send = (Kind, name, x, y, more) => canvas.dispatchEvent(new Kind(name, { ...at(x, y), ...more })) || true;
const out = { renderer: likewise.renderer };
canvas.setPointerCapture = () => {};
window.matchMedia = () => ({ matches: false }); // flights, which this browser's flags switch off

async function timed(name, act) {
  const gaps = [];
  let last = await turn(), least = 1;
  for (let step = 0; step < n && act(step) !== false; step++) {
    const now = await turn();
    gaps.push(now - last);
    last = now;
    least = Math.min(least, likewise.pace.now);
  }
  const began = performance.now();
  while (likewise.pace.moving) await new Promise((done) => setTimeout(done, 2));
  await turn();
  await turn();
  Object.assign(out, { [`${name} frame`]: mid(gaps), [`${name} 95th`]: slow(gaps), [`${name} slowest`]: gaps.at(-1),
    [`${name} least share`]: least, [`whole after ${name}`]: performance.now() - began });
}

return (async () => {
  await timed('zoom', (step) => send(WheelEvent, 'wheel', 700, 400, { deltaY: step < n / 2 ? -18 : 18 }));
  send(PointerEvent, 'pointerdown', 700, 400);
  const around = (step) => [700 + 160 * Math.sin(step / 8), 400 + 90 * Math.cos(step / 8)];
  await timed('drag', (step) => send(PointerEvent, 'pointermove', ...around(step)));
  send(PointerEvent, 'pointerup', 700, 400);
  for (const to of [7, 0]) {
    if (to) likewise.go(to); else document.getElementById('all').click();
    const began = performance.now();
    await timed(to ? 'fly in' : 'fly out', () => performance.now() - began < 420);
  }
  const hovers = [];
  for (let step = 0; step < n; step++) {
    const before = performance.now();
    send(PointerEvent, 'pointermove', 400 + step * 5, 300 + step);
    hovers.push(performance.now() - before);
  }
  const before = performance.now();
  search.value = 'energy'; search.dispatchEvent(new Event('input'));
  while (!document.getElementById('count').textContent) await new Promise((done) => setTimeout(done, 5));
  return { ...out, hover: mid(hovers), search: performance.now() - before };
})();
"""


def frames(page: Path, many: int = 120) -> dict[str, Any]:
    """Milliseconds of a frame in movement (median, 95th percentile) and until the picture is whole; {} without one.

    With them the least share of the points that a moving picture showed, a hover, and the first search.
    """
    if shutil.which("chromedriver") is None or shutil.which("chromium") is None:
        return {}
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile), _ALONE) as browser:
        start = time.perf_counter()
        browser.open(page)
        opened = 1000 * (time.perf_counter() - start)
        found: dict[str, Any] = browser.run(_SCRIPT, many)
        return {"opened": opened, **found}
