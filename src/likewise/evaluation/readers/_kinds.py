"""Rows of a table made a task of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from likewise.errors import InputError
from likewise.evaluation._task import Task
from likewise.evaluation.readers._chosen import value
from likewise.evaluation.readers._settings import Settings
from likewise.evaluation.readers._tables import Row
from likewise.evaluation.tasks.bitext_mining import BitextMining
from likewise.evaluation.tasks.classification import Classification
from likewise.evaluation.tasks.clustering import Clustering
from likewise.evaluation.tasks.clustering_sets import ClusteringSets
from likewise.evaluation.tasks.pair_classification import PairClassification
from likewise.evaluation.tasks.reranking import Reranking
from likewise.evaluation.tasks.retrieval import Retrieval
from likewise.evaluation.tasks.sts import STS
from likewise.evaluation.tasks.zero_shot import ZeroShot

__all__ = [
    "Given",
    "bitext_mining",
    "classification",
    "clustering",
    "pair_classification",
    "reranking",
    "retrieval",
    "sts",
    "zero_shot",
]

_LABEL = ("label", "labels")
_TRUE = {"1": True, "0": False, "true": True, "false": False, "1.0": True, "0.0": False}


@final
@dataclass(frozen=True, slots=True)
class Given:
    """What a reader found: what is said of the task, rows to be judged by, rows to learn from, words for classes."""

    asked: Settings
    path: Path
    rows: list[Row]
    train: list[Row] | None
    labels: list[Row]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.asked.name

    def cells(self, *names: str, rows: list[Row] | None = None) -> list[Any]:
        """A column, by the first of these names that there is."""
        return [value(row, names, self.path, at) for at, row in enumerate(self.rows if rows is None else rows, 1)]

    def rest(self, kind: type[Task], *notes: str) -> dict[str, Any]:
        """What a task of this kind takes beside its data."""
        return {**self.asked.fitting(kind), "notes": (*self.notes, *notes)}


def sts(given: Given) -> Task:
    """Rows without a score are left out, and told: nobody said how alike they are."""
    scored = [row for row in given.rows if row.get("score") not in (None, "")]
    if not scored:
        raise InputError(f"{given.path}: no row has a score; sts needs sentence1, sentence2 and score")
    left = len(given.rows) - len(scored)
    told = (f"{left:,} of {len(given.rows):,} pairs have no score and were left out",) if left else ()
    scores = [_number(row["score"], given.path) for row in scored]
    one, other = (given.cells(name, rows=scored) for name in ("sentence1", "sentence2"))
    return STS(given.name, one, other, scores, **given.rest(STS, *told))


def pair_classification(given: Given) -> Task:
    """A table of one row holds all pairs as lists, as MTEB's older sets do."""
    columns = [given.cells("sentence1"), given.cells("sentence2"), given.cells(*_LABEL)]
    if len(given.rows) == 1 and isinstance(columns[0][0], list):
        columns = [column[0] for column in columns]
    one, other, labels = columns
    return PairClassification(
        given.name, one, other, [_same(label, given.path) for label in labels], **given.rest(PairClassification)
    )


def bitext_mining(given: Given) -> Task:
    return BitextMining(given.name, given.cells("sentence1"), given.cells("sentence2"), **given.rest(BitextMining))


def classification(given: Given) -> Task:
    """Without a split to learn from, five folds of the only one."""
    judged = (given.cells("text"), given.cells(*_LABEL))
    if given.train is None:
        folds = "there is no split train: five folds of this one"
        return Classification(given.name, judged, None, **given.rest(Classification, folds))
    learn = (given.cells("text", rows=given.train), given.cells(*_LABEL, rows=given.train))
    return Classification(given.name, learn, judged, **given.rest(Classification))


def clustering(given: Given) -> Task:
    """Rows that hold lists of items are sets of their own."""
    items, groups = given.cells("sentences", "text"), given.cells("labels", "label")
    if isinstance(items[0], list):
        return ClusteringSets(given.name, list(zip(items, groups, strict=True)), **given.rest(ClusteringSets))
    return Clustering(given.name, items, groups, **given.rest(Clustering))


