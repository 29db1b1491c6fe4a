"""Whether `likewise compare` calls equal models equal and different ones different.

    python -m benchmarks.compare [--trials 200]

1. MiniLM, its static distillation (made at first use) and BM25 on SciFact's training claims and STS-B dev: the report.
2. Equal encoders: seeded trials, each with queries drawn from SciFact's 809, of MiniLM beside itself, and of two
   contestants that get the values of MiniLM and of BM25 by the toss of a coin, query by query, so that neither is
   better while they differ as real models do. In how many is a difference declared?
3. Different encoders: MiniLM beside its static distillation, in how many trials a difference is found, by queries.

Development figures. Vectors are kept in the work folder.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks._tasks import prepared
from likewise.apps.distil import distil
from likewise.encoders import load
from likewise.evaluation import Comparison, Outcome, compare, read
from likewise.evaluation._contest import contest
from likewise.evaluation._report import rows, verdict
from likewise.metrics._interval import wilson

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("LIKEWISE_DATA", ROOT.parent / "shared" / "data"))
WORK = Path(os.environ.get("LIKEWISE_WORK", ROOT / "work")) / "compare"
MODEL = "all-MiniLM-L6-v2"
SIZES = (12, 25, 50, 100, 200, 400)
Values = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    args = parser.parse_args()
    static = WORK / "minilm-static"
    if not static.exists():
        distil(load(MODEL, precision="fp32"), static)
    tasks = [task for name in ("scifact", "stsb-dev") for task in read(prepared(name, DATA, WORK))]
    found = compare([MODEL, str(static)], tasks, keep=WORK / "vectors")
    _print(found)
    values = {entry.name: entry.outcomes[0] for entry in found.entries}
    one, other, words = values[MODEL], values[str(static)], values["BM25"]
    equal: dict[str, Callable[[np.random.Generator], tuple[Values, Values]]] = {
        "the same encoder twice": lambda _: (one.values, one.values),
        "MiniLM and BM25 by the toss of a coin": lambda rng: _tossed(one.values, words.values, rng),
    }
    for name, made in equal.items():
        print(f"\n{name}: difference declared at 5 %, {args.trials} trials")
        for size in SIZES:
            declared = _trials(args.trials, size, made, one, other)
            told = wilson(declared, args.trials)
            print(f"  {size:4d} queries: {declared:3d} ({told.mean:.1%}, 95 %: {told.low:.1%} to {told.high:.1%})")
    print(f"\nMiniLM beside its static distillation: difference found, {args.trials} trials")
    for size in SIZES:
        declared = _trials(args.trials, size, lambda _: (one.values, other.values), one, words)
        print(f"  {size:4d} queries: {declared / args.trials:.1%}")


def _print(found: Comparison) -> None:
    table = [(*row[:1], Path(row[1]).name, *row[2:]) for row in rows(found)]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(verdict(found))
    for told in found.contests:
        gap = told.between(MODEL, str(WORK / "minilm-static"))
        counts = "" if gap.wins is None else f", {gap.wins} won, {gap.ties} tied, {gap.losses} lost"
        print(f"  {told.task or 'mean'}: MiniLM ahead of its distillation by {gap.interval.mean:.4f} "
              f"({gap.interval.low:.4f} to {gap.interval.high:.4f}), p {gap.p:.4f}{counts}")  # fmt: skip


def _tossed(one: Values, other: Values, rng: np.random.Generator) -> tuple[Values, Values]:
    swap = rng.random(len(one)) < 0.5
    return np.where(swap, one, other), np.where(swap, other, one)


def _trials(
    count: int,
    size: int,
    made: Callable[[np.random.Generator], tuple[Values, Values]],
    like: Outcome,
    third: Outcome,
) -> int:
    """Trials in which the first two are called different, a third contestant beside them."""
    declared = 0
    for seed in range(count):
        rng = np.random.default_rng([size, seed])
        at = rng.choice(len(like.values), size, replace=False)
        some = [_drawn(like, values[at]) for values in (*made(rng), third.values)]
        declared += contest([some], ["a", "b", "c"], 400, seed)[0].between("a", "b").decided
    return declared


def _drawn(like: Outcome, values: Values) -> Outcome:
    names = tuple(map(str, range(len(values))))
    score = float(values.mean())
    return replace(
        like, units=names, values=values, scores={like.metric: score}, again=lambda r: float(values[r].mean())
    )


if __name__ == "__main__":
    main()
