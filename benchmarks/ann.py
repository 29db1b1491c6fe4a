"""The vector index on a million real-like vectors, beside hnswlib, usearch and FAISS HNSW, with and without filters.

    pip install hnswlib usearch; python -m benchmarks.ann [--n 1000000] [--seconds 420] [--only STAGE] [--measure INDEX]

Everything is kept in the work folder, measurements too: run it again when it says that the time ran out. Every index
is measured in a process of its own, on one thread, one query at a time. Half of the queries are held-out passages,
half are sentences.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks._ann_peers import PEERS
from benchmarks._grown import grow, profile, real
from likewise.stores._vectors import Found, Selection, VectorIndex
from likewise.stores._vplan import Depth, Planner

WORK = Path(os.environ.get("LIKEWISE_WORK", tempfile.gettempdir())) / "ann"
Rows = NDArray[np.float32]
Ids = NDArray[np.int64]
K, ASKED, FILTERED, AWAY = 10, 1_000, 200, 100
TARGETS = (0.95, 0.99)
MARGINS = (0.02, 0.03, 0.04), (0.03, 0.04, 0.055)
REACHES = (0.16, 0.18, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3, 0.33, 0.36, 0.4, 0.45, 0.5)
SHARES = {"50 %": 0.5, "10 %": 0.1, "1 %": 0.01}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1_000_000, help="how many rows")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--seconds", type=float, default=420, help="stop a build after this long, to go on next time")
    parser.add_argument("--only", help="one stage: data truth ours hnswlib usearch faiss table")
    parser.add_argument("--measure", help="measure one index again (ours hnswlib usearch faiss), and keep it")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    told = parser.parse_args()
    told.work.mkdir(parents=True, exist_ok=True)
    if told.inside:
        print(json.dumps(_measured(told.work, told.n, told.inside)))
        return 0
    if told.measure:
        _measure(told.work, told.n, told.measure)
        return 0
    for stage in [told.only] if told.only else ["data", "truth", "ours", *PEERS, "table"]:
        print(f"{stage} ...", file=sys.stderr, flush=True)
        if not _stage(stage, told):
            print(f"the time ran out in stage {stage!r}: run this again to go on", file=sys.stderr)
            return 1
    return 0


def _stage(stage: str, told: argparse.Namespace) -> bool:
    work: Path = told.work
    if stage == "data":
        return real(work, told.seconds) and bool(grow(work, told.n).exists())
    rows = np.load(work / f"rows-{told.n}.npy", mmap_mode="r")
    if stage == "truth":
        _truth(work, rows)
    elif stage == "ours":
        _build(work, rows)
    elif stage in PEERS:
        return bool(PEERS[stage](work, rows).build(told.seconds))
    elif stage == "table":
        _table(work, rows)
    return True


def _queries(work: Path) -> Rows:
    """Held out, whole passages and sentences in turn."""
    queries = np.load(work / "queries.npy")
    half = len(queries) // 2
    return np.ascontiguousarray(np.stack((queries[:half], queries[half:]), 1).reshape(len(queries), -1)[:ASKED])


def _masks(count: int) -> dict[str, NDArray[np.bool_]]:
    rng = np.random.default_rng(5)
    return {name: rng.random(count) < share for name, share in SHARES.items()}


def _far(rows: Rows, queries: Rows) -> Iterator[NDArray[np.bool_]]:
    """For every query the twentieth of the rows that is farthest from it."""
    for query in queries:
        cosines = rows @ query
        yield cosines < np.partition(cosines, len(rows) // 20)[len(rows) // 20]


def _truth(work: Path, rows: Rows) -> None:
    path = work / f"truth-{len(rows)}.npz"
    if path.exists():
        return
    queries, kept = _queries(work), np.array(rows)
    faiss.omp_set_num_threads(2)
    truth = {"none": faiss.knn(queries, kept, K, metric=faiss.METRIC_INNER_PRODUCT)[1]}
    for name, mask in _masks(len(rows)).items():
        at = np.flatnonzero(mask)
        truth[name] = at[faiss.knn(queries[:FILTERED], kept[at], K, metric=faiss.METRIC_INNER_PRODUCT)[1]]
    far = []
    for query, mask in zip(queries[:AWAY], _far(kept, queries[:AWAY]), strict=True):
        at = np.flatnonzero(mask)
        cosines = kept[at] @ query
        far.append(at[np.argsort(-cosines)[:K]])
    truth["far 5 %"] = np.array(far)
    np.savez(path, **truth)


def _build(work: Path, rows: Rows) -> None:
    path = work / f"likewise-{len(rows)}"
    if (path / "manifest.json").exists():
        return
    start = time.perf_counter()
    batches = ((np.arange(i, min(i + 8192, len(rows))), rows[i : i + 8192]) for i in range(0, len(rows), 8192))
    VectorIndex.build(path, rows.shape[1], batches)
    spent, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    (work / f"likewise-{len(rows)}.json").write_text(json.dumps({"build": spent, "peak": peak}))


def _memory() -> int:
    """Bytes of this process that no file can give back, and of files that it has mapped and touched."""
    info = psutil.Process().memory_info()
    return int(info.rss)


def _run(search: Callable[[int], Ids], truth: Ids) -> dict[str, float]:
    """Recall and times of one search for every row of the truth, after a tenth of them as a warming."""
    for i in range(len(truth) // 10):
        search(i)
    times, found = [], 0
    for i, wanted in enumerate(truth):
        start = time.perf_counter()
        ids = search(i)
        times.append(time.perf_counter() - start)
        found += len(np.intersect1d(ids, wanted))
    p50, p95 = np.quantile(times, (0.5, 0.95)) * 1e3
    return {"recall": found / truth.size, "p50": p50, "p95": p95, "qps": len(times) / sum(times)}


def _measured(work: Path, count: int, what: str) -> dict[str, Any]:
    """What one index does, in a fresh process."""
    rows = np.load(work / f"rows-{count}.npy", mmap_mode="r")
    truth = dict(np.load(work / f"truth-{count}.npz"))
    queries = _queries(work)
    faiss.omp_set_num_threads(1)
    before = _memory()
    return (_ours if what == "ours" else _peer)(work, rows, queries, truth, before, what)


def _ours(work: Path, rows: Rows, queries: Rows, truth: dict[str, Ids], before: int, _what: str) -> dict[str, Any]:
    path = work / f"likewise-{len(rows)}"
    start = time.perf_counter()
    VectorIndex.open(path, check=True)
    checked = time.perf_counter() - start
    start = time.perf_counter()
    index = VectorIndex.open(path, check=False)
    opened = time.perf_counter() - start
    lines = [_line(index, queries, truth["none"], [None], recall, "none") for recall in TARGETS]
    memory = _memory() - before
    lines += _swept(index, queries, truth["none"])
    filters: dict[str, list[Selection | None]] = {name: [Selection(mask)] for name, mask in _masks(len(rows)).items()}
    filters["far 5 %"] = [Selection(mask) for mask in _far(np.array(rows), queries[:AWAY])]
    for (name, selections), recall in product(filters.items(), TARGETS):
        lines.append(_line(index, queries, truth[name], selections, recall, name))
    disk = sum(file.stat().st_size for file in path.iterdir())
    built = json.loads((work / f"likewise-{len(rows)}.json").read_text())
    cost = {"open": opened, "checked": checked, **built, "disk": disk, "memory": memory}
    return {"name": "likewise", "cost": cost, "lines": lines}


def _line(
    index: VectorIndex, queries: Rows, truth: Ids, selections: list[Selection | None], recall: float, name: str
) -> dict[str, Any]:
    """A search as a caller makes it, under the one selection or under one for each query; the mean of what it says."""
    answers: list[Found] = []

    def search(i: int) -> Ids:
        answers.append(index.search(queries[i], K, selections[i % len(selections)], recall=recall))
        return answers[-1].ids

    run = _run(search, truth)
    ways = Counter(found.way for found in answers).most_common()
    way = ", ".join(f"{way} {count / len(answers):.0%}" if len(ways) > 1 else way for way, count in ways)
    said = float(np.mean([found.recall for found in answers[-len(truth) :]]))
    return {"way": f"likewise, asked {recall}: {way}", "filter": name, "said": said, **run}


def _swept(index: VectorIndex, queries: Rows, truth: Ids) -> list[dict[str, Any]]:
    """The fastest depth that reaches each target on these very queries, as peers are judged."""
    planner = index._planner
    if planner is None:
        return []
    best = []
    for target, margins in zip(TARGETS, MARGINS, strict=True):
        fit: list[dict[str, Any]] = []
        for margin in margins:
            for reach in REACHES:
                run = _run(partial(_at, planner, queries, reach, margin), truth)
                if run["recall"] >= target:
                    way = f"likewise, swept: reach {reach}, margin {margin}"
                    fit.append({"way": way, "filter": "none", **run})
                    break
        best += [max(fit, key=lambda run: run["qps"])] if fit else []
    return best


def _at(planner: Planner, queries: Rows, reach: float, margin: float, i: int) -> Ids:
    unknown = (0.0,) * len(planner.plan.bands)
    depth = Depth("approximate", 1.0, K, 0.0, reach, planner.codes.lists // 2, margin, 256, unknown, 0.0)
    found = planner.by(depth, queries[i], K, None)
    return found.ids if found else np.empty(0, np.int64)


def _peer(work: Path, rows: Rows, queries: Rows, truth: dict[str, Ids], before: int, what: str) -> dict[str, Any]:
    peer = PEERS[what](work, rows)
    start = time.perf_counter()
    peer.open()
    opened = time.perf_counter() - start
    lines, targets = [], list(TARGETS)
    for ef in (10, 16, 20, 26, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400, 512, 640, 800):
        run = _run(lambda i, ef=ef: peer.search(queries[i], K, ef), truth["none"])  # type: ignore[misc]
        while targets and run["recall"] >= targets[0]:
            lines.append({"way": f"{peer.name}, ef {ef}", "filter": "none", **run})
            targets.pop(0)
        if not targets:
            break
    cost = {"open": opened, "build": peer.seconds, "disk": peer.path.stat().st_size, "memory": _memory() - before}
    return {"name": f"{peer.name} {peer.version}", "cost": cost, "lines": lines}


def _measure(work: Path, count: int, what: str) -> dict[str, Any]:
    """Measure one index in a process of its own, on one thread, and keep what it did for the table."""
    command = [sys.executable, "-m", "benchmarks.ann", "--work", str(work), "--n", str(count), "--inside", what]
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=alone)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    (work / f"measured-{what}-{count}.json").write_text(json.dumps(answer))
    return answer


def _kept(work: Path, count: int, what: str) -> dict[str, Any] | None:
    path = work / f"measured-{what}-{count}.json"
    return json.loads(path.read_text()) if path.exists() else None


def _table(work: Path, rows: Rows) -> None:
    built = ["ours"] + [name for name, peer in PEERS.items() if peer(work, rows).path.exists()]
    answers = [_kept(work, len(rows), what) or _measure(work, len(rows), what) for what in built]
    queries = _queries(work)
    print(f"real  {profile(np.load(work / 'real.npy'), queries[:200])}")
    print(f"grown {profile(np.array(rows), queries[:200])}")
    print(f"\nrecall@{K}, one query at a time, one thread\n")
    print("| way | filter | recall | said | p50 ms | p95 ms | queries/s |\n|---|---|---|---|---|---|---|")
    for line in (line for answer in answers for line in answer["lines"]):
        said = f"{line['said']:.3f}" if "said" in line else ""
        print(
            f"| {line['way']} | {line['filter']} | {line['recall']:.4f} | {said} | {line['p50']:.3f} | "
            f"{line['p95']:.3f} | {line['qps']:,.0f} |"
        )
    print(
        f"\nlikewise builds in {answers[0]['cost']['peak'] / 1e6:,.0f} MB, pages of the benchmark's own rows among them"
    )
    print("\n| index | build s | open s | open, checked s | disk MB | memory MB |\n|---|---|---|---|---|---|")
    for answer in answers:
        cost = answer["cost"]
        checked = f"{cost['checked']:.2f}" if "checked" in cost else ""
        print(
            f"| {answer['name']} | {cost['build']:.0f} | {cost['open']:.2f} | {checked} | {cost['disk'] / 1e6:,.0f} | "
            f"{cost['memory'] / 1e6:,.0f} |"
        )


if __name__ == "__main__":
    sys.exit(main())
