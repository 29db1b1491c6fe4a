"""How quickly likewise is there: import, help, a cold search and warm searches over 100,000 real passages.

    python -m benchmarks.start                  build the collection once (10 to 20 minutes, resumable), then measure
    python -m benchmarks.start --seconds 400    build for that long at most; run again to go on

The passages are the paragraphs of 60 characters or more of 12 OpenStax textbooks, the first paragraphs of 24,000
Wikipedia articles, and other paragraphs of 100 to 300 characters of these, each encoded for real; the questions are
SciFact's claims. The figures are absolute, there is no peer.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal

from likewise.apps.search import search
from likewise.collection import Collection
from likewise.encoders import Encoder
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Item

DATA = Path(os.environ.get("LIKEWISE_DATA", "../shared/data"))
WORK = Path(os.environ.get("LIKEWISE_WORK", "work"))
PASSAGES = 100_000
QUESTIONS, WARM_UP = 80, 20
"""For each of eight rows: 800 of the 809 claims."""
COLD = "why do metals conduct electricity"
MODES: tuple[Literal["hybrid", "dense", "text"], ...] = ("hybrid", "dense", "text")
K = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop building after this long")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    path = WORK / f"start-{args.passages}.likewise"
    whole = build(path, args.passages, args.seconds)
    if not whole:
        print("not all is encoded yet; run it again to go on", file=sys.stderr)
        raise SystemExit(1)
    figures = {"machine": machine(), **start(), **cold(path), **warm(path)}
    if args.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:48} {value}")


def paragraphs() -> Iterator[Item]:
    """Real paragraphs, one item each."""
    for at, row in enumerate(_rows("text/openstax/passages.jsonl.gz")):
        if len(row["text"]) >= 60:
            yield Item(f"o{at}", row["text"], metadata={"title": row["module_title"], "book": row["book"]})
    for row in _rows("text/enwiki/enwiki_articles.jsonl.gz"):
        first = row["text"].partition("\n")[0]
        yield Item(f"w{row['id']}", f"{row['title']}. {first}", metadata={"title": row["title"]})
    for row in _rows("text/enwiki/enwiki_articles.jsonl.gz"):
        for at, text in enumerate(row["text"].split("\n")[1:], start=1):
            if 100 <= len(text) <= 300:
                yield Item(f"w{row['id']}-{at}", text, metadata={"title": row["title"]})


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def build(path: Path, passages: int, seconds: float) -> bool:
    """Bring the collection to its size; whether that was reached within the seconds given."""
    if not (DATA / "text").is_dir():
        raise SystemExit(f"no data at {DATA}: set LIKEWISE_DATA to the folder that holds text/ and retrieval/")
    WORK.mkdir(parents=True, exist_ok=True)
    marker = path.with_suffix(".json")
    if marker.exists():
        return True
    end = time.monotonic() + seconds
    stopped = False

    def some() -> Iterator[Item]:
        nonlocal stopped
        for item in islice(paragraphs(), passages):
            if time.monotonic() > end:
                stopped = True
                return
            yield item

    with Collection(path) as collection:
        receipt = collection.add(some())
        rate = receipt.encoded / receipt.seconds
        print(f"{len(collection):,} passages; {receipt.encoded:,} encoded now, {rate:,.0f}/s", file=sys.stderr)
        if not stopped:
            facts = {"passages": len(collection), "refused": len(receipt.refused), "rate": rate}
            marker.write_text(json.dumps(facts))
    return not stopped


def start() -> dict[str, str]:
    """Import and help."""
    code = (
        "import sys, time; before = set(sys.modules); start = time.perf_counter(); import likewise; "
        "print(time.perf_counter() - start, "
        "len({m.partition('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names) - {'likewise'}))"
    )
    runs = [_output([sys.executable, "-c", code]).split() for _ in range(10)]
    lazily = "import time; start = time.perf_counter(); from likewise import *; print(time.perf_counter() - start)"
    named = (
        "import time; start = time.perf_counter(); from likewise import Item, Hit; print(time.perf_counter() - start)"
    )
    return {
        "import likewise, s": f"{median(float(seconds) for seconds, _ in runs):.3f}",
        "modules beyond the standard library": runs[0][1],
        "from likewise import Item, Hit, s": f"{_typical([sys.executable, '-c', named]):.3f}",
        "from likewise import * (every library), s": f"{_typical([sys.executable, '-c', lazily]):.3f}",
        "likewise --help, whole process, s": f"{_wall([_likewise(), '--help'], 10):.3f}",
    }


def cold(path: Path) -> dict[str, str]:
    """Whole processes, from the shell to the last line; the files are in the page cache."""
    figures = {}
    for mode in MODES:
        words = [_likewise(), "search", str(path), COLD, "--mode", mode, "--json"]
        figures[f"likewise search, cold process, {mode}, s"] = f"{_wall(words, 5):.2f}"
    return figures


def warm(path: Path) -> dict[str, str]:
    """One process: with the question's encoding, without it, and with the best sentences marked.

    Every row asks questions of its own, since a store remembers the words it has ranked.
    """
    fresh = _questions()
    figures: dict[str, str] = {}
    with Collection(path) as collection:
        figures["passages"] = f"{len(collection):,}"
        for mode in MODES:
            times = _times(next(fresh), partial(collection.search, k=K, mode=mode))
            figures[f"search with encoding, {mode}, p50 / p95 ms"] = times
        times = _times(next(fresh), lambda q: search(collection, q, K))
        figures["search with encoding and marks, hybrid, p50 / p95 ms"] = times
        times = _times(next(fresh), lambda q: collection.encoder.encode_query([q]))
        figures["encoding of the question alone, p50 / p95 ms"] = times
        figures["way"] = str(collection.search(COLD, K).how)
        figures.update(_alone(path, fresh, collection.encoder))
    return figures


def _alone(path: Path, fresh: Iterator[list[str]], encoder: Encoder) -> dict[str, str]:
    """The store's part, as `Collection.search` asks it."""
    store = SQLite(path / "collection.sqlite", readonly=True)
    asked: dict[str, Embeddings] = {}
    parts: dict[str, Callable[[str], object]] = {
        "hybrid": lambda q: store.search_both(asked[q], q, K),
        "dense": lambda q: store.search(asked[q], K),
        "text": lambda q: store.search_text(q, K),
    }
    figures = {}
    for name, part in parts.items():
        questions = next(fresh)
        asked |= {q: encoder.encode_query([q]) for q in questions}
        figures[f"search alone, {name}, p50 / p95 ms"] = _times(questions, part)
    store.close()
    return figures


def _questions() -> Iterator[list[str]]:
    """Lists of questions, no question twice."""
    with (DATA / "retrieval/scifact/queries.jsonl").open(encoding="utf-8") as lines:
        texts = dict.fromkeys(json.loads(line)["text"] for line in lines)
    left = iter(texts)
    while some := list(islice(left, WARM_UP + QUESTIONS)):
        yield some


def _times(questions: list[str], ask: Callable[[str], object]) -> str:
    times = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - start))
    times = times[WARM_UP:]
    return f"{median(times):.2f} / {quantiles(times, n=20)[18]:.2f}"


def _likewise() -> str:
    return str(Path(sys.executable).with_name("likewise"))


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env=_variables()).stdout


def _typical(command: list[str]) -> float:
    return median(float(_output(command)) for _ in range(10))


def _wall(command: list[str], times: int) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        _output(command)
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def _variables() -> dict[str, str]:
    """The environment as a user has it: compiled modules are kept."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")}


def machine() -> str:
    """Processor and Python."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
