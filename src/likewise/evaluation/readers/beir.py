"""Retrieval and reranking as BEIR and MTEB keep them: a corpus, queries, and who judged what to be relevant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likewise.errors import InputError
from likewise.evaluation._task import Task
from likewise.evaluation.readers._chosen import chosen, renamed, value
from likewise.evaluation.readers._settings import Settings
from likewise.evaluation.readers._tables import Row, named, rows, splits
from likewise.evaluation.tasks.reranking import Reranking
from likewise.evaluation.tasks.retrieval import Retrieval

__all__ = ["beir"]

_IDS = ("_id", "id")
_QRELS = ("qrels", "default", "data")


def beir(path: Path, asked: Settings) -> Task:
    """The task of a folder with corpus, queries and qrels (`.jsonl`, `.tsv`, `.parquet`, gzipped or not).

    A document is its title and its text. With `top_ranked` (query-id, corpus-ids) it is a task of reranking. Raises
    InputError with the file for what is missing, and for a judgement of a document or query that there is not.
    """
    documents = {name: _document(row) for name, row in _by_id(path, "corpus").items()}
    queries = {
        name: value(row, ("text", "query"), path / "queries", at) for at, (name, row) in _counted(path, "queries")
    }
    judged, split = _judged(path, asked)
    strange = sum(query not in queries for query in judged)
    lost = sum(name not in documents for true in judged.values() for name in true)
    if strange or lost:
        raise InputError(
            f"{path}: qrels of {split} name {strange:,} queries and {lost:,} documents that are not there; "
            "do the ids of corpus, queries and qrels fit?"
        )
    wanted = {query: text for query, text in queries.items() if query in judged}
    given: dict[str, Any] = {"own": asked.own, "notes": asked.notes(split)}
    candidates = named(path, "top_ranked")
    if asked.kind == "reranking" and not candidates:
        raise InputError(f"{path} has no top_ranked: reranking needs the candidates of every query")
    if candidates and asked.kind != "retrieval":
        among = {str(row["query-id"]): [str(one) for one in row["corpus-ids"]] for row in rows(candidates)}
        return Reranking(asked.name, documents, wanted, judged, among, **given, **asked.fitting(Reranking))
    if asked.kind not in ("", "retrieval"):
        raise InputError(f"{path} holds corpus, queries and qrels: it is retrieval, not {asked.kind}")
    return Retrieval(asked.name, documents, wanted, judged, **given, **asked.fitting(Retrieval))


def _document(row: Row) -> str:
    """Title and text, as MTEB joins them."""
    return f"{row.get('title') or ''} {row.get('text') or ''}".strip()


def _by_id(path: Path, name: str) -> dict[str, Row]:
    tables = named(path, name)
    if not tables:
        raise InputError(f"{path} has no {name}; wanted {name}.jsonl, .jsonl.gz or .parquet")
    found: dict[str, Row] = {}
    for number, row in enumerate(rows(tables), 1):
        key = str(value(row, _IDS, tables[0], number))
        if key in found:
            raise InputError(f"{tables[0]}: the id {key!r} comes twice; ids are unique")
        found[key] = row
    return found


def _counted(path: Path, name: str) -> enumerate[tuple[str, Row]]:
    return enumerate(_by_id(path, name).items(), 1)


def _judged(path: Path, asked: Settings) -> tuple[dict[str, Mapping[str, float]], str]:
    """Query -> document -> grade, and the split that it is of."""
    folder = next((path / name for name in _QRELS if (path / name).is_dir()), None)
    if folder is None:
        raise InputError(f"{path} has no folder qrels with a table of query-id, corpus-id and score for every split")
    tables = splits(folder)
    split = chosen(tables, asked, folder)
    judged: dict[str, dict[str, float]] = {}
    for number, row in enumerate(renamed(rows(tables[split]), asked, folder), 1):
        query, document = (str(value(row, names, folder, number)) for names in (("query-id",), ("corpus-id",)))
        try:
            judged.setdefault(query, {})[document] = float(row.get("score", 1))
        except (TypeError, ValueError) as error:
            raise InputError(f"{folder}, row {number}: the score {row.get('score')!r} is no number") from error
    return dict(judged), split
