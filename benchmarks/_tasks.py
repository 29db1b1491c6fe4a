"""The data of the benchmarks as local tasks: folders that likewise reads and from which mteb gets the same rows."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["TASKS", "prepared"]

Row = Mapping[str, Any]


def prepared(name: str, data: Path, work: Path) -> Path:
    """The folder of a task, made at first use."""
    folder = work / "tasks" / name
    if not folder.exists():
        making = work / "tasks" / f".{name}"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        TASKS[name](data, making)
        making.rename(folder)
    return folder


def _lines(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _read(path: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


def _scifact(data: Path, to: Path) -> None:
    """SciFact with its training claims: 809 queries."""
    source = data / "retrieval" / "scifact"
    for name in ("corpus.jsonl.gz", "queries.jsonl"):
        shutil.copy(source / name, to / name)
    (to / "qrels").mkdir()
    shutil.copy(source / "qrels" / "train.tsv", to / "qrels" / "train.tsv")
    (to / "task.toml").write_text('split = "train"\n')


def _arguana(data: Path, to: Path) -> None:
    """ArguAna's validation part; an argument is not its own counter-argument."""
    source = data / "retrieval" / "arguana"
    documents = {row["id"]: row for row in _read(source / "docs.validation.jsonl.gz")}
    qrels = (source / "qrels.validation.tsv").read_text(encoding="utf-8")
    asked = list(dict.fromkeys(line.split("\t")[0] for line in qrels.splitlines()[1:]))
    _lines(to / "corpus.jsonl", ({"_id": i, "title": d["title"], "text": d["text"]} for i, d in documents.items()))
    whole = (f"{documents[i]['title']} {documents[i]['text']}".strip() for i in asked)
    _lines(to / "queries.jsonl", ({"_id": i, "text": text} for i, text in zip(asked, whole, strict=True)))
    (to / "qrels").mkdir()
    (to / "qrels" / "validation.tsv").write_text(qrels, encoding="utf-8")
    (to / "task.toml").write_text('split = "validation"\nown = false\n')


def _semeval(year: str) -> Callable[[Path, Path], None]:
    def made(data: Path, to: Path) -> None:
        """The scored pairs of a year's test sets, those without a score left out."""
        folder = data / "sts" / "dataset-sts" / "sts" / "semeval-sts" / year
        rows = []
        for path in sorted(folder.glob("*.test.tsv")):
            for line in path.read_text(encoding="utf-8").splitlines():
                score, *sides = line.split("\t")
                if score.strip() and len(sides) >= 2:
                    rows.append({"sentence1": sides[0], "sentence2": sides[1], "score": float(score)})
        _lines(to / "test.jsonl", rows)

    return made


def _stsb(data: Path, to: Path) -> None:
    import csv

    with gzip.open(data / "sts" / "stsb-multi-mt" / "data" / "stsb-en-dev.csv.gz", "rt", encoding="utf-8") as stream:
        rows = [{"sentence1": a, "sentence2": b, "score": float(score)} for a, b, score in csv.reader(stream)]
    _lines(to / "validation.jsonl", rows)


def _stackoverflow(data: Path, to: Path) -> None:
    folder = data / "classification" / "stackoverflow20" / "rawText"
    titles = (folder / "title_StackOverflow.txt").read_text(encoding="utf-8").splitlines()
    labels = (folder / "label_StackOverflow.txt").read_text(encoding="utf-8").split()
    pairs = zip(titles, labels, strict=True)
    _lines(to / "test.jsonl", ({"sentences": title, "labels": int(label)} for title, label in pairs))


def _clinc150(data: Path, to: Path) -> None:
    whole = json.loads((data / "classification" / "clinc150" / "data" / "data_full.json").read_text(encoding="utf-8"))
    for split, name in (("train", "train"), ("test", "test")):
        _lines(to / f"{name}.jsonl", ({"text": text, "label": label} for text, label in whole[split]))


TASKS: dict[str, Callable[[Path, Path], None]] = {
    "scifact": _scifact,
    "arguana": _arguana,
    "sts12": _semeval("2012"),
    "sts13": _semeval("2013"),
    "sts14": _semeval("2014"),
    "stsb-dev": _stsb,
    "stackoverflow": _stackoverflow,
    "clinc150": _clinc150,
}
