"""Write evaluation.json: what the package mteb says of the encoder of tests on the example tasks.

Run with an interpreter that has mteb (evaluation.json was made with mteb 2.26.24, scikit-learn 1.9.1):

    PYTHONPATH=.:src python tests/golden/make_evaluation.py
"""

from __future__ import annotations

import json
from pathlib import Path

import mteb

from likewise.evaluation.to_mteb import to_mteb
from tests.evaluation.mteb_tasks import mteb_tasks
from tests.evaluation.worded import Worded

HERE = Path(__file__).parent


def main() -> None:
    kept = {}
    for name, task in mteb_tasks().items():
        found = mteb.evaluate(to_mteb(Worded(3.0)), task, cache=None, show_progress_bar=False, co2_tracker=False)
        ((scores,),) = found.task_results[0].scores.values()
        kept[name] = {
            key: value for key, value in sorted(scores.items()) if isinstance(value, float) and "nauc" not in key
        }
    (HERE / "evaluation.json").write_text(json.dumps(kept, indent=1) + "\n")
    print({name: scores["main_score"] for name, scores in kept.items()})


if __name__ == "__main__":
    main()