def zero_shot(given: Given) -> Task:
    """Classes are described by the table `labels`: label and text, or names, of which rows may give the number."""
    if not given.labels:
        raise InputError(f"{given.path}: zero_shot needs a table labels beside it, with a column label (and text)")
    names = given.cells(*_LABEL, rows=given.labels)
    words = [row.get("text") or name for row, name in zip(given.labels, names, strict=True)]
    told = given.cells(*_LABEL)
    numbered = all(isinstance(label, int) for label in told) and not all(isinstance(name, int) for name in names)
    described: dict[Any, object] = dict(zip(range(len(names)) if numbered else names, words, strict=True))
    return ZeroShot(given.name, given.cells("text", "sentences"), told, described, **given.rest(ZeroShot))


def retrieval(given: Given) -> Task:
    """Every distinct text of the column document is in the corpus; a row says what answers its query.

    A row without a query only brings its document, which must be told from those that answer. Raises InputError for two
    rows of one query and one document that disagree.
    """
    documents = given.cells("document")
    queries = [row.get("query") or "" for row in given.rows]
    places = {text: f"d{at}" for at, text in enumerate(dict.fromkeys(documents))}
    asked = {text: f"q{at}" for at, text in enumerate(text for text in dict.fromkeys(queries) if text)}
    judged: dict[str, dict[str, float]] = {}
    for at, (query, document, row) in enumerate(zip(queries, documents, given.rows, strict=True), 1):
        grade = 1.0 if row.get("score") in (None, "") else _number(row["score"], given.path)
        if query and judged.setdefault(asked[query], {}).setdefault(places[document], grade) != grade:
            known = judged[asked[query]][places[document]]
            raise InputError(
                f"{given.path}, row {at}: the same query and document have the score {known:g} and {grade:g}"
            )
    corpus, texts = ({name: text for text, name in known.items()} for known in (places, asked))
    return Retrieval(given.name, corpus, texts, judged, **given.rest(Retrieval))


def reranking(given: Given) -> Task:
    """Every query has its own candidates, the relevant ones in `positive`; a row that lacks either side is left out."""
    documents: dict[str, object] = {}
    queries: dict[str, object] = {}
    judged: dict[str, dict[str, float]] = {}
    asked = given.cells("query")
    for side in ("positive", "negative"):
        if not any(side in row for row in given.rows):
            raise InputError(f"{given.path} has no column {side!r}: reranking needs query, positive and negative")
    for at, row in enumerate(given.rows):
        right, wrong = (_list(row.get(side)) for side in ("positive", "negative"))
        if right and wrong:
            name = f"q{at}"
            queries[name] = asked[at]
            # the names sort so that of equal scores the irrelevant one comes first, as in MTEB
            grades = {f"a{name}-{n:05}": (text, 1.0) for n, text in enumerate(right)}
            grades |= {f"n{name}-{n:05}": (text, 0.0) for n, text in enumerate(wrong)}
            documents |= {key: text for key, (text, _) in grades.items()}
            judged[name] = {key: grade for key, (_, grade) in grades.items()}
    left = len(given.rows) - len(queries)
    told = (
        (f"{left:,} of {len(given.rows):,} queries have no candidate of both kinds and were left out",) if left else ()
    )
    candidates = {query: list(grades) for query, grades in judged.items()}
    return Reranking(given.name, documents, queries, judged, candidates, **given.rest(Reranking, *told))


def _list(cell: object) -> list[object]:
    return cell if isinstance(cell, list) else [cell] if cell not in (None, "") else []


def _number(cell: object, path: Path) -> float:
    try:
        return float(str(cell))
    except ValueError as error:
        raise InputError(f"{path}: the score {cell!r} is no number") from error


def _same(cell: object, path: Path) -> bool:
    told = _TRUE.get(str(cell).lower())
    if told is None:
        raise InputError(f"{path}: the label {cell!r} of a pair is neither 0 nor 1")
    return told
