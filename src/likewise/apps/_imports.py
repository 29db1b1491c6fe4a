"""Importing libraries in a child process, so that one that crashes costs one finding and not the doctor."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

__all__ = ["Tried", "optional", "required", "try_imports"]

_TOP = {"faiss-cpu": "faiss", "pillow": "PIL", "python-oxmsg": "oxmsg"}
"""Distribution -> module, where the names differ."""

_BESIDE = ("torch", "torchvision", "torchaudio", "transformers", "onnxruntime", "sentence-transformers")
"""Libraries that likewise does not need, and that often break each other when their versions do not match."""

_CHILD = """
import importlib, json, sys, time
for name in sys.argv[1:]:
    print(json.dumps({"begin": name}), flush=True)
    start, error = time.perf_counter(), ""
    try:
        importlib.import_module(name)
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}".strip().splitlines()[0][:300]
    print(json.dumps({"end": name, "error": error, "seconds": time.perf_counter() - start}), flush=True)
"""
_LIMIT = 120.0


@dataclass(frozen=True, slots=True)
class Tried:
    """A library: its version (empty where it is not installed), why it does not import, and how long it took."""

    name: str
    version: str
    error: str = ""
    seconds: float = 0.0


def required() -> list[str]:
    """The distributions that a default install of likewise brings."""
    lines = metadata.requires("likewise") or []
    return [_bare(line) for line in lines if "extra ==" not in line]


def optional() -> list[str]:
    """Installed libraries that likewise does not need but that are known to break."""
    return [name for name in _BESIDE if _version(name)]


def try_imports(names: list[str]) -> Iterator[Tried]:
    """Import each in a child process, in order; after a crash the next child goes on with the rest."""
    left = [name for name in names if _version(name)]
    outcomes: dict[str, tuple[str, float]] = {}
    while left:
        outcomes.update(_child(left))
        left = [name for name in left if name not in outcomes]
    for name in names:
        error, seconds = outcomes.get(name, ("", 0.0))
        yield Tried(name, _version(name), error, seconds)


def _child(names: list[str]) -> dict[str, tuple[str, float]]:
    """What one child found out before it ended; the library that ended it is among them."""
    modules = {_TOP.get(name, name.replace("-", "_")): name for name in names}
    command = [sys.executable, "-c", _CHILD, *modules]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT, check=False)  # noqa: S603 (own words)
        printed, end = done.stdout, f"the import ends the process (exit status {done.returncode})"
    except subprocess.TimeoutExpired as expired:
        printed = expired.stdout.decode() if isinstance(expired.stdout, bytes) else expired.stdout or ""
        end = f"the import does not end within {_LIMIT:.0f} s"
    found: dict[str, tuple[str, float]] = {}
    begun = next(iter(modules))
    for line in printed.splitlines():
        if line.startswith('{"begin"'):
            begun = json.loads(line)["begin"]
        elif line.startswith('{"end"'):
            said = json.loads(line)
            found[modules[said["end"]]] = (said["error"], said["seconds"])
    found.setdefault(modules[begun], (end, 0.0))
    return found


def _bare(requirement: str) -> str:
    for at, character in enumerate(requirement):
        if character in " <>=!~;[(":
            return requirement[:at]
    return requirement


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
