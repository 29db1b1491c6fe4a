"""Duplicates by meaning: a million vectors on this machine, and real texts beside semhash with the same vectors.

    python -m benchmarks.duplicates [--count 1000000] [--threshold 0.9] [--peer-python PEER]

The million: some 66,000 encoded texts, mixtures of near neighbours among them (benchmarks/_grown.py), and every tenth
row replaced by a copy of another with noise, at cosines from 0.85 to 1. A process of its own reads the .npy and makes
the groups; its time and its peak are told. What it found is then held against exact search for 5,000 random rows, each
compared with all: pairs found of those that are there (recall), and there of those found (precision).

The texts: the same 66,000 paragraphs, the vectors given to both. Removed: how many; false: removed without a twin among
what was kept; missed: pairs above the threshold among what was kept. PEER has `pip install semhash`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._grown import _texts, grow, real
from benchmarks.encode import _machine

WORK = Path(os.environ.get("LIKEWISE_WORK", "work"))
SAMPLE = 5_000
BLOCK = 16_384

CHILD = """
import json, resource, sys, time
import numpy as np
from likewise.apps import duplicates as app
from likewise.formats._peak import peak

path, threshold, to = sys.argv[1], float(sys.argv[2]), sys.argv[3]
searched = app.near_pairs
heard = []

def listening(*given):
    heard.append((searched(*given), given[0].rows))
    return heard[-1][0]

app.near_pairs = listening
start = time.perf_counter()
found = app.duplicates(path, threshold=threshold, keep="first")
spent = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
pairs, rows = heard[0][0].pairs, heard[0][1]  # pairs are positions among the distinct vectors
np.savez(to, left=rows[pairs.left], right=rows[pairs.right], distinct=rows)
print(json.dumps({
    "seconds": spent, "cpu": used.ru_utime + used.ru_stime, "peak": peak(), "gone": found.gone,
    "groups": len(found.groups), "told": found.recall, "way": found.way, "pairs": len(pairs),
    "compared": heard[0][0].compared,
}))
"""

PEER = """
import json, sys, time
from importlib.metadata import version
import numpy as np
from semhash import SemHash

texts = json.load(open(sys.argv[1])); vectors = np.load(sys.argv[2]); threshold = float(sys.argv[3])

class Given:
    def encode(self, texts, **_):
        return np.stack([table[t] for t in texts])

