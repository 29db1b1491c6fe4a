"""How well the default model finds, beside sentence-transformers with the same weights: dense nDCG@10.

    python -m benchmarks.quality --peer-python /path/to/python     an interpreter that has sentence-transformers

Sets: Cranfield (225 queries, 1,400 abstracts) and SciFact with its training claims (809 queries, 5,183 abstracts).
A document is title and text; both sides search exactly by cosine. Development figures.
"""

from __future__ import annotations

import argparse
import json
import sys

import numpy as np

from benchmarks.encode import reference
from benchmarks.retrieval import Task, cranfield, ndcg, scifact
from likewise.encoders import load
from likewise.types import Vectors

SETS = {"cranfield": cranfield, "scifact": scifact}


def dense(task: Task, documents: Vectors, queries: Vectors) -> float:
    """Mean nDCG@10 of exact search by cosine over unit vectors."""
    names = list(task.documents)
    order = np.argsort(-(queries @ documents.T), axis=1, kind="stable")[:, :10]
    return float(
        np.mean([ndcg([names[i] for i in row], task.judgements[q]) for q, row in zip(task.queries, order, strict=True)])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    encoder = load(precision=args.precision)
    figures: dict[str, dict[str, float]] = {}
    for name in args.sets:
        task = SETS[name]()
        documents = [" ".join(parts).strip() for parts in task.documents.values()]
        texts = {"documents": documents, "queries": list(task.queries.values())}
        theirs, _ = reference(texts, args.peer_python, "queries")
        ours = encoder.encode_document(texts["documents"]).vectors, encoder.encode_query(texts["queries"]).vectors
        mine, peer = dense(task, *ours), dense(task, theirs["documents"], theirs["queries"])
        figures[name] = {"likewise": mine, "sentence-transformers": peer, "difference": mine - peer}
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{encoder.space}\n{'dense nDCG@10':14}{'likewise':>12}{'reference':>12}{'difference':>12}")
    for name, row in figures.items():
        print(f"{name:14}" + "".join(f"{value:>12.4f}" for value in row.values()))


if __name__ == "__main__":
    main()
