"""What the benchmarks of hostile files share: a row for each file, what is told of them, and a search among them."""

from __future__ import annotations

import collections
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.collection import Collection
from likewise.errors import FormatError
from likewise.formats import REASONS, Document, Reader
from likewise.sources import Found

__all__ = ["Row", "counted", "data", "look", "named", "searched", "told"]

_SLOWEST = 10.0
_REFUSALS = {*REASONS, "no_encoder"}
"""What a collection may refuse a file for: as its reader does, or for want of a model for its kind."""


@dataclass(frozen=True)
class Row:
    """What became of one file; `grown` is by how many MB the most memory of its reader grew."""

    id: str
    kind: str
    reason: str
    detail: str
    pieces: int
    seconds: float
    grown: float


def data() -> Path:
    """The folder of the real files."""
    return Path(os.environ.get("LIKEWISE_DATA", "../shared/data"))


def named(*usual: Path) -> list[Path]:
    """The folders of the command line, or the usual ones. Ends the program where one is not there."""
    folders = [Path(x) for x in sys.argv[1:]] or list(usual)
    if missing := [str(f) for f in folders if not f.is_dir()]:
        sys.exit(f"no folder {', '.join(missing)}: set LIKEWISE_DATA, or name folders")
    return folders


def counted(folders: Iterable[Path]) -> int:
    """How many files lie below."""
    return sum(len(files) for folder in folders for _, _, files in os.walk(folder))


def look(reader: Reader, found: Found, opened: Callable[[Path], Document[Any]]) -> Row:
    """Take every piece of one file, or its refusal."""
    began, before = time.monotonic(), reader.peak
    kind, reason, detail, count = "", found.reason, "", 0
    if not reason:
        try:
            document = opened(found.path)
            kind = document.kind
            for _ in document:
                count += 1
        except FormatError as error:
            reason, detail = error.reason, error.detail
    return Row(found.id, kind, reason, detail, count, time.monotonic() - began, (reader.peak - before) / 2**20)


def told(rows: list[Row], summary: str, taken: str, deaths: Iterable[str]) -> bool:
    """Print the refused files and the counts; whether a reader died, a reason is unknown or a file took too long.

    `taken` is the verb for a file that is not refused, `deaths` are the reasons that a reader may not end with.
    """
    for row in rows:
        if row.reason:
            print(f"{row.reason:12} {row.id}: {row.detail}" + (f" (after {row.pieces} pieces)" if row.pieces else ""))
    reasons = collections.Counter(row.reason or taken for row in rows)
    kinds = collections.Counter(row.kind for row in rows if not row.reason)
    slowest = max(rows, key=lambda row: row.seconds)
    print(f"\n{summary}")
    print("reasons:", ", ".join(f"{n} {reason}" for reason, n in reasons.most_common()))
    print("kinds:", ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
    print(f"slowest: {slowest.seconds:.2f} s {slowest.id}")
    untold = reasons.keys() - {taken, *REASONS}
    return bool(untold or reasons.keys() & set(deaths)) or slowest.seconds > _SLOWEST


def searched(
    folders: list[Path],
    plant: Callable[[Path], Mapping[Path, Mapping[str, Any]]],
    opened: Callable[[Path], Collection],
) -> bool:
    """Whether a planted file is not found, or a file has no row, in a collection of copies with good files between.

    `plant` puts good files into a folder, and gives for each what it is asked for by: arguments of Collection.search.
    """
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "files"
        for number, folder in enumerate(folders):
            shutil.copytree(folder, place / str(number), symlinks=True)
        planted = plant(place)
        wanted = {str(path) for path in place.rglob("*") if path.is_file()}
        with opened(Path(made) / "hostile.likewise") as collection:
            receipt = collection.add(place)
            rows = {entry.id for entry in collection.items()}
            ranks = {path: _rank(collection, path, asked) for path, asked in planted.items()}
            untold = [refused for refused in receipt.refused if refused.reason not in _REFUSALS]
            faults = collection.verify().problems
    lost = [path.name for path, rank in ranks.items() if not rank]
    unlisted = len(wanted - rows) - receipt.skipped
    print(
        f"collection: {receipt.added} files taken in ({receipt.passages} pieces), {len(receipt.refused)} refused by "
        f"name, {receipt.skipped} passed over, {unlisted} without a row, {len(faults)} faults"
    )
    first = list(ranks.values()).count(1)
    print(f"planted: {len(ranks) - len(lost)} of {len(ranks)} good files found by search, {first} of them first")
    for name in lost:
        print(f"not found: {name}")
    for refused in untold:
        print(f"refused for an unknown reason: {refused}")
    return bool(lost or untold or faults or unlisted > 0)


def _rank(collection: Collection, path: Path, asked: Mapping[str, Any]) -> int:
    """Where a planted file stands among the ten best answers to its question, 0 where it does not."""
    items = [hit.item for hit in collection.search(**asked, k=10, per_item=1)]
    return items.index(str(path)) + 1 if str(path) in items else 0
