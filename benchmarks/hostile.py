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
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._hostile import Row, counted, data, look, named, searched, told
from benchmarks._planted import plant
from likewise.collection import Collection
from likewise.errors import FormatError
from likewise.formats import Reader
from likewise.sources.folder import Folder

_CODECS = {"CP932": "cp932", "IBM855": "cp855", "IBM866": "cp866", "MacCyrillic": "mac_cyrillic", "Johab": "johab"}
_MEGABYTES = 256


def main() -> int:
    ingest = data() / "ingest"
    folders = named(ingest)
    began = time.monotonic()
    with Reader() as reader:
        walk = Folder(folders)
        rows = [look(reader, found, reader.read) for found in walk]
        child = reader.peak
    bad = _report(rows, counted(folders), walk.skipped, child, time.monotonic() - began)
    if (ingest / "chardet-encodings").is_dir():
        _encodings(ingest / "chardet-encodings")
    unfound = searched(folders, lambda place: {one.path: {"query": one.question} for one in plant(place)}, Collection)
    _speed()
    return 1 if bad or unfound else 0


def _report(rows: list[Row], wanted: int, skipped: int, child: int, seconds: float) -> bool:
    summary = f"files {wanted}, rows {len(rows)}, passed over {skipped}, in {seconds:.1f} s"
    bad = told(rows, summary, "read", ("crashed", "timeout")) or len(rows) + skipped < wanted
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: child {child / 2**20:.0f} MB at most, parent {own:.0f} MB")
    print("FAILED" if bad else "ok: every file has its row, no reader died, none took over 10 s")
    return bad


def _encodings(folder: Path) -> None:
    right = count = 0
    with Reader() as reader:
        for path in sorted(folder.glob("*/*")):
            held = path.read_bytes()
            try:
                wanted = held.decode(_codec(path.parent.name)).removeprefix("\ufeff")
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
            if held.decode(found, "replace").removeprefix("\ufeff") == wanted:
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
        block = text.encode()
        for _ in range(_MEGABYTES * 2**20 // len(block)):
            file.write(block)
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
