"""How long a frame of a map's page takes in headless Chromium, drawn by the processor alone."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.browser import chromium

__all__ = ["frames"]

_SCRIPT = """
const n = arguments[0], canvas = document.getElementById('points');
const spot = (x, y) => ({ clientX: x, clientY: y, bubbles: true, cancelable: true, pointerId: 1 });
const search = document.getElementById('search');
return (async () => {
  const gaps = [], hovers = [];
  let last = performance.now();
  for (let at = 0; at < n; at++) {
    canvas.dispatchEvent(new WheelEvent('wheel', { ...spot(700, 400), deltaY: at < n / 2 ? -90 : 90 }));
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }
  for (let at = 0; at < n; at++) {
    const before = performance.now();
    canvas.dispatchEvent(new PointerEvent('pointermove', spot(400 + at * 5, 300 + at)));
    hovers.push(performance.now() - before);
  }
  const before = performance.now();
  search.value = 'energy'; search.dispatchEvent(new Event('input'));
  while (!document.getElementById('count').textContent) await new Promise((done) => setTimeout(done, 5));
  const mid = (x) => x.sort((a, b) => a - b)[Math.floor(x.length / 2)];
  const worst = (x) => x[Math.floor(x.length * 0.95)];
  return { renderer: likewise.renderer, frame: mid(gaps), frame95: worst(gaps), hover: mid(hovers),
           search: performance.now() - before };
})();
"""


def frames(page: Path, many: int = 120) -> dict[str, Any]:
    """Milliseconds of a frame while zooming (median, 95th percentile), a hover, the first search; {} without one."""
    if shutil.which("chromedriver") is None or shutil.which("chromium") is None:
        return {}
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as browser:
        start = time.perf_counter()
        browser.open(page)
        opened = 1000 * (time.perf_counter() - start)
        found: dict[str, Any] = browser.run(_SCRIPT, many)
        return {"opened": opened, **found}
