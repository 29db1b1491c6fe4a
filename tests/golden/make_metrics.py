"""Write metrics.npz: what pytrec_eval says of a thousand random rankings, query by query.

Run with an interpreter that has pytrec_eval (metrics.npz was made with pytrec-eval-terrier 0.5.11):

    PYTHONPATH=. python tests/golden/make_metrics.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytrec_eval

from tests.golden.rankings import CUTS, rankings

HERE = Path(__file__).parent
OPEN = {"map": "map", "ndcg": "ndcg", "recip_rank": "recip_rank", "Rprec": "Rprec", "set_P": "set_P"}
CUT = ("ndcg_cut", "map_cut", "recall", "P", "success")


def main() -> None:
    answers, judged = rankings()
    asked = {*OPEN, *(f"{name}.{','.join(map(str, CUTS))}" for name in CUT)}
    found = pytrec_eval.RelevanceEvaluator(judged, asked).evaluate(answers)
    names = [*OPEN, *(f"{name}_{k}" for name in CUT for k in CUTS)]
    # a query without answers is left out there; trec_eval -c counts it as 0
    columns = {name: np.array([found[q][name] if q in found else 0.0 for q in judged]) for name in names}
    np.savez_compressed(HERE / "metrics.npz", allow_pickle=False, **columns)
    print(len(found), "of", len(judged), {name: float(column.mean()) for name, column in columns.items()})


if __name__ == "__main__":
    main()
