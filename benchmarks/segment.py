"""Topics of a text: P_k and boundary F1 on strange sections put together and on sections of one chapter.

    python -m benchmarks.segment

P_k (Beeferman, Berger and Lafferty 1999) is the share of pairs of sentences, half a mean topic apart, that are wrongly
put together or asunder; 0 is perfect, even cuts of the true number get about 0.45. 40 documents each, seed 1; the price
of a cut was chosen on others (seed 0).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks._texts import lines
from likewise.apps._change_points import changes, price
from likewise.encoders import load
from likewise.metrics._interval import interval
from likewise.modalities import sentences

SEED = 1
COUNT = 40
Document = tuple[list[str], list[int]]


def sections() -> dict[str, list[str]]:
    """The sections of every OpenStax module, in their order."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in lines("text/openstax/passages.jsonl.gz"):
        if row["section"]:
            found[row["book"], row["module"], row["section"]].append(row["text"])
    modules: dict[str, list[str]] = defaultdict(list)
    for (_, module, _), texts in found.items():
        modules[module].append(" ".join(texts))
    return modules


def joined(texts: Sequence[str], rng: np.random.Generator, most: int) -> Document:
    """Sentences of several texts, three to `most` of each, and where each but the first begins."""
    held: list[str] = []
    starts: list[int] = []
    for text in texts:
        own = [text[s:e] for s, e in sentences(text) if e - s >= 15][: rng.integers(3, most + 1)]
        if len(own) >= 3:
            starts.append(len(held))
            held += own
    return held, starts[1:]


def documents() -> dict[str, list[Document]]:
    rng = np.random.default_rng(SEED)
    modules = sections()
    every = [text for texts in modules.values() for text in texts]
    articles = [row["text"] for row in lines("text/enwiki/enwiki_articles.jsonl.gz")]
    long = [texts for texts in modules.values() if len(texts) >= 5]

    def mixed(pool: Sequence[str]) -> list[Document]:
        return [
            joined([pool[i] for i in rng.choice(len(pool), rng.integers(4, 11), replace=False)], rng, 11)
            for _ in range(COUNT)
        ]

    return {
        "sections of textbooks, mixed": mixed(every),
        "articles of Wikipedia, mixed": mixed(articles),
        "sections of one chapter": [joined(long[i][:10], rng, 15) for i in rng.permutation(len(long))[:COUNT]],
    }


def p_k(n: int, truth: list[int], found: list[int]) -> float:
    labels = [np.searchsorted(np.array([*cuts, n + 1]), np.arange(n), side="right") for cuts in (truth, found)]
    k = max(1, round(n / (len(truth) + 1) / 2))
    same = [one[:-k] == one[k:] for one in labels]
    return float((same[0] != same[1]).mean())


def f1(truth: list[int], found: list[int]) -> float:
    return 2 * len(set(truth) & set(found)) / max(1, len(truth) + len(found))


def main() -> int:
    encoder = load()
    for name, found in documents().items():
        scores = defaultdict(list)
        for texts, truth in found:
            vectors = encoder.encode_document(texts).vectors
            units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            even = [round(len(texts) * (at + 1) / (len(truth) + 1)) for at in range(len(truth))]
            for way, cuts in (
                ("number not given", changes(units, price(units), shortest=2)),
                ("number given", changes(units, 0, count=len(truth) + 1, shortest=2)),
                ("even cuts, number given", even),
            ):
                scores[way].append((p_k(len(texts), truth, cuts), f1(truth, cuts), len(cuts) / max(1, len(truth))))
        print(f"{name}: {len(found)} documents of {np.mean([len(t) for t, _ in found]):.0f} sentences")
        for way, rows in scores.items():
            columns = np.array(rows).T
            told = [f"{i.mean:.3f} [{i.low:.3f}, {i.high:.3f}]" for i in map(interval, columns[:2])]
            print(f"  {way:24} P_k {told[0]}   F1 {told[1]}   cuts for each true one {columns[2].mean():.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
