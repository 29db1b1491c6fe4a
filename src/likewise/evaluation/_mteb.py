"""Task objects of the package `mteb`: made tasks of likewise, or run by mteb itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Task
from likewise.evaluation.tasks.bitext_mining import BitextMining
from likewise.evaluation.tasks.classification import Classification
from likewise.evaluation.tasks.clustering import Clustering
from likewise.evaluation.tasks.clustering_sets import ClusteringSets
from likewise.evaluation.tasks.pair_classification import PairClassification
from likewise.evaluation.tasks.reranking import Reranking
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.sts import STS
from likewise.evaluation.tasks.zero_shot import ZeroShot
from likewise.evaluation.to_mteb import to_mteb

__all__ = ["by_mteb", "tasks_of"]


def by_mteb(encoder: Encoder, task: Any) -> Iterator[Outcome]:
    """What mteb says of a task that likewise does not know, split by split; without units, so without an interval."""
    import mteb

    found = mteb.evaluate(to_mteb(encoder), task, cache=None, show_progress_bar=False, co2_tracker=False)
    for result in found.task_results:
        for split, subsets in result.scores.items():
            for scores in subsets:
                plain = {key: float(value) for key, value in scores.items() if isinstance(value, int | float)}
                names = [str(task.metadata.name), split, str(scores["hf_subset"])]
                yield Outcome(
                    " ".join(names), str(task.metadata.type), "main_score", plain, "unit", (), np.empty(0),
                    lambda _: float("nan"), notes=("run by mteb, which says nothing of single units: no interval",),
                )  # fmt: skip


def tasks_of(task: Any) -> tuple[Task, ...] | None:
    """A task for every split and subset; None for a kind, or a change of its protocol, that likewise does not know."""
    made = _maker(task)
    if made is None:
        return None
    if not task.data_loaded:
        task.load_data()
    found = [
        made(task, _name(task, split, subset), _held(task, subset), split)
        for split in task.eval_splits
        for subset in task.hf_subsets
    ]
    return tuple(found)


_Made = Callable[[Any, str, Any, str], Task]


def _maker(task: Any) -> _Made | None:
    """By the class of mteb that the task is of."""
    known = {
        "AbsTaskRetrieval": _search,
        "AbsTaskSTS": _sts,
        "AbsTaskPairClassification": _pairs,
        "AbsTaskClassification": _classification,
        "AbsTaskClustering": _clustering,
        "AbsTaskClusteringLegacy": _sets,
        "AbsTaskBitextMining": _bitext,
        "AbsTaskZeroShotClassification": _zero_shot,
    }
    for parent in type(task).__mro__:
        if parent.__name__ in known and _plain(task, parent):
            return known[parent.__name__]
    return None


def _plain(task: Any, parent: type[Any]) -> bool:
    """Whether it is of texts, and nothing of the protocol of its class is changed in a way that only mteb knows."""
    changed = [name for name in ("evaluate", "_evaluate_subset") if _of(task, name) is not _of(parent, name)]
    if list(task.metadata.modalities) != ["text"] or changed:
        return False
    if parent.__name__ == "AbsTaskRetrieval":
        return not task.skip_first_result and _of(task, "task_specific_scores") is parent.task_specific_scores
    if parent.__name__ == "AbsTaskClassification":
        model = task.evaluator_model
        return type(model).__name__ == "LogisticRegression" and model.max_iter == 100
    return not getattr(task, "parallel_subsets", False)


def _of(task: Any, name: str) -> object:
    return getattr(task if isinstance(task, type) else type(task), name)


def _name(task: Any, split: str, subset: str) -> str:
    parts = [split] * (len(task.eval_splits) > 1) + [subset] * (len(task.hf_subsets) > 1)
    return " ".join([str(task.metadata.name), *parts])


def _held(task: Any, subset: str) -> Any:
    """The data of a subset, by split."""
    if hasattr(task, "convert_v1_dataset_format_to_v2"):
        task.convert_v1_dataset_format_to_v2(num_proc=None)
    return task.dataset.get(subset, task.dataset)


def _column(rows: Any, name: str | Sequence[str]) -> list[Any]:
    if not isinstance(name, str):
        raise InputError(f"columns {', '.join(name)} together are one input, which likewise does not know")
    return list(rows[name])


def _search(task: Any, name: str, held: Any, split: str) -> Task:
    given = held[split]
    documents = {str(row["id"]): f"{row.get('title') or ''} {row['text']}".strip() for row in given["corpus"]}
    queries = {str(row["id"]): _query(row) for row in given["queries"]}
    judged: Mapping[str, Mapping[str, float]] = given["relevant_docs"]
    own = not task.ignore_identical_ids
    if given["top_ranked"] is None:
        return Retrieval(name, documents, queries, judged, own)
    return Reranking(name, documents, queries, judged, given["top_ranked"], own)


def _query(row: Mapping[str, Any]) -> str:
    """The words of a query, its instruction after it, as mteb joins them."""
    if not isinstance(row["text"], str):
        raise InputError(f"query {row['id']!r} is a conversation, which likewise does not know")
    return " ".join([row["text"], *([row["instruction"]] if row.get("instruction") else [])])


def _sts(task: Any, name: str, held: Any, split: str) -> Task:
    one, other = (_column(held[split], column) for column in task.column_names)
    return STS(name, one, other, _column(held[split], "score"))


def _pairs(task: Any, name: str, held: Any, split: str) -> Task:
    columns = (task.input1_column_name, task.input2_column_name, task.label_column_name)
    one, other, same = (_column(held[split], column) for column in columns)
    if len(same) == 1 and isinstance(same[0], list):
        one, other, same = one[0], other[0], same[0]
    return PairClassification(name, one, other, same)


def _classification(task: Any, name: str, held: Any, split: str) -> Task:
    def labelled(part: str) -> tuple[list[Any], list[Any]]:
        return _column(held[part], task.input_column_name), _column(held[part], task.label_column_name)

    test = None if task.is_cross_validation else labelled(split)
    return Classification(name, labelled(task.train_split), test, task.samples_per_label, task.n_experiments, task.seed)


def _clustering(task: Any, name: str, held: Any, split: str) -> Task:
    return Clustering(
        name,
        _column(held[split], task.input_column_name),
        _column(held[split], task.label_column_name),
        fraction=task.max_fraction_of_documents_to_embed,
        most=task.max_document_to_embed,
        draws=task.n_clusters,
        size=task.max_documents_per_cluster,
        batch=task.k_mean_batch_size,
        depth=task.max_depth,
        seed=task.seed,
    )


def _sets(task: Any, name: str, held: Any, split: str) -> Task:
    items, groups = (_column(held[split], column) for column in (task.input_column_name, task.label_column_name))
    return ClusteringSets(name, list(zip(items, groups, strict=True)), task.seed)


def _bitext(task: Any, name: str, held: Any, split: str) -> Task:  # noqa: ARG001 (all makers take the same)
    return BitextMining(name, _column(held[split], "sentence1"), _column(held[split], "sentence2"))


def _zero_shot(task: Any, name: str, held: Any, split: str) -> Task:
    words = list(task.get_candidate_labels())
    labels = _column(held[split], task.label_column_name)
    described: dict[Any, object] = dict.fromkeys(words) if isinstance(labels[0], str) else dict(enumerate(words))
    described = {label: label if isinstance(label, str) else word for label, word in described.items()}
    return ZeroShot(name, _column(held[split], task.input_column_name), labels, described)
