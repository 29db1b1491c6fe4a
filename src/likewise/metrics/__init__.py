"""Metrics judge: a result and the truth become a number; one metric per file, named as its field names it.

A leaf says how one case is judged and takes its contract from here: `ranked` for rankings (a value for every query),
`agreement` for numbers beside numbers, `labelled` for labels, `detection` for scores of same or not, `partition` for
clusterings, `geometry` for what needs no truth. The contract checks what is given and decides the cases at the edge.

    from likewise import parts
    ndcg = parts.find("metrics", "ndcg")
    ndcg({"q1": {"d1": 0.9, "d2": 0.4}}, {"q1": {"d2": 1}}, k=10)  # {"q1": 0.63...}
"""

from likewise.metrics._kinds import (
    Agreement,
    Answers,
    Detection,
    Geometry,
    Judged,
    Labelled,
    Metric,
    Partition,
    Ranked,
    mean,
)
from likewise.metrics._ranking import best_first, judged_of
from likewise.metrics._rates import Rates, rates

__all__ = [
    "Agreement",
    "Answers",
    "Detection",
    "Geometry",
    "Judged",
    "Labelled",
    "Metric",
    "Partition",
    "Ranked",
    "Rates",
    "best_first",
    "judged_of",
    "mean",
    "rates",
]
