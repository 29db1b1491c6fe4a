"""How long a frame of a map's page takes in headless Chromium, drawn by the processor alone."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

__all__ = ["frames"]

_FLAGS = ("--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--use-angle=swiftshader")
_READY = """
return new Promise((done) => {
  const look = () => (window.likewise ? done(performance.now()) : setTimeout(look, 20));
  look();
});
"""
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
    driver, browser = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or browser is None:
        return {}
    process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as profile, contextlib.ExitStack() as stack:
        stack.callback(process.wait)
        stack.callback(process.terminate)
        assert process.stdout is not None
        port = int(next(line for line in process.stdout if "on port" in line).rstrip(".\n ").rpartition(" ")[2])
        flags = [*_FLAGS, "--window-size=1280,860", f"--user-data-dir={profile}"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": flags, "binary": browser}}
        at = f"/session/{_ask(port, 'POST', '/session', {'capabilities': {'alwaysMatch': wanted}})['sessionId']}"
        stack.callback(_ask, port, "DELETE", at)
        _ask(port, "POST", f"{at}/timeouts", {"script": 300_000})
        _ask(port, "POST", f"{at}/url", {"url": page.absolute().as_uri()})
        opened = _ask(port, "POST", f"{at}/execute/sync", {"script": _READY, "args": []})
        found: dict[str, Any] = _ask(port, "POST", f"{at}/execute/sync", {"script": _SCRIPT, "args": [many]})
        return {"opened": opened, **found}


def _ask(port: int, verb: str, path: str, body: object = None) -> Any:
    link = HTTPConnection("127.0.0.1", port, timeout=400)
    link.request(verb, path, json.dumps(body) if body is not None else None)
    value = json.loads(link.getresponse().read())["value"]
    link.close()
    if isinstance(value, dict) and "error" in value:
        raise RuntimeError(value["message"])
    return value
