"""What is installed, what works here, what is broken and how to mend it."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from likewise.apps._imports import Tried, optional, required, try_imports

if TYPE_CHECKING:
    from likewise.encoders import Encoder
    from likewise.encoders.text._precision import Trial

__all__ = ["doctor"]

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found and, unless all is well, how to mend it."""

    name: str
    state: State
    found: str
    mend: str = ""


def doctor(model: str | None = None) -> Iterator[Finding]:
    """Look at this machine and installation, one finding after the other; never raises.

    `model` is the model that the self-test encodes with, the default one unless given.
    """
    looks: tuple[Callable[[], Finding], ...] = (_python, _cpu, _memory, _sqlite, _temporary)
    for look in looks:
        yield _guarded(look)
    healthy = True
    for tried in try_imports(required()):
        finding = _library(tried)
        healthy = healthy and finding.state == "ok"
        yield finding
    for tried in try_imports(optional()):
        yield _optional(tried)
    if healthy:
        yield _guarded(lambda: _self_test(model))
    else:
        yield Finding(
            "self-test", "broken", "not run, because a library it needs is broken", "mend what is above first"
        )


def _guarded(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        name = getattr(look, "__name__", "").strip("_")
        name = "self-test" if name == "<lambda>" else name
        return Finding(
            name, "broken", f"{type(error).__name__}: {error}", "see the message; docs/cli.md, likewise doctor"
        )


def _python() -> Finding:
    found = f"{platform.python_version()} ({platform.python_implementation()}, {platform.platform()}, {sys.prefix})"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("python", "ok", found)
    return Finding(
        "python", "warning", found, "likewise is tested with Python 3.11 to 3.13: make a venv with one of them"
    )


_FEATURES = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "avx512_vnni",
    "avx_vnni",
    "amx_bf16",
    "amx_int8",
    "asimd",
    "bf16",
    "i8mm",
)


def _cpu() -> Finding:
    facts = _cpu_facts()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    flags = set(facts.get("flags", facts.get("Features", "")).split())
    features = " ".join(f for f in _FEATURES if f in flags) or "features unknown on this system"
    name = facts.get("model name", platform.processor() or platform.machine())
    found = f"{name}, {usable} usable cores; {features}"
    if platform.machine() in ("x86_64", "AMD64") and flags and "avx2" not in flags:
        return Finding("cpu", "warning", found, "without AVX2 encoding is slow; a newer machine or VM type has it")
    return Finding("cpu", "ok", found)


def _cpu_facts() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; nothing where there is none."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    first = path.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if total < 1:
        return Finding(
            "memory",
            "warning",
            f"{total:.1f} GiB",
            "likewise needs up to 0.5 GiB for short texts, 1.5 for large folders",
        )
    return Finding("memory", "ok", f"{total:.1f} GiB")


def _sqlite() -> Finding:
    found = f"SQLite {sqlite3.sqlite_version}"
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError as error:
            mend = (
                "this Python's SQLite has no full-text search; use a Python from python.org, conda or your distribution"
            )
            return Finding("sqlite", "broken", f"{found} without FTS5 ({error})", mend)
    return Finding("sqlite", "ok", f"{found} with FTS5")


def _temporary() -> Finding:
    import shutil
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(b"likewise")
        os.fsync(file.fileno())
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free / 1e9
    if free < 1:
        return Finding("temporary", "warning", f"{place}, {free:.1f} GB free", "free some space or set TMPDIR")
    return Finding("temporary", "ok", f"{place}, {free:.1f} GB free")


def _library(tried: Tried) -> Finding:
    name = f"library {tried.name}"
    if not tried.version:
        return Finding(name, "broken", "not installed", "pip install --upgrade likewise")
    if tried.error:
        mend = f"pip install --force-reinstall --no-cache-dir {tried.name}=={tried.version}"
        return Finding(name, "broken", f"{tried.version} cannot be imported: {tried.error}", mend)
    return Finding(name, "ok", f"{tried.version}, imports in {tried.seconds:.2f} s")


def _optional(tried: Tried) -> Finding:
    name = f"beside likewise: {tried.name}"
    if tried.error:
        mend = (
            f"likewise works without it, other programs may not: pip uninstall {tried.name}, or a version that matches"
        )
        return Finding(name, "warning", f"{tried.version} cannot be imported: {tried.error}", mend)
    return Finding(name, "ok", f"{tried.version}, not needed by likewise")


def _self_test(model: str | None) -> Finding:
    from likewise.encoders import load

    start = time.perf_counter()
    encoder = load(model)
    loaded = time.perf_counter() - start
    start = time.perf_counter()
    vectors = encoder.encode_document(["a dripping tap", "the faucet leaks", "a treaty between two nations"]).vectors
    took = time.perf_counter() - start
    near, far = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    chosen = "".join(f"; {t.precision} {t.milliseconds:.1f} ms, {t.distance:.1g} from fp32" for t in _trials(encoder))
    found = f"{encoder.space}: loaded in {loaded:.2f} s, three texts in {1000 * took:.0f} ms{chosen}"
    if not near > far:
        mend = "this model or runtime computes wrongly here; please report it with `likewise doctor --json`"
        return Finding("self-test", "broken", f"{found}, but what is alike is not near ({near:.2f} <= {far:.2f})", mend)
    return Finding("self-test", "ok", f"{found}; alike {near:.2f}, unlike {far:.2f}")


def _trials(encoder: Encoder) -> tuple[Trial, ...]:
    """What was measured once on this machine, by which `precision="auto"` chooses."""
    from likewise.encoders.text.transformer import Transformer

    return encoder.trials if isinstance(encoder, Transformer) else ()
