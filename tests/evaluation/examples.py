"""A small task of every kind, with an order in it that words tell."""

from __future__ import annotations

import numpy as np

from likewise.evaluation import Task
from likewise.evaluation.tasks.bitext_mining import BitextMining
from likewise.evaluation.tasks.classification import Classification
from likewise.evaluation.tasks.clustering import Clustering
from likewise.evaluation.tasks.clustering_sets import ClusteringSets
from likewise.evaluation.tasks.pair_classification import PairClassification
from likewise.evaluation.tasks.reranking import Reranking
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.sts import STS
from likewise.evaluation.tasks.zero_shot import ZeroShot

__all__ = ["TOPICS", "examples", "sentences"]

TOPICS = {
    "boats": "boat sail harbour wind anchor keel mast rope deck tide",
    "bread": "bread oven flour yeast crust dough butter salt loaf bake",
    "music": "music violin chord melody rhythm drum concert choir note song",
}


def sentences(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts of five words of one topic each, and their topics."""
    rng = np.random.default_rng(seed)
    topics = [list(TOPICS)[int(at)] for at in rng.integers(0, len(TOPICS), count)]
    return [" ".join(rng.choice(TOPICS[topic].split(), 5)) for topic in topics], topics


def examples() -> dict[str, Task]:
    """One task for every kind."""
    texts, topics = sentences(60)
    others, topics2 = sentences(40, seed=1)
    documents = {f"d{at}": text for at, text in enumerate(texts)}
    queries = {f"q{at}": text.split()[0] + " " + text.split()[1] for at, text in enumerate(texts[:30])}
    judged = {f"q{at}": {f"d{at}": 2.0, f"d{at + 30}": 0.0} for at in range(30)}
    judged["q0"] = {"d0": 0.0}  # has no answer
    among = {query: [f"d{at}" for at in range(50)] for query in queries}
    turned = [" ".join(reversed(text.split())) for text in texts]
    half = [" ".join(text.split()[:3]) for text in texts[:30]] + [texts[0]] * 30
    likeness = [3.0] * 30 + [1.0 + (topic == topics[0]) for topic in topics[30:]]
    same = [1] * 30 + [int(topic == topics[0]) for topic in topics[30:]]
    made: list[Task] = [
        Retrieval("found", documents, queries, judged),
        Reranking("reranked", documents, queries, judged, among),
        STS("alike", texts, half, likeness),
        PairClassification("same", texts, half, same),
        Classification("sorted", (texts, topics), (others, topics2), per_label=4, rounds=5),
        Clustering("grouped", texts, topics, draws=4, size=80),
        ClusteringSets("groups", [(texts[:30], topics[:30]), (texts[30:], topics[30:]), (["one"], ["alone"])]),
        BitextMining("translated", texts, [f"{text} indeed" for text in turned]),
        ZeroShot("named", texts, topics, dict(TOPICS)),
    ]
    return {task.kind: task for task in made}
