"""Labelled rows, one table for a split: pairs, texts with labels, sets, queries with documents; MTEB's columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from likewise.errors import InputError
from likewise.evaluation._task import Task
from likewise.evaluation.readers import _kinds
from likewise.evaluation.readers._chosen import chosen, renamed
from likewise.evaluation.readers._kinds import Given
from likewise.evaluation.readers._settings import Settings
from likewise.evaluation.readers._tables import Row, is_table, rows, splits

__all__ = ["table"]

_MADE: dict[str, Callable[[Given], Task]] = {
    "retrieval": _kinds.retrieval,
    "reranking": _kinds.reranking,
    "sts": _kinds.sts,
    "pair_classification": _kinds.pair_classification,
    "classification": _kinds.classification,
    "clustering": _kinds.clustering,
    "bitext_mining": _kinds.bitext_mining,
    "zero_shot": _kinds.zero_shot,
}
_BESIDE = ("labels",)


def table(path: Path, asked: Settings) -> Task:
    """The task of a table, or of a folder with a table for each split; of which kind, the columns say.

    | columns | kind |
    |---|---|
    | sentence1, sentence2, score | sts |
    | sentence1, sentence2, label | pair_classification |
    | sentence1, sentence2 | bitext_mining |
    | text, label | classification; zero_shot where a table `labels` lies beside it |
    | sentences, labels | clustering |
    | query, positive, negative | reranking |
    | query, document (score) | retrieval |

    Raises InputError for columns that fit none of these, and for rows that lack one.
    """
    if path.is_file():
        found, others = renamed(rows([path]), asked, path), {}
        split = "test"
    else:
        tables = {name: some for name, some in splits(path).items() if name not in _BESIDE}
        split = chosen(tables, asked, path)
        found = renamed(rows(tables[split]), asked, path)
        others = {name: some for name, some in tables.items() if name != split}
    kind = asked.kind or _kind(found[0], path)
    if kind not in _MADE:
        raise InputError(f"there is no kind of task {kind!r}; there are {', '.join(_MADE)}")
    learn = renamed(rows(others["train"]), asked, path) if "train" in others and kind == "classification" else None
    return _MADE[kind](Given(asked, path, found, learn, _labels(path), asked.notes(split)))


def _kind(row: Row, path: Path) -> str:
    names = set(row)
    if {"sentence1", "sentence2"} <= names:
        if "score" in names:
            return "sts"
        return "pair_classification" if names & {"label", "labels"} else "bitext_mining"
    fits = {
        "reranking": {"query", "positive", "negative"},
        "retrieval": {"query", "document"},
        "clustering": {"sentences", "labels"},
        "classification": {"text", "label"},
    }
    for kind, wanted in fits.items():
        if wanted <= names:
            return "zero_shot" if kind == "classification" and _labels(path) else kind
    raise InputError(
        f"{path}: columns {', '.join(sorted(names))} are of no kind of task; wanted such as text and label, or "
        "sentence1, sentence2 and score; say in task.toml under [columns] which is which"
    )


def _labels(path: Path) -> list[Row]:
    """The words for every class, where a table says them."""
    if not path.is_dir():
        return []
    return rows([one for one in sorted(path.iterdir()) if is_table(one) and one.name.partition(".")[0] == "labels"])
