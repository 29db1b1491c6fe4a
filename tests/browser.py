"""Headless Chromium, driven over chromedriver's HTTP protocol (W3C WebDriver) by the standard library alone."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Browser", "chromium"]

_SIZE = (1280, 860)
_FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
    ),
    *("--enable-unsafe-swiftshader", "--use-angle=swiftshader", "--disable-background-networking", "--mute-audio"),
    *("--force-prefers-reduced-motion", f"--window-size={_SIZE[0]},{_SIZE[1]}", "--allow-file-access-from-files"),
)


class Browser:
    """One window of a browser."""

    def __init__(self, port: int, folder: Path, flags: Sequence[str] = ()) -> None:
        self._port = port
        options = {"args": [*_FLAGS, *flags, f"--user-data-dir={folder}"], "binary": shutil.which("chromium")}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._at = f"/session/{made['sessionId']}"
        self._ask("POST", f"{self._at}/window/rect", {"width": _SIZE[0], "height": _SIZE[1]})
        self._ask("POST", f"{self._at}/timeouts", {"script": 300_000, "pageLoad": 300_000})

    def _ask(self, verb: str, path: str, body: object = None) -> Any:
        link = HTTPConnection("127.0.0.1", self._port, timeout=400)
        try:
            link.request(
                verb, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"}
            )
            value = json.loads(link.getresponse().read())["value"]
        finally:
            link.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(f"{value['error']}: {value['message']}")
        return value

    def open(self, page: Path | str, until: str = "return !!window.likewise") -> None:
        """Load a page and wait until a script says true."""
        self._ask("POST", f"{self._at}/url", {"url": page if isinstance(page, str) else page.absolute().as_uri()})
        self.wait(until)

    def run(self, script: str, *arguments: object) -> Any:
        """What a script of the page's own world returns; a promise is waited for."""
        return self._ask("POST", f"{self._at}/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, seconds: float = 120) -> None:
        """Until a script says true."""
        end = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < end, f"not within {seconds} s: {script}; the browser says {self.said()}"
            self.run("return new Promise((done) => setTimeout(done, 30))")

    def said(self) -> list[str]:
        """Errors and warnings on the console since the last call."""
        lines = self._ask("POST", f"{self._at}/se/log", {"type": "browser"})
        return [line["message"] for line in lines if line["level"] in ("SEVERE", "WARNING")]

    def point(self, *steps: dict[str, object]) -> None:
        """Move and press the mouse: steps of the protocol's pointer actions."""
        source = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": list(steps)}
        self._ask("POST", f"{self._at}/actions", {"actions": [source]})

    def move(self, x: float, y: float) -> None:
        self.point(_to(x, y))

    def click(self, x: float, y: float, times: int = 1) -> None:
        self.point(_to(x, y), *([_DOWN, _UP] * times))

    def drag(self, start: tuple[float, float], end: tuple[float, float], key: str = "") -> None:
        """From one place to another, with a key held down if one is named."""
        mouse = {
            "type": "pointer",
            "id": "mouse",
            "parameters": {"pointerType": "mouse"},
            "actions": [_to(*start), _PAUSE, _DOWN, _to(*end), _UP],
        }
        held = [{"type": "keyDown", "value": key}, *[_PAUSE] * 4, {"type": "keyUp", "value": key}] if key else []
        actions = [mouse, *([{"type": "key", "id": "keys", "actions": [_PAUSE, *held][1:]}] if key else [])]
        self._ask("POST", f"{self._at}/actions", {"actions": actions})

    def wheel(self, x: float, y: float, by: int) -> None:
        step = {
            "type": "scroll",
            "x": round(x),
            "y": round(y),
            "deltaX": 0,
            "deltaY": by,
            "duration": 0,
            "origin": "viewport",
        }
        self._ask("POST", f"{self._at}/actions", {"actions": [{"type": "wheel", "id": "wheel", "actions": [step]}]})

    def keys(self, text: str) -> None:
        """Type on whatever has the focus."""
        actions = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self._ask("POST", f"{self._at}/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def size(self, width: int, height: int) -> None:
        self._ask("POST", f"{self._at}/window/rect", {"width": width, "height": height})

    def picture(self) -> bytes:
        """The window as PNG; written to $LIKEWISE_SHOTS too where that names a folder, so that a person can look."""
        shot = base64.b64decode(self._ask("GET", f"{self._at}/screenshot"))
        if folder := os.environ.get("LIKEWISE_SHOTS"):
            name = os.environ.get("PYTEST_CURRENT_TEST", "shot").split("::")[-1].split(" ")[0]
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / f"{name.replace('/', '-')}-{time.monotonic_ns() // 10**6}.png").write_bytes(shot)
        return shot

    def close(self) -> None:
        self._ask("DELETE", self._at)


_DOWN: dict[str, object] = {"type": "pointerDown", "button": 0}
_UP: dict[str, object] = {"type": "pointerUp", "button": 0}
_PAUSE: dict[str, object] = {"type": "pause", "duration": 0}


def _to(x: float, y: float) -> dict[str, object]:
    return {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y), "origin": "viewport"}


@contextmanager
def chromium(folder: Path, flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A browser with a profile of its own in `folder`; skips, and says why, where there is none."""
    driver = shutil.which("chromedriver")
    if driver is None or shutil.which("chromium") is None:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver")
    process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        started = next(line for line in process.stdout if "started successfully on port" in line)
        browser = Browser(int(started.rstrip(".\n ").rpartition(" ")[2]), folder, flags)
        try:
            yield browser
        finally:
            browser.close()
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
