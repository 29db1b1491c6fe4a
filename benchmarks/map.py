"""A map of 100,000 real passages: time, compile time, memory, faithfulness beside umap-learn's, frames in a browser.

    python -m benchmarks.map                    the collection of `benchmarks.start` (built first), drawn by UMAP
    python -m benchmarks.map --method tsne      by another method
    python -m benchmarks.map --peer 0           without umap-learn's own runs, which take the longest
    python -m benchmarks.map --held 1000        how well held-out items are placed on a map of the rest (20,000 of them)

The peer is `umap.UMAP(metric="cosine", random_state=0)` on the same vectors with its own search for neighbours, and
again with as many negative samples as ours (10; its default is 5); the planes are judged over the same 2,000 points.
Compile time is what the first fit of 300 vectors in a process takes, with the import, more than the second.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._frames import frames
from benchmarks.start import WORK, build
from likewise import parts
from likewise.apps._map_near import near
from likewise.collection import Collection
from likewise.metrics._interval import Interval, interval
from likewise.projections import faithful
from likewise.types import Vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--method", default="umap", choices=("umap", "tsne", "pca"))
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop encoding after this long")
    parser.add_argument("--peer", type=int, default=1, choices=(0, 1))
    parser.add_argument("--held", type=int, default=0, help="hold out so many and place them")
    parser.add_argument("--negatives", type=int, default=5, help=argparse.SUPPRESS)
    parser.add_argument("--child", choices=("compile", "umap", "held"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    path = WORK / f"start-{args.points}.likewise"
    if args.child:
        print(json.dumps({"compile": _compile, "umap": _peer, "held": _held}[args.child](args, path)))
        return
    if not build(path, args.points, args.seconds):
        sys.exit("not all is encoded yet; run it again to go on")
    print(
        f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    if args.held:
        _told("placed", _child("held", args))
        return
    _told("compile", _child("compile", args))
    _told("map", _drawn(path, args.method))
    _told("page", frames(WORK / "map.html"))
    for negatives in (5, 10) if args.peer else ():
        args.negatives = negatives
        _told(f"umap-learn, {negatives}", _child("umap", args))


def _told(what: str, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        print(f"{what:18} {name:16} {value if isinstance(value, str) else f'{value:,.3f}'}", flush=True)


def _drawn(path: Path, method: str) -> dict[str, Any]:
    """The command as a person types it, in a process of its own."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).with_name("likewise")), "map", str(path), "--method", method, "--json"]
    done = subprocess.run([*command, "--to", str(WORK / "map.html")], stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout)
    return {
        "points": told["points"],
        "seconds to page": seconds,
        "of processors": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
        "peak GB": used.ru_maxrss / 1e6,
        "page MB": (WORK / "map.html").stat().st_size / 1e6,
        "index recall": told["recall"],
        "trustworthiness": _spelt(Interval(**told["trustworthiness"])),
        "kept of 10": _spelt(Interval(**told["neighbours_kept"])),
    }


def _spelt(one: Interval) -> str:
    return f"{one.mean:.4f} ({one.low:.4f} to {one.high:.4f})"


def _child(name: str, args: argparse.Namespace) -> dict[str, Any]:
    words = ["--child", name, "--points", str(args.points), "--method", args.method, "--held", str(args.held)]
    words += ["--negatives", str(args.negatives)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.map", *words], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _compile(args: argparse.Namespace, _: Path) -> dict[str, Any]:
    rows = np.random.default_rng(0).normal(size=(300, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    times = []
    for _again in range(2):
        start = time.perf_counter()
        projection = parts.find("projections", args.method)()
        projection.fit(rows, near(rows, projection.neighbours)[0])
        times.append(time.perf_counter() - start)
    return {"first fit": times[0], "second fit": times[1], "compile": times[0] - times[1]}


def _units(path: Path) -> Vectors:
    with Collection(path) as kept:
        return kept.points().units


def _peer(args: argparse.Namespace, path: Path) -> dict[str, Any]:
    units = _units(path)
    start = time.perf_counter()
    from umap import UMAP

    plane = UMAP(metric="cosine", negative_sample_rate=args.negatives, random_state=0, n_jobs=1).fit_transform(units)
    seconds = time.perf_counter() - start
    found = faithful(units, plane.astype(np.float32))
    return {
        "seconds": seconds,
        "trustworthiness": _spelt(interval(found.trust)),
        "kept of 10": _spelt(interval(found.kept)),
    }


def _held(args: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Faithfulness of held-out points: placed on a map of the rest by us, by umap-learn; or drawn with it."""
    units = _units(path)
    units = units[np.random.default_rng(0).permutation(len(units))[: 20_000 + args.held]]
    old, new = units[:20_000], units[20_000:]
    projection = parts.find("projections", args.method)()
    plane = projection.fit(old, near(old, projection.neighbours)[0])
    start = time.perf_counter()
    placed = projection.place(new, old, plane, near(new, 15, old)[0])
    facts: dict[str, Any] = {"seconds": time.perf_counter() - start}
    planes = {
        "placed": np.concatenate([plane, placed]),
        "drawn with": projection.fit(units, near(units, projection.neighbours)[0]),
    }
    if args.method == "umap":
        from umap import UMAP

        fitted = UMAP(metric="cosine", random_state=0, n_jobs=1).fit(old)
        start = time.perf_counter()
        theirs = fitted.transform(new)
        facts["umap-learn's seconds"] = time.perf_counter() - start
        planes["umap-learn's"] = np.concatenate([fitted.embedding_, theirs])
    for name, every in planes.items():
        found = faithful(units, every.astype(np.float32), most=len(units))
        facts[name] = _spelt(interval(found.trust[20_000:]))
    return facts


if __name__ == "__main__":
    main()
