"""How far explanations can be believed: the deletion test on pairs of STS-B (dev) that people found similar.

    python -m benchmarks.explain

40 pairs of 8 words or more with a score above 3.5 (seed 0), both sentences of each. The score is the share of the
similarity under random deletions that deletions by weight take away in addition: 0 is no better than random.
"""

from __future__ import annotations

import csv
import gzip
import sys
from typing import Literal

import numpy as np

from benchmarks._texts import DATA
from likewise.apps.explain import explain
from likewise.encoders import load
from likewise.metrics._interval import interval

PAIRS = 40


def main() -> int:
    path = DATA / "sts/stsb-multi-mt/data/stsb-en-dev.csv.gz"
    if not path.exists():
        sys.exit(f"{path} is not there: set LIKEWISE_DATA to the folder of data sets")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.reader(lines) if float(row[2]) > 3.5 and len(row[0].split()) > 7]
    chosen = np.random.default_rng(0).permutation(len(rows))[:PAIRS]
    encoder = load()
    print(f"STS-B dev: {len(chosen)} pairs, {encoder.space}")
    ways: tuple[Literal["occlusion", "tokens"], ...] = ("occlusion", "tokens")
    for way in ways:
        found = [explain(rows[i][0], rows[i][1], model=encoder, way=way) for i in chosen]
        tests = [side.deletion for one in found for side in (one.left, one.right) if side.deletion is not None]
        score = interval(np.array([test.score for test in tests]))
        beats = interval(np.array([test.beats for test in tests]))
        rest = np.mean([abs(side.rest) for one in found for side in (one.left, one.right)])
        print(
            f"  {way:10} score {score.mean:.3f} [{score.low:.3f}, {score.high:.3f}], better than {beats.mean:.1%} "
            f"[{beats.low:.1%}, {beats.high:.1%}] of random orders; not accounted for {rest:.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
