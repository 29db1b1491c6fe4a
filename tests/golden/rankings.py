"""A thousand random rankings with everything that real ones have: ties, silence, strangers, grades, nothing to find."""

from __future__ import annotations

from random import Random

__all__ = ["CUT", "CUTS", "rankings"]

CUTS = (1, 3, 10, 100)
CUT = {  # what trec_eval cuts, and its name here
    "ndcg_cut": "ndcg",
    "map_cut": "mean_average_precision",
    "recall": "recall",
    "P": "precision",
    "success": "hit_rate",
}

Table = dict[str, dict[str, float]]


def rankings(count: int = 1_000, seed: int = 0) -> tuple[Table, dict[str, dict[str, int]]]:
    """Answers and judgements of `count` queries, the same on every machine.

    Every fourth query has scores of few values, so that many tie; every tenth was not answered, every seventh has
    nothing relevant judged; some judgements are of documents that nobody found, some answers were never judged.
    """
    rng = Random(seed)
    answers: Table = {}
    judged: dict[str, dict[str, int]] = {}
    for query in range(count):
        name, size = f"q{query}", 1 + int(rng.random() * 150)
        documents = [f"d{int(rng.random() * 10**6)}" for _ in range(size)]
        steps = 4 if query % 4 == 0 else 10**6
        answers[name] = {d: int(rng.random() * steps) / steps for d in documents if rng.random() < 0.8}
        top = 1 if query % 7 == 0 else 4
        judged[name] = {d: int(rng.random() * top * 0.999) for d in documents if rng.random() < 0.3}
        judged[name] |= {f"e{i}": int(rng.random() * top) for i in range(int(rng.random() * 4))}
        judged[name].setdefault("never found", 0)
        if query % 10 == 3:
            answers[name] = {}
    return answers, judged
