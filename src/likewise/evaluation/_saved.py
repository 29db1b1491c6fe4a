"""A task of retrieval as a folder that `read` takes, in the layout of BEIR."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from likewise.errors import InputError
from likewise.evaluation._task import Search

__all__ = ["save"]


def save(task: Search, path: str | os.PathLike[str]) -> Path:
    """Write corpus.jsonl, queries.jsonl, qrels/test.tsv and task.toml into a new folder, to be read and mended there.

    Raises InputError where the folder exists, and for contents that are no texts.
    """
    folder = Path(path).expanduser()
    if folder.exists():
        raise InputError(f"{folder} exists; name a new folder for the task")
    (folder / "qrels").mkdir(parents=True)
    for name, held in (("corpus", task.documents), ("queries", task.queries)):
        _lines(folder / f"{name}.jsonl", ({"_id": key, "text": _text(key, one)} for key, one in held.items()))
    rows = [f"{q}\t{d}\t{grade:g}" for q in task.queries for d, grade in task.judged[q].items()]
    table = "\n".join(["query-id\tcorpus-id\tscore", *rows, ""])
    (folder / "qrels" / "test.tsv").write_text(table, encoding="utf-8")
    note = json.dumps("; ".join(getattr(task, "notes", ())), ensure_ascii=False)
    settings = f"name = {json.dumps(task.name, ensure_ascii=False)}\nown = {str(task.own).lower()}\nnote = {note}\n"
    (folder / "task.toml").write_text(settings, encoding="utf-8")
    return folder


def _text(name: str, content: object) -> str:
    if "\t" in name or "\n" in name:
        raise InputError(f"the id {name!r} holds a tab or a line end and cannot stand in a table")
    if not isinstance(content, str):
        raise InputError(f"{name!r} is a {type(content).__name__}, and only texts can be written")
    return content


def _lines(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
