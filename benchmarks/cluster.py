"""Clusters of real texts, the number of topics not given, beside k-means that is given the true number.

    python -m benchmarks.cluster [--sets stackoverflow clinc]

StackOverflow titles (20,000 of 20 tags) and CLINC150 (15,000 questions of 150 intents), vectors of the default model.
V-measure with what stands apart as a cluster of its own, so that leaving out what is hard earns nothing, and of what is
in a topic alone; adjusted Rand index. k-means is scikit-learn's, ten starts, three seeds. Development figures.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from sklearn.cluster import KMeans

from benchmarks._labelled import Labelled, clinc, stackoverflow
from benchmarks.encode import _machine
from likewise.apps.cluster import METHODS, cluster
from likewise.parts import find

SETS: dict[str, Callable[[], Labelled]] = {"stackoverflow": stackoverflow, "clinc": lambda: clinc()["train"]}


def show(name: str, found: np.ndarray[tuple[int], np.dtype[np.int64]], labels: list[str], seconds: float) -> None:
    """One line: V-measure of all and of what is in a topic, adjusted Rand index, topics, share apart."""
    v, ari = find("metrics", "v_measure"), find("metrics", "ari")
    held = np.flatnonzero(found >= 0)
    inside = v(found[held], [labels[row] for row in held]) if len(held) else 0.0
    print(
        f"  {name:28} V {v(found, labels):.4f} ({inside:.4f} of what is in a topic)  ARI {ari(found, labels):.4f}  "
        f"{found.max() + 1:3} topics, {np.mean(found < 0):.1%} apart  {seconds:.1f} s",
        flush=True,
    )


def measure(labelled: Labelled) -> None:
    """Ours, and k-means at the true number."""
    labels = list(labelled.labels)
    points = labelled.points()
    for method in METHODS:
        start = time.perf_counter()
        found = cluster(points, method=method)
        show(f"likewise, {method}", np.array(found.groups), labels, time.perf_counter() - start)
        if method == "hdbscan":
            for topic in found.topics[:20]:
                print(f"      {topic.size:5,}  {', '.join(word for word, _ in topic.words[:5])}")
    for seed in range(3):
        start = time.perf_counter()
        made = KMeans(len(set(labels)), n_init=10, random_state=seed).fit_predict(points.units)
        name = f"k-means, {len(set(labels))} given, seed {seed}"
        show(name, made.astype(np.int64), labels, time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    print(_machine())
    for name in parser.parse_args().sets:
        labelled = SETS[name]()
        print(f"{name}: {len(labelled):,} texts, {len(set(labelled.labels))} classes", flush=True)
        measure(labelled)


if __name__ == "__main__":
    main()
