"""Peak memory of `Collection.add` over much text: the whole process tree, sampled while it runs.

    python benchmarks/memory.py --bytes 1e9                            # vectors by hashing: all but the network
    python benchmarks/memory.py --bytes 2e7 --model all-MiniLM-L6-v2   # with the network
    python benchmarks/memory.py --texts 100000                         # encoding alone, in one call of `encode`

One GB through MiniLM takes hours on two cores, so the whole of it goes through an encoder of 384 dimensions that
hashes (passages, database, words and index are as large as with a network), and a part goes through MiniLM, whose own
memory does not depend on how much comes.

The text is $LIKEWISE_DATA/text (openstax and enwiki), repeated with a number in every paragraph, so that no paragraph
comes twice and nothing is spared by the cache; a third of it is one file, the rest files of 1 MB.

With --texts the memory of `encode` is measured above that of the loaded model, which has encoded 64 texts: first
sentences of paragraphs and every fifth paragraph whole, with five texts of 100 kB among them; the vectors that it
gives are counted too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
import psutil

from likewise.encoders import Cut, Cutter, Encoder, Overflow, Piece
from likewise.types import Role, Space, Vectors

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("LIKEWISE_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
ADD = """
import sys, likewise
from benchmarks.memory import Hashed
with likewise.Collection(sys.argv[1], model=Hashed() if sys.argv[2] == "hashed" else sys.argv[2]) as c:
    r = c.add(sys.argv[3])
    print(r.added, r.passages, r.encoded, len(r.refused), round(r.seconds, 1))
"""

ENCODE = """
import sys, likewise, psutil
from benchmarks.memory import texts
encoder, count = likewise.load(sys.argv[1]), int(sys.argv[2])
given = texts(count)
encoder.encode(given[:64])
before = psutil.Process().memory_info().rss
print(before, flush=True)
done = encoder.encode(given)
print(len(done), len(done.failed), len(done.truncated), sum(r.used for r in done.reports))
"""


@final
class Words(Cutter):
    """A unit is a word between blanks; 192 of them, about 256 tokens, are one input."""

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("text",)

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:  # noqa: ARG002
        for content in contents:
            yield Cut([Piece(content)], seen=1, used=1)

    def count(self, contents: Sequence[Any]) -> list[int]:
        return [len(text.split()) for text in contents]

    def capacity(self, role: Role) -> int:  # noqa: ARG002
        return 192


@final
class Hashed(Encoder):
    """A random unit vector of 384 dimensions for every text."""

    def __init__(self) -> None:
        super().__init__("hashed", Space("hashed", "0", "0", "none", (), 192, 384, True, "fp32", "numpy"), Words(), 256)

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:  # noqa: ARG002
        made = [np.random.default_rng(zlib.crc32(text.encode())).standard_normal(384) for text in pieces]
        rows = np.asarray(made, dtype=np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def paragraphs() -> Iterator[str]:
    """Real paragraphs without end, each with its number."""
    number = 0
    while True:
        for file in sorted(DATA.glob("text/*/*.jsonl.gz")):
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                for line in lines:
                    for text in json.loads(line)["text"].split("\n"):
                        if len(text) > 80:
                            number += 1
                            yield f"{text} ({number})\n\n"


def texts(count: int) -> list[str]:
    """First sentences, every fifth paragraph whole, and five texts of 100 kB spread among them."""
    made = [
        text if n % 5 == 0 else text.partition(". ")[0] + f" ({n})"
        for n, text in zip(range(count), paragraphs(), strict=False)
    ]
    for n in range(5):
        at = (2 * n + 1) * count // 10
        made[at] = " ".join(made[at : at + 2_000])[:100_000]
    return made


def encoding(model: str, count: int) -> int:
    """Print the peak memory of encoding `count` texts above that of the loaded model."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENCODE, model, str(count)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    before = int(process.stdout.readline())
    started = time.monotonic()
    most = peak(process, "encoded failed truncated tokens")["process"]
    print(
        f"{count:,} texts, model {model}: {before / 1e6:,.0f} MB loaded, peak {most / 1e6:,.0f} MB, "
        f"{(most - before) / 1e6:,.0f} MB above; {time.monotonic() - started:,.0f} s"
    )
    return process.returncode


def write(folder: Path, size: int) -> None:
    """`size` bytes of text: one file of a third, and files of 1 MB."""
    source, left = paragraphs(), size
    number = 0
    while left > 0:
        wanted = size // 3 if number == 0 else min(left, 1 << 20)
        with (folder / f"{number:05}.txt").open("w", encoding="utf-8") as file:
            written = 0
            while written < wanted:
                written += len(text := next(source).encode())
                file.write(text.decode())
        left -= written
        number += 1


def peak(process: subprocess.Popen[str], facts: str) -> dict[str, int]:
    """The largest resident memory seen: of the process, and of it with its children (unshared pages counted once)."""
    most = {"process": 0, "tree": 0}

    def sample() -> None:
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                own = parent.memory_info().rss
                tree = own + sum(c.memory_info().rss for c in parent.children(recursive=True))
            except psutil.Error:
                continue
            most["process"], most["tree"] = max(most["process"], own), max(most["tree"], tree)
            time.sleep(0.05)

    thread = threading.Thread(target=sample)
    thread.start()
    out, _ = process.communicate()
    thread.join()
    print(f"{facts}:", out.strip())
    return most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=float, default=1e9)
    parser.add_argument("--model", default="hashed")
    parser.add_argument("--texts", type=int, help="encode so many texts in place of adding files")
    parser.add_argument("--work", type=Path, default=None, help="folder for text and collection (default: temporary)")
    args = parser.parse_args()
    if not (DATA / "text").is_dir():
        print(f"no data at {DATA}: set LIKEWISE_DATA", file=sys.stderr)
        return 2
    if args.texts:
        return encoding("all-MiniLM-L6-v2" if args.model == "hashed" else args.model, args.texts)
    with tempfile.TemporaryDirectory(dir=args.work) as name:
        work = Path(name)
        (work / "text").mkdir()
        write(work / "text", int(args.bytes))
        started = time.monotonic()
        command = [sys.executable, "-c", ADD, str(work / "c.likewise"), args.model, str(work / "text")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        most = peak(process, "added passages encoded refused seconds")
        disk = sum(p.stat().st_size for p in (work / "c.likewise").rglob("*") if p.is_file())
        print(
            f"{args.bytes / 1e6:,.0f} MB of text, model {args.model}: peak RSS {most['process'] / 1e6:,.0f} MB, "
            f"with the reading child {most['tree'] / 1e6:,.0f} MB; {time.monotonic() - started:,.0f} s, "
            f"collection {disk / 1e6:,.0f} MB"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
