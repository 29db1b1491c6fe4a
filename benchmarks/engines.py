"""Texts a second through the packaged MiniLM: every precision of ours beside other libraries, by length.

    python -m benchmarks.engines --peer-python PEERS [--only ENGINE ...] [--work FOLDER]

PEERS is an interpreter with sentence-transformers, onnxruntime, onnx, fastembed, ctranslate2, model2vec. Every engine
runs in a process of its own, one after the other, on all cores; what it gave is kept in the work folder, so that a run
can be taken up again, and the table is made of what is there. Cosines are those to sentence-transformers in fp32.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._texts import mixed
from benchmarks.encode import _machine
from likewise.encoders import load
from likewise.encoders._resolve import resolve

WORK = Path(os.environ.get("LIKEWISE_WORK", tempfile.gettempdir())) / "engines"
REFERENCE = "sentence-transformers"
PEERS = (
    REFERENCE,
    f"{REFERENCE}:bf16",
    "fastembed",
    "onnxruntime:int8",
    "ctranslate2",
    "ctranslate2:bfloat16",
    "ctranslate2:int8",
    "model2vec",
)
OURS = ("likewise:fp32", "likewise:bf16", "likewise:int8", "likewise:static")
ROUNDS = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--only", nargs="*", help=f"of {', '.join((*OURS, *PEERS))}; 'table' prints what is there")
    parser.add_argument("--work", type=Path, default=WORK)
    told = parser.parse_args()
    told.work.mkdir(parents=True, exist_ok=True)
    sets = _sets()
    (told.work / "asked.json").write_text(json.dumps({"model": str(resolve(None).path), "sets": sets}))
    for engine in told.only if told.only is not None else (*PEERS, *OURS):
        if engine != "table":
            print(f"{engine} ...", file=sys.stderr, flush=True)
            _run(engine, told, sets)
    _table(told.work, sets)
    return 0


def _sets() -> dict[str, tuple[list[str], int]]:
    """Texts and the most tokens of one: mixed as they come, and cut to about 10, 128 and 512 tokens."""
    passages = mixed(2000)
    long = [" ".join(passages[i : i + 12]) for i in range(0, 1200, 12)]
    return {
        "mixed": (passages[:1000], 256),
        "10 tokens": ([" ".join(p.split()[:7]) for p in passages[:1000]], 256),
        "128 tokens": ([" ".join(long[i % 100].split()[i // 100 * 7 :][:95]) for i in range(300)], 128),
        "512 tokens": (long, 512),
    }


def _run(engine: str, told: argparse.Namespace, sets: dict[str, tuple[list[str], int]]) -> None:
    kept = told.work / f"{engine.replace(':', '-')}.npz"
    if engine in OURS:
        vectors, facts = _ours(engine.partition(":")[2], sets, told.work)
        np.savez(kept, **vectors)
    else:
        script = str(Path(__file__).parent / "_engines.py")
        done = subprocess.run(
            [told.peer_python, script, engine, str(told.work / "asked.json"), str(kept), str(told.work)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"{engine} could not be run by {told.peer_python}", file=sys.stderr)
            return
        facts = json.loads(done.stdout.splitlines()[-1])
    kept.with_suffix(".json").write_text(json.dumps(facts))


def _ours(precision: str, sets: dict[str, tuple[list[str], int]], work: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    vectors, seconds = {}, {}
    for name, (texts, length) in sets.items():
        if precision == "static":
            encoder = load(work / "minilm-static")
        else:
            encoder = load(precision=precision, max_length=length)
        encoder.encode(texts[:64])
        took = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            vectors[name] = encoder.encode(texts).vectors
            took.append(time.perf_counter() - start)
        seconds[name] = min(took)
    return vectors, {"seconds": seconds, "version": str(encoder.space)}


def _table(work: Path, sets: dict[str, tuple[list[str], int]]) -> None:
    reference = work / f"{REFERENCE}.npz"
    if not reference.exists():
        sys.exit(f"{REFERENCE} was not run yet: it is what the others are compared with")
    true, base = dict(np.load(reference)), json.loads(reference.with_suffix(".json").read_text())["seconds"]
    print(_machine())
    print(
        f"{'texts/s (times the reference)':32}"
        + "".join(f"{name:>18}" for name in sets)
        + "   cosine, mixed: min, mean"
    )
    for engine in (*OURS, *PEERS):
        kept = work / f"{engine.replace(':', '-')}.npz"
        if not kept.exists():
            continue
        facts = json.loads(kept.with_suffix(".json").read_text())
        cells = [
            f"{len(texts) / facts['seconds'][name]:9,.0f} ({base[name] / facts['seconds'][name]:5.2f})"
            for name, (texts, _) in sets.items()
        ]
        print(
            f"{engine:32}" + "".join(f"{cell:>18}" for cell in cells) + f"   {_cosines(np.load(kept)['mixed'], true)}"
        )
        print(f"    {facts['version']}")


def _cosines(found: Any, true: dict[str, Any]) -> str:
    if found.shape != true["mixed"].shape:
        return f"{found.shape[1]} dimensions of its own"
    cosines = (found * true["mixed"]).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(true["mixed"], axis=1)
    return f"{cosines.min():.5f}, {cosines.mean():.5f}"


if __name__ == "__main__":
    sys.exit(main())
