"""Quality against bytes with the default model: dimensions x codes x what ranks; Cranfield and SciFact (train claims).

    python -m benchmarks.compress [--sets cranfield scifact]

The table of `likewise compress` with queries and judgements; nDCG@10 by exact ranking. Development figures. Vectors
are kept in the work folder, so that a second run encodes nothing.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from benchmarks.quality import SETS
from likewise.apps.compress import compress
from likewise.cli.compress import table
from likewise.encoders import load
from likewise.types import Vectors

WORK = Path(os.environ.get("LIKEWISE_WORK", "work"))


def vectors(name: str, texts: dict[str, list[str]]) -> dict[str, Vectors]:
    """Vectors of the documents and queries of a set, from the work folder where they are."""
    encoder = load()
    path = WORK / f"compress-{name}-{encoder.space.id}.npz"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        found = {role: encoder.encode(some, role).vectors for role, some in texts.items()}  # type: ignore[arg-type]
        np.savez(path, **found)  # type: ignore[arg-type]
    with np.load(path) as kept:
        return {role: kept[role] for role in texts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    for name in parser.parse_args().sets:
        task = SETS[name]()
        documents = [" ".join(parts).strip() for parts in task.documents.values()]
        found = vectors(name, {"document": documents, "query": list(task.queries.values())})
        row = {document: n for n, document in enumerate(task.documents)}
        unknown = len(row)  # what is relevant and not in the set keeps its worth
        gains = [
            {
                row.get(document, unknown + n): float(gain)
                for n, (document, gain) in enumerate(task.judgements[q].items())
            }
            for q in task.queries
        ]
        print(f"{task.name}, all-MiniLM-L6-v2")
        for line in table(compress(found["document"], found["query"], gains=gains)):
            print(line)


if __name__ == "__main__":
    main()
