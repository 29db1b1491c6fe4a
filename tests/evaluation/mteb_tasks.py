"""The example tasks as objects of the package mteb."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.evaluation.examples import examples

__all__ = ["mteb_tasks"]

_OURS = {
    "retrieval": ("AbsTaskRetrieval", "Retrieval", "ndcg_at_10"),
    "reranking": ("AbsTaskRetrieval", "Reranking", "map_at_1000"),
    "sts": ("AbsTaskSTS", "STS", "cosine_spearman"),
    "pair_classification": ("AbsTaskPairClassification", "PairClassification", "max_ap"),
    "classification": ("AbsTaskClassification", "Classification", "accuracy"),
    "folds": ("AbsTaskClassification", "Classification", "accuracy"),
    "clustering": ("AbsTaskClustering", "Clustering", "v_measure"),
    "clustering_part": ("AbsTaskClustering", "Clustering", "v_measure"),
    "clustering_sets": ("AbsTaskClusteringLegacy", "Clustering", "v_measure"),
    "bitext_mining": ("AbsTaskBitextMining", "BitextMining", "f1"),
    "zero_shot": ("AbsTaskZeroShotClassification", "ZeroShotClassification", "accuracy"),
}


def mteb_tasks() -> dict[str, Any]:
    """A task object of mteb for every kind, with its data loaded."""
    return {name: _task(name, *facts) for name, facts in _OURS.items()}


def _task(name: str, parent: str, kind: str, main: str) -> Any:
    import mteb.abstasks
    import mteb.abstasks.clustering_legacy
    from mteb.abstasks.task_metadata import TaskMetadata

    facts = {"name": f"Local {name}", "description": name, "dataset": {"path": f"local/{name}", "revision": "1"}}
    split = "train" if name == "folds" else "test"
    metadata = TaskMetadata(
        **facts, type=kind, category="t2t", eval_splits=[split], eval_langs=["eng-Latn"], main_score=main
    )
    above = getattr(mteb.abstasks, parent, None) or getattr(mteb.abstasks.clustering_legacy, parent)
    members: dict[str, Any] = {"metadata": metadata}
    if name == "zero_shot":
        words = list(examples()["zero_shot"].described.values())  # type: ignore[attr-defined]
        members |= {"input_column_name": "text", "get_candidate_labels": lambda self: words}
    task = type("Local", (above,), members)()
    _filled(task, name)
    task.data_loaded = True
    return task


def _filled(task: Any, name: str) -> None:
    """Give the task the rows of the example, and the example's settings."""
    from datasets import Dataset, DatasetDict

    ours: Any = examples().get({"folds": "classification", "clustering_part": "clustering"}.get(name, name))
    if name in ("retrieval", "reranking"):
        task.dataset = {"default": {"test": _ranked(ours, name)}}
        return
    if name in ("classification", "folds"):
        task.samples_per_label, task.n_experiments = ours.per_label, ours.rounds
        task.is_cross_validation = name == "folds"
    if name in ("clustering", "clustering_part"):
        task.max_fraction_of_documents_to_embed = 0.7 if name == "clustering_part" else None
        task.n_clusters, task.max_documents_per_cluster = ours.draws, ours.size
    rows = {split: Dataset.from_list(list(some)) for split, some in _rows(ours).items()}
    task.dataset = DatasetDict(rows)


def _ranked(ours: Any, name: str) -> dict[str, Any]:
    from datasets import Dataset

    held = [{"id": key, "text": text, "title": ""} for key, text in ours.documents.items()]
    asked = [{"id": key, "text": text} for key, text in ours.queries.items()]
    judged = {q: {d: int(g) for d, g in ours.judged[q].items()} for q in ours.queries}
    among = {q: list(ours.candidates[q]) for q in ours.queries} if name == "reranking" else None
    data = {"corpus": Dataset.from_list(held), "queries": Dataset.from_list(asked)}
    return {**data, "relevant_docs": judged, "top_ranked": among}


def _rows(ours: Any) -> dict[str, Iterable[dict[str, Any]]]:
    """Rows under the names of columns that mteb wants, by split."""
    if ours.kind == "classification":
        sides = {"train": ours.train, "test": ours.test}
        return {split: _table(text=texts, label=labels) for split, (texts, labels) in sides.items()}
    if ours.kind == "zero_shot":
        numbers = {label: at for at, label in enumerate(ours.described)}
        return {"test": _table(text=ours.items, label=[numbers[label] for label in ours.classes])}
    if ours.kind == "clustering_sets":
        return {"test": [{"sentences": list(items), "labels": list(groups)} for items, groups in ours.sets]}
    if ours.kind == "clustering":
        return {"test": _table(sentences=ours.items, labels=ours.groups)}
    truth = {"sts": "likeness", "pair_classification": "same"}.get(ours.kind)
    name = {"sts": "score", "pair_classification": "labels"}.get(ours.kind, "")
    sides = {"sentence1": ours.one, "sentence2": ours.other}
    return {"test": _table(**sides, **({name: getattr(ours, truth)} if truth else {}))}


def _table(**columns: Any) -> list[dict[str, Any]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
