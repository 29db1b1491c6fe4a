"""A static student beside its teacher: speed on the same texts, and how well each finds.

    python -m benchmarks.static --peer-python /path/to/python     an interpreter that has model2vec (optional)

The teacher is the packaged MiniLM. Two students of 256 dimensions are distilled and kept in $LIKEWISE_WORK: one of the
vocabulary alone, one fitted to sentences of Wikipedia (--sentences, seed 0). Speed: OpenStax paragraphs of mixed length
(seed 0) and their first 50 characters, best of rounds that alternate. Quality: Spearman on STS-B dev (English), nDCG@10
on SciFact with its training claims, exact search by cosine; beside them the average of GloVe vectors (50 dimensions,
5,050 words: all that the data holds). Development figures.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._texts import DATA, lines, mixed
from benchmarks.encode import _machine, _ours
from benchmarks.quality import dense
from benchmarks.retrieval import scifact
from likewise.apps.distil import distil
from likewise.encoders import load
from likewise.encoders._resolve import Found
from likewise.encoders.text.static import Static
from likewise.modalities import sentences
from likewise.types import Vectors

Encode = Callable[[Sequence[str]], Vectors]

PEER = """
import json, sys, time
from importlib.metadata import version
from model2vec import StaticModel
model = StaticModel.from_pretrained(sys.argv[1])
texts = json.load(open(sys.argv[2]))
best = {}
for name, some in texts.items():
    model.encode(some[:500], max_length=None)
    for many in (False, True):
        start = time.perf_counter()
        model.encode(some, max_length=None, use_multiprocessing=many, multiprocessing_threshold=1)
        took = time.perf_counter() - start
        best[name] = min(best.get(name, took), took)
print(json.dumps({"version": version("model2vec"), "seconds": best}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", help="an interpreter that has model2vec")
    parser.add_argument("--sentences", type=int, default=40_000)
    parser.add_argument("--part", choices=("all", "speed", "quality"), default="all")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    teacher = load()
    plain, fitted = _students(args.sentences)
    figures: dict[str, Any] = {"machine": _machine(), "likewise": _ours(), "teacher": str(teacher.space)}
    if args.part != "quality":
        figures |= _speed(lambda texts: teacher.encode(texts).vectors, fitted, args.peer_python)
    if args.part != "speed":
        for name, encoder in (("teacher", teacher), ("student", plain), ("student, fitted", fitted)):
            figures |= _quality(name, lambda texts, e=encoder: e.encode(texts).vectors)  # type: ignore[misc]
        figures |= _quality("GloVe average", _glove())
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:44} {value}")


def _students(count: int) -> tuple[Static, Static]:
    work = Path(os.environ.get("LIKEWISE_WORK", "work"))
    made = []
    for name, texts in (("static-plain", 0), (f"static-fitted-{count}", count)):
        folder = work / name
        if not (folder / "model.safetensors").exists():
            shutil.rmtree(folder, ignore_errors=True)
            print(distil(load(), folder, texts=_wikipedia(texts)), flush=True)
        made.append(Static(Found(name, folder)))
    return made[0], made[1]


def _wikipedia(count: int) -> list[str]:
    """Sentences of 20 to 300 characters from the openings of 8,000 articles."""
    if not count:
        return []
    rng = random.Random(0)
    found = []
    for article in rng.sample([row["text"] for row in lines("text/enwiki/enwiki_articles.jsonl.gz")], 8000):
        cut = [article[start:end].strip() for start, end in sentences(article[:3000])[:14]]
        found += [sentence for sentence in cut if 20 < len(sentence) < 300]
    rng.shuffle(found)
    return found[:count]


def _speed(teacher: Encode, student: Static, python: str | None) -> dict[str, Any]:
    passages = mixed(8000)
    sets = {"passages": passages, "short": [text[:50].rsplit(" ", 1)[0] for text in mixed(40_000)]}
    few = {"passages": passages[:300], "short": sets["short"][:2000]}
    figures: dict[str, Any] = {}
    for name, texts in sets.items():
        slow, fast = [], []
        for _ in range(3):
            slow.append(_took(teacher, few[name]) / len(few[name]))
            fast.append(_took(lambda some: student.encode(some).vectors, texts) / len(texts))
        figures[f"{name}/s, teacher"] = round(1 / min(slow), 1)
        figures[f"{name}/s, student"] = round(1 / min(fast))
        figures[f"{name}, ratio"] = round(min(slow) / min(fast), 1)
    if python:
        figures |= _peer(sets, student, python)
    return figures


def _took(encode: Encode, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    encode(texts)
    return time.perf_counter() - start


def _peer(sets: dict[str, list[str]], student: Static, python: str) -> dict[str, Any]:
    """model2vec with the same student on the same texts, the better of one process and several."""
    with tempfile.TemporaryDirectory() as folder:
        student.save(Path(folder) / "model")
        asked = Path(folder) / "texts.json"
        asked.write_text(json.dumps(sets), encoding="utf-8")
        command = [python, "-c", PEER, str(Path(folder) / "model"), str(asked)]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    rates = {f"{name}/s, model2vec": round(len(sets[name]) / took) for name, took in told["seconds"].items()}
    return {"model2vec": told["version"]} | rates


def _quality(name: str, encode: Encode) -> dict[str, float]:
    with gzip.open(DATA / "sts/stsb-multi-mt/data/stsb-en-dev.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    left, right = (_unit(encode([row[i] for row in rows])) for i in (0, 1))
    gold = np.array([float(row[2]) for row in rows])
    task = scifact()
    documents = _unit(encode([" ".join(parts).strip() for parts in task.documents.values()]))
    queries = _unit(encode(list(task.queries.values())))
    return {
        f"STS-B dev Spearman, {name}": round(_spearman(gold, (left * right).sum(axis=1)), 4),
        f"SciFact train nDCG@10, {name}": round(dense(task, documents, queries), 4),
    }


def _unit(rows: Vectors) -> Vectors:
    found: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))
    return found


def _spearman(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Correlation of ranks, ties at their mean."""

    def ranks(values: NDArray[Any]) -> NDArray[Any]:
        _, place, count = np.unique(values, return_inverse=True, return_counts=True)
        found: NDArray[Any] = (np.cumsum(count) - (count - 1) / 2)[place]
        return found

    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def _glove() -> Encode:
    path = DATA / "models/glove-50d-5k/data/glove-50d-5k.json"
    known = {word: np.array(row, np.float32) for word, row in json.loads(path.read_text(encoding="utf-8")).items()}
    nothing = np.zeros(50, np.float32)

    def encode(texts: Sequence[str]) -> Vectors:
        rows = [[known[w] for w in re.findall(r"\w+|[^\w\s]", text.lower()) if w in known] for text in texts]
        return np.array([np.mean(row, axis=0) if row else nothing for row in rows], np.float32)

    return encode


if __name__ == "__main__":
    main()