table = dict(zip(texts, vectors))
start = time.perf_counter()
hashed = SemHash.from_embeddings(embeddings=vectors, records=texts, model=Given())
found = hashed.self_deduplicate(threshold=threshold)
spent = time.perf_counter() - start
print(json.dumps({"seconds": spent, "gone": [d.record for d in found.filtered], "version": version("semhash")}))
"""


def doubled(count: int) -> Path:
    """The file of `count` rows of which every tenth is a copy of another with noise."""
    path = WORK / f"doubled-{count}.npy"
    if path.exists():
        return path
    if not real(WORK, 3_600):
        sys.exit("the texts were not encoded in time: run it again, it goes on where it was")
    rows = np.load(grow(WORK, count))
    rng = np.random.default_rng(0)
    order = rng.permutation(count)
    places, others = order[: count // 10], order[count // 10 :]
    for start in range(0, len(places), BLOCK):
        at = places[start : start + BLOCK]
        near = rng.uniform(0.85, 1.0, (len(at), 1)).astype(np.float32)
        base = rows[rng.choice(others, len(at))]
        noise = rng.standard_normal(base.shape, np.float32)
        noise -= (noise * base).sum(1, keepdims=True) * base
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        rows[at] = near * base + np.sqrt(1 - near**2) * noise
    np.save(path, rows)
    return path


def exact(rows: NDArray[np.float32], asked: NDArray[np.int64], threshold: float) -> set[tuple[int, int]]:
    """All pairs of some rows, each compared with everything, the smaller row first."""
    made: set[tuple[int, int]] = set()
    units = rows[asked] / np.linalg.norm(rows[asked], axis=1, keepdims=True)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        block = block / np.linalg.norm(block, axis=1, keepdims=True)
        at, to = np.nonzero(units @ block.T >= threshold)
        found = zip(asked[at].tolist(), (to + start).tolist(), strict=True)
        made.update((min(a, b), max(a, b)) for a, b in found if a != b)
    return made


def million(count: int, threshold: float) -> dict[str, Any]:
    """Time, memory, precision and recall of one run."""
    path, pairs = doubled(count), WORK / f"pairs-{count}.npz"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(threshold), str(pairs)], capture_output=True, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    rows = np.load(path, mmap_mode="r")
    with np.load(pairs) as kept:
        left, right, distinct = kept["left"], kept["right"], kept["distinct"]
    once = np.zeros(count, bool)  # what is the same vector is found as such, and looked at once
    once[distinct] = True
    asked = np.sort(np.random.default_rng(1).choice(distinct, SAMPLE, replace=False))
    true = {(a, b) for a, b in exact(rows, asked, threshold) if once[a] and once[b]}
    some = np.isin(left, asked) | np.isin(right, asked)
    found = {(min(a, b), max(a, b)) for a, b in zip(left[some].tolist(), right[some].tolist(), strict=True)}
    figures |= {
        "true pairs of the sample": len(true),
        "recall": len(found & true) / len(true),
        "precision": len(found & true) / max(len(found), 1),
    }
    return figures


def left_over(vectors: NDArray[np.float32], gone: NDArray[np.int64], threshold: float) -> tuple[int, int]:
    """How many went without a twin that stays, and how many pairs stay."""
    stays = np.setdiff1d(np.arange(len(vectors)), gone)
    alone = 0
    for start in range(0, len(gone), BLOCK):
        alone += int((_best(vectors[gone[start : start + BLOCK]], vectors[stays]) < threshold - 1e-6).sum())
    return alone, len(exact(vectors[stays], np.arange(len(stays)), threshold))


def _best(asked: NDArray[np.float32], held: NDArray[np.float32]) -> NDArray[np.float32]:
    best = np.full(len(asked), -1, np.float32)
    for start in range(0, len(held), BLOCK):
        np.maximum(best, (asked @ held[start : start + BLOCK].T).max(axis=1), out=best)
    return best


def texts(threshold: float, peer: str | None) -> list[dict[str, Any]]:
    """Ours and the peer's over the same texts and vectors."""
    from likewise.apps.duplicates import duplicates
    from likewise.types import Embeddings, Passage, Points, Report, Space

    real(WORK, 3_600)
    vectors, words = np.load(WORK / "real.npy"), _texts()[2_000:]
    ids = tuple(map(str, range(len(words))))
    space = Space("given", "", "", "", (), 0, vectors.shape[1], True, "fp32", "given")
    made = Embeddings(ids, vectors, space, tuple(Report(i, 0, 0) for i in ids))
    points = Points(tuple(Passage(i, i, text) for i, text in zip(ids, words, strict=True)), made)
    start = time.perf_counter()
    found = duplicates(points, threshold=threshold, levels=["semantic"], keep="first")
    spent = time.perf_counter() - start
    gone = np.array([int(t.passage.id) for g in found.groups for t in g.twins])
    rows: list[dict[str, Any]] = [{"name": "likewise", "seconds": spent, "gone": gone}]
    if peer:
        (WORK / "duplicates.json").write_text(json.dumps(words))
        done = subprocess.run(
            [peer, "-c", PEER, str(WORK / "duplicates.json"), str(WORK / "real.npy"), str(threshold)],
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        place = {text: at for at, text in enumerate(words)}
        gone = np.array([place[text] for text in told["gone"]])
        rows.append({"name": f"semhash {told['version']}", "seconds": told["seconds"], "gone": gone})
    for row in rows:
        row["false"], row["missed"] = left_over(vectors, row["gone"], threshold)
        row["gone"] = len(row["gone"])
        row["texts"] = len(words)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--threshold", type=float, default=0.9)
    parser.add_argument("--peer-python")
    parser.add_argument("--only", choices=("million", "texts"))
    args = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    print(_machine(), flush=True)
    if args.only != "million":
        for row in texts(args.threshold, args.peer_python):
            print(
                f"{row['name']:16} {row['texts']:,} texts, threshold {args.threshold}: {row['seconds']:.1f} s, "
                f"removed {row['gone']:,}, of these false {row['false']:,}; pairs missed {row['missed']:,}",
                flush=True,
            )
    if args.only != "texts":
        told = million(args.count, args.threshold)
        print(
            f"{args.count:,} x 384, threshold {args.threshold}: {told['seconds']:.0f} s ({told['cpu']:.0f} s "
            f"of processors), peak {told['peak'] / 1e9:.2f} GB, {told['pairs']:,} pairs, {told['gone']:,} may go in "
            f"{told['groups']:,} groups\n"
            f"  {told['way']}; {told['compared'] / args.count**2 * 2:.2%} of all products taken\n"
            f"  held against exact search for {SAMPLE:,} rows ({told['true pairs of the sample']:,} pairs): recall "
            f"{told['recall']:.4f} (told: {told['told']}), precision {told['precision']:.4f}"
        )


if __name__ == "__main__":
    main()
