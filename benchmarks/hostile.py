"""Every file of a hostile folder through Folder and Reader: one row each, no crash of ours, no hang; then a collection.

    python -m benchmarks.hostile [FOLDER ...]        default: $LIKEWISE_DATA/ingest, or ../shared/data/ingest

Prints a line for each refused file, counts by reason, the slowest file, memory, the share of texts decoded rightly
(chardet's own test files, whose folders name their encodings), how many of the good files planted between the hostile
ones a collection of them all finds, and the speed of plain text. Exits 1 where a row is missing, a file took over 10 s,
a reader died, the collection has no row for a file, or a planted file is not found.

A planted file lies in every folder that holds others, under names that sort before and after them; each tells of one
thing that no other file does, and is asked for in other words (by meaning) and by its own (by words).
"""

from __future__ import annotations

import codecs
import collections
import os
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks._planted import Planted, plant
from likewise.collection import Collection
from likewise.errors import FormatError
from likewise.formats import REASONS, Reader
from likewise.sources.folder import Folder

_SLOWEST = 10.0
_CODECS = {"CP932": "cp932", "IBM855": "cp855", "IBM866": "cp866", "MacCyrillic": "mac_cyrillic", "Johab": "johab"}
_MEGABYTES = 256


@dataclass(frozen=True)
class Row:
    """What became of one file."""

    id: str
    kind: str
    reason: str
    detail: str
    parts: int
    characters: int
    seconds: float


def main() -> int:
    data = Path(os.environ.get("LIKEWISE_DATA", "../shared/data")) / "ingest"
    folders = [Path(x) for x in sys.argv[1:]] or [data]
    if missing := [str(f) for f in folders if not f.is_dir()]:
        print(f"no folder {', '.join(missing)}: set LIKEWISE_DATA, or name folders", file=sys.stderr)
        return 1
    began = time.monotonic()
    with Reader() as reader:
        walk = Folder(folders)
        rows = [_row(reader, found.path, found.id, found.reason) for found in walk]
        child = reader.peak
    wanted = sum(len(files) for folder in folders for _, _, files in os.walk(folder))
    bad = _report(rows, wanted, walk.skipped, child, time.monotonic() - began)
    if (data / "chardet-encodings").is_dir():
        _encodings(data / "chardet-encodings")
    unfound = _searched(folders)
    _speed()
    return 1 if bad or unfound else 0


def _row(reader: Reader, path: Path, name: str, reason: str) -> Row:
    began, kind, detail, count, characters = time.monotonic(), "", "", 0, 0
    if not reason:
        try:
            document = reader.read(path)
            kind = document.kind
            for part in document:
                count += 1
                characters += len(part.text)
        except FormatError as error:
            reason, detail = error.reason, error.detail
    return Row(name, kind, reason, detail, count, characters, time.monotonic() - began)


def _report(rows: list[Row], wanted: int, skipped: int, child: int, seconds: float) -> bool:
    for row in rows:
        if row.reason:
            print(f"{row.reason:12} {row.id}: {row.detail}" + (f" (after {row.parts} parts)" if row.parts else ""))
    reasons = collections.Counter(row.reason or "read" for row in rows)
    kinds = collections.Counter(row.kind for row in rows if not row.reason)
    slowest = max(rows, key=lambda row: row.seconds)
    print(f"\nfiles {wanted}, rows {len(rows)}, passed over {skipped}, in {seconds:.1f} s")
    print("reasons:", ", ".join(f"{n} {reason}" for reason, n in reasons.most_common()))
    print("kinds:", ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
    print(f"slowest: {slowest.seconds:.2f} s {slowest.id}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: child {child / 2**20:.0f} MB at most, parent {own:.0f} MB")
    lost = len(rows) + skipped < wanted
    deaths = [row for row in rows if row.reason in ("crashed", "timeout")]
    untold = [row for row in rows if row.reason and row.reason not in REASONS]
    bad = lost or bool(deaths) or bool(untold) or slowest.seconds > _SLOWEST
    print("FAILED" if bad else "ok: every file has its row, no reader died, none took over 10 s")
    return bad


def _searched(folders: list[Path]) -> bool:
    """Make a collection of copies with good files between; whether a good one is not found, or a file has no row."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "files"
        for number, folder in enumerate(folders):
            shutil.copytree(folder, place / str(number), symlinks=True)
        planted = plant(place)
        wanted = {str(path) for path in place.rglob("*") if path.is_file()}
        with Collection(Path(made) / "hostile.likewise") as collection:
            receipt = collection.add(place)
            rows = {entry.id for entry in collection.items()}
            ranks = [_rank(collection, one) for one in planted]
            untold = [r for r in receipt.refused if r.reason not in REASONS]
            faults = collection.verify().problems
    lost = [one.path.name for one, rank in zip(planted, ranks, strict=True) if not rank]
    unlisted = sorted(wanted - rows)
    print(
        f"collection: {receipt.added} files taken in ({receipt.passages} passages), {len(receipt.refused)} refused by "
        f"name, {receipt.skipped} passed over, {len(unlisted) - receipt.skipped} without a row, {len(faults)} faults"
    )
    found = len(planted) - len(lost)
    print(f"planted: {found} of {len(planted)} good files found by search, {ranks.count(1)} of them first")
    for name in lost:
        print(f"not found: {name}")
    return bool(lost or untold or faults or len(unlisted) > receipt.skipped)


def _rank(collection: Collection, one: Planted) -> int:
    """Where a planted file stands among the ten best answers to its question, 0 where it does not."""
    items = [hit.item for hit in collection.search(one.question, k=10, per_item=1)]
    return items.index(str(one.path)) + 1 if str(one.path) in items else 0


def _encodings(folder: Path) -> None:
    right = count = 0
    with Reader() as reader:
        for path in sorted(folder.glob("*/*")):
            data = path.read_bytes()
            try:
                wanted = data.decode(_codec(path.parent.name)).removeprefix("\ufeff")
            except UnicodeDecodeError:
                continue  # the folder does not name its encoding rightly
            count += 1
            try:
                document = reader.read(path)
                list(document)
                found = str(document.metadata.get("encoding", ""))
            except FormatError as error:
                print(f"not decoded: {path.relative_to(folder)}: {error}")
                continue
            if data.decode(found, "replace").removeprefix("\ufeff") == wanted:
                right += 1
            else:
                print(f"wrongly decoded: {path.relative_to(folder)} as {found}")
    print(f"encodings: {right} of {count} texts decoded as their folder says")


def _codec(name: str) -> str:
    """The codec that a folder such as `iso-8859-2-polish` is named after."""
    if name in _CODECS:
        return _CODECS[name]
    try:
        return codecs.lookup(name).name
    except LookupError:
        return name.rpartition("-")[0]


def _speed() -> None:
    text = "".join(f"Paragraph {i} says that a faucet drips.\nIt goes on, {'and on ' * 40}\n\n" for i in range(3000))
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        data = text.encode()
        for _ in range(_MEGABYTES * 2**20 // len(data)):
            file.write(data)
        file.flush()
        size = Path(file.name).stat().st_size
        with Reader() as reader:
            list(zip(range(1), reader.read(file.name), strict=False))
            began = time.monotonic()
            count = sum(1 for _ in reader.read(file.name))
            seconds = time.monotonic() - began
            print(f"plain text: {size / 1e6 / seconds:.0f} MB/s ({count} parts; child {reader.peak / 2**20:.0f} MB)")


if __name__ == "__main__":
    sys.exit(main())
