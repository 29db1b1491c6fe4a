"""Scores of the package mteb on local tasks: run by `benchmarks.evaluate` with an interpreter that has mteb 2.

    PYTHONPATH=. python benchmarks/_mteb_peer.py MODEL FOLDER...    prints {"folder": {"main": ..., "scores": {...}}}

MODEL is a folder that sentence-transformers reads, or "likewise": likewise's own encoder through `to_mteb`. The rows
are read here by themselves, and not by likewise, so that a fault of its readers would show.
"""

from __future__ import annotations

import gzip
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import mteb
from datasets import Dataset, DatasetDict
from mteb.abstasks import AbsTaskClassification, AbsTaskClustering, AbsTaskRetrieval, AbsTaskSTS
from mteb.abstasks.task_metadata import TaskMetadata
from sentence_transformers import SentenceTransformer


def _lines(path: Path) -> list[dict[str, Any]]:
    found = next(p for p in (path, path.with_name(f"{path.name}.gz")) if p.exists())
    with gzip.open(found, "rt") if found.suffix == ".gz" else found.open() as stream:
        return [json.loads(line) for line in stream]


def _metadata(name: str, kind: str, split: str, main: str) -> TaskMetadata:
    return TaskMetadata(
        name=name,
        description=name,
        dataset={"path": f"local/{name}", "revision": "1"},
        type=kind,
        category="t2t",
        eval_splits=[split],
        eval_langs=["eng-Latn"],
        main_score=main,
    )


def _task(folder: Path) -> Any:
    said = tomllib.loads((folder / "task.toml").read_text()) if (folder / "task.toml").exists() else {}
    if (folder / "qrels").is_dir():
        return _retrieval(folder, said)
    splits = {p.name.partition(".")[0]: _lines(p) for p in folder.glob("*.jsonl")}
    split = "test" if "test" in splits else next(iter(splits))
    data = DatasetDict({name: Dataset.from_list(rows) for name, rows in splits.items()})
    columns = set(splits[split][0])
    if "score" in columns:
        parent, kind, main = AbsTaskSTS, "STS", "cosine_spearman"
    elif "sentences" in columns:
        parent, kind, main = AbsTaskClustering, "Clustering", "v_measure"
    else:
        parent, kind, main = AbsTaskClassification, "Classification", "accuracy"
    made = type("Local", (parent,), {"metadata": _metadata(folder.name, kind, split, main)})()
    made.dataset, made.data_loaded = data, True
    if kind == "Clustering":
        made.max_fraction_of_documents_to_embed = said.get("options", {}).get("fraction")
    return made


def _retrieval(folder: Path, said: dict[str, Any]) -> Any:
    split = said["split"]
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / f"{split}.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        judged.setdefault(query, {})[document] = int(score)
    own = {"metadata": _metadata(folder.name, "Retrieval", split, "ndcg_at_10")}
    made = type("Local", (AbsTaskRetrieval,), own)()
    made.ignore_identical_ids = not said.get("own", True)
    corpus = [{"id": r["_id"], "title": r["title"], "text": r["text"]} for r in _lines(folder / "corpus.jsonl")]
    queries = [{"id": r["_id"], "text": r["text"]} for r in _lines(folder / "queries.jsonl") if r["_id"] in judged]
    data = {"corpus": Dataset.from_list(corpus), "queries": Dataset.from_list(queries)}
    made.dataset = {"default": {split: {**data, "relevant_docs": judged, "top_ranked": None}}}
    made.data_loaded = True
    return made


def _model(name: str) -> Any:
    if name != "likewise":
        return SentenceTransformer(name, device="cpu")
    from likewise.encoders import load
    from likewise.evaluation.to_mteb import to_mteb

    return to_mteb(load(precision="fp32"))


def main() -> None:
    model = _model(sys.argv[1])
    for folder in map(Path, sys.argv[2:]):
        task = _task(folder)
        result = mteb.evaluate(model, task, cache=None, show_progress_bar=False, co2_tracker=False)
        (scores,) = next(iter(result.task_results[0].scores.values()))
        plain = {key: value for key, value in scores.items() if isinstance(value, float)}
        print(json.dumps({folder.name: {"main": task.metadata.main_score, "scores": plain}}), flush=True)


if __name__ == "__main__":
    main()
