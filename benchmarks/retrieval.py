"""Search quality of a collection: nDCG@10 of dense, text and hybrid search on Cranfield and SciFact (train queries).

    python benchmarks/retrieval.py [--work FOLDER] [--model NAME]

Documents are added as items (title and text), answers are counted once per item (`per_item=1`). Intervals are 95 %
paired bootstrap over the queries. The collections are kept in the work folder, so a second run encodes nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

import likewise

DATA = Path(os.environ.get("LIKEWISE_DATA", Path(__file__).resolve().parents[2] / "shared/data")) / "retrieval"
Mode = Literal["dense", "text", "hybrid"]


@dataclass(frozen=True)
class Task:
    """Documents id -> (title, text), queries id -> text, judgements query -> document -> gain."""

    name: str
    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


def cranfield() -> Task:
    """1,400 abstracts, 225 queries; query ids are positions, a judgement above 0 is relevant."""
    folder = DATA / "cranfield"

    def field(name: str, text: str) -> str:
        found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        return " ".join(found.group(1).split()) if found else ""

    pages = re.findall(r"<doc>.*?</doc>", (folder / "cran.all.1400.xml").read_text(), re.DOTALL)
    documents = {field("docno", page): (field("title", page), field("text", page)) for page in pages}
    tops = re.findall(r"<top>.*?</top>", (folder / "cran.qry.xml").read_text(), re.DOTALL)
    queries = {str(n): field("title", top) for n, top in enumerate(tops, 1)}
    judgements: dict[str, dict[str, int]] = {}
    for line in (folder / "cranqrel.trec.txt").read_text().splitlines():
        query, _, document, gain = line.split()
        if int(gain) > 0:
            judgements.setdefault(query, {})[document] = 1
    return Task("Cranfield", documents, {q: queries[q] for q in judgements}, judgements)


def scifact() -> Task:
    """5,183 abstracts, 809 training claims (BEIR form)."""
    folder = DATA / "scifact"
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    documents = {row["_id"]: (row["title"], row["text"]) for row in rows}
    texts = {q["_id"]: q["text"] for q in map(json.loads, (folder / "queries.jsonl").read_text().splitlines())}
    judgements: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / "train.tsv").read_text().splitlines()[1:]:
        query, document, gain = line.split("\t")
        judgements.setdefault(query, {})[document] = int(gain)
    return Task("SciFact train", documents, {q: texts[q] for q in judgements}, judgements)


def ndcg(ranking: Sequence[str], gains: dict[str, int], k: int = 10) -> float:
    """nDCG@k with linear gains, as trec_eval computes it."""
    found = sum(gains.get(d, 0) / np.log2(rank + 1) for rank, d in enumerate(ranking[:k], 1))
    best = sum(g / np.log2(rank + 1) for rank, g in enumerate(sorted(gains.values(), reverse=True)[:k], 1))
    return float(found / best)


def interval(differences: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap interval of a mean over queries."""
    values = np.asarray(differences)
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (10_000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def scores(collection: likewise.Collection, task: Task, mode: Mode) -> list[float]:
    """nDCG@10 of every query."""
    return [
        ndcg([h.item for h in collection.search(text, k=10, mode=mode, per_item=1)], task.judgements[query])
        for query, text in task.queries.items()
    ]


def run(task: Task, work: Path, model: str | None) -> bool:
    """Print the row of one task; whether hybrid is ahead of both of its halves."""
    path = work / f"{task.name.split()[0].lower()}.likewise"
    with likewise.Collection(path, model=model) as collection:
        items = [
            likewise.Item(id_, f"{title} {text}", metadata={"title": title})
            for id_, (title, text) in task.documents.items()
        ]
        receipt = collection.add(items)
        refused = len(receipt.refused)
        found = {mode: scores(collection, task, mode) for mode in get_args(Mode)}
        status = collection.status()
    mean = {mode: float(np.mean(values)) for mode, values in found.items()}
    print(f"{task.name}: {len(task.documents):,} documents ({refused} refused), {status.passages:,} passages, ", end="")
    print(f"{len(task.queries)} queries, {status.space}")
    for mode in ("dense", "text"):
        low, high = interval(np.subtract(found["hybrid"], found[mode]).tolist())
        print(
            f"  {mode:6} nDCG@10 {mean[mode]:.4f}   hybrid is ahead by {mean['hybrid'] - mean[mode]:+.4f} "
            f"[{low:+.4f}, {high:+.4f}]"
        )
    print(f"  hybrid nDCG@10 {mean['hybrid']:.4f}")
    return mean["hybrid"] > max(mean["dense"], mean["text"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "likewise-retrieval")
    parser.add_argument("--model", default=None)
    args = parser.parse_args()
    if not DATA.is_dir():
        print(f"no data at {DATA}: set LIKEWISE_DATA", file=sys.stderr)
        return 2
    ahead = [run(task(), args.work, args.model) for task in (cranfield, scifact)]
    return 0 if all(ahead) else 1


if __name__ == "__main__":
    sys.exit(main())
