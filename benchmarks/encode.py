"""How quickly and how rightly texts are encoded, beside sentence-transformers in one run on one machine.

    python -m benchmarks.encode --peer-python /path/to/python     an interpreter that has sentence-transformers
    python -m benchmarks.encode --precision fp32 --json

Speed: 1,000 OpenStax paragraphs of mixed length (sample, seed 0), best of two rounds each, the peer as
`SentenceTransformer(...).encode` does it by default (fp32, batch 32). Truth: cosine to the peer's vectors over 2,000
texts of all lengths and scripts (benchmarks/_texts.py). Memory and cold start in fresh processes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks._texts import hard, mixed
from likewise.encoders import Encoder, load
from likewise.encoders._resolve import resolve
from likewise.types import Vectors

__all__ = ["reference"]

MEMORY = """
import re, sys
from pathlib import Path
from likewise.encoders import load
encoder = load(precision=sys.argv[1])
encoder.encode([f"a short text about number {i} and other things" for i in range(550)])
# not ru_maxrss: it starts from what the parent process held
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""
COLD = """
import sys
from likewise.encoders import load
load(precision=sys.argv[1]).encode_query(["how do I fix a leaky faucet"])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    sets = {"mixed": mixed(args.passages), "hard": hard(args.texts)}
    vectors, peer = reference(sets, args.peer_python, "mixed")
    figures: dict[str, Any] = {"machine": _machine(), "likewise": _ours(), "peer": peer["versions"]}
    encoder = load(precision=args.precision)
    figures["space"] = str(encoder.space)
    figures |= _speed(encoder, sets["mixed"], min(peer["seconds"]))
    figures |= _truth(encoder, sets, vectors)
    figures |= _latency(encoder) | _processes(encoder.space.precision)
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:44} {value}")


def reference(sets: dict[str, list[str]], python: str, timed: str) -> tuple[dict[str, Vectors], dict[str, Any]]:
    """The vectors of sentence-transformers for every set, and its versions and times for the timed one."""
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder) / "asked.json", Path(folder) / "found.npz"
        model = resolve(None).path
        asked.write_text(json.dumps({"model": str(model), "sets": sets, "timed": timed}), encoding="utf-8")
        script = Path(__file__).parent / "_reference.py"
        done = subprocess.run(
            [python, str(script), str(asked), str(found)], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{python} could not run sentence-transformers: name one that can with --peer-python")
        with np.load(found) as file:
            return dict(file), json.loads(done.stdout.splitlines()[-1])


def _speed(encoder: Encoder, texts: list[str], peer: float) -> dict[str, Any]:
    encoder.encode(texts[:64])
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        encoder.encode(texts)
        seconds.append(time.perf_counter() - start)
    tokens = sum(encoder.count(texts))
    return {
        "passages": f"{len(texts)} with {tokens / len(texts):.0f} tokens on average",
        "passages/s, likewise": round(len(texts) / min(seconds), 1),
        "passages/s, sentence-transformers": round(len(texts) / peer, 1),
        "ratio": round(peer / min(seconds), 2),
    }


def _truth(encoder: Encoder, sets: dict[str, list[str]], vectors: dict[str, Vectors]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, texts in sets.items():
        found = encoder.encode(texts)
        if found.failed:
            sys.exit(f"{len(found.failed)} texts failed, such as {found.failed[0]}")
        ours, theirs = found.vectors.astype(np.float64), vectors[name].astype(np.float64)
        cosines = (ours * theirs).sum(1) / (np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1))
        figures[f"cosine to the peer, {len(texts)} {name}: min, mean"] = f"{cosines.min():.7f}, {cosines.mean():.7f}"
        figures[f"largest difference, {name}"] = f"{np.abs(ours - theirs).max():.1e}"
    return figures


def _latency(encoder: Encoder) -> dict[str, Any]:
    took = []
    for i in range(300):
        start = time.perf_counter()
        encoder.encode_query([f"how do I fix a leaky faucet {i}"])
        took.append(1000 * (time.perf_counter() - start))
    warm = sorted(took[50:])
    return {"one query, warm, p50 ms": round(median(warm), 2), "one query, warm, p95 ms": round(warm[237], 2)}


def _processes(precision: str) -> dict[str, Any]:
    memory = subprocess.run([sys.executable, "-c", MEMORY, precision], capture_output=True, text=True, check=True)
    cold = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", COLD, precision], check=True)
        cold.append(time.perf_counter() - start)
    return {
        "peak MB, 550 short texts, whole process": round(float(memory.stdout)),
        "process start to first query vector, s": round(min(cold), 2),
    }


def _machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next(
            (x.split(":")[1].strip() for x in info.read_text().splitlines() if x.startswith("model name")), model
        )
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _ours() -> dict[str, str]:
    return {name: version(name) for name in ("likewise", "openvino", "tokenizers", "numpy")}


if __name__ == "__main__":
    main()
