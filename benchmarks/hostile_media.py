"""Every hostile picture and film through Reader.view: a row each, no crash, no hang, bounded memory; then a collection.

    python -m benchmarks.hostile_media [FOLDER ...]      default: pillow-images and video of $LIKEWISE_DATA

Prints a line for each refused file, counts by reason and kind, the slowest file, how much memory any reader took above
one that has viewed a small picture, a small sound and a small film, and how many of the good pictures and sounds
planted between the hostile ones a collection of them all finds first by a changed copy of them. Exits 1 where a row is
missing, a file took over 10 s, a reader died, memory grew by more than 512 MB, or a planted file is not found.
"""

from __future__ import annotations

import collections
import io
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from benchmarks._light import Pictures, Sounds
from benchmarks.memory import Hashed
from likewise.collection import Collection
from likewise.errors import FormatError
from likewise.formats import REASONS, Plan, Reader, kind_of
from likewise.sources.folder import Folder
from likewise.types import Sound

_SLOWEST, _MOST = 10.0, 512
_RATE = 16_000


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


def main() -> int:
    data = Path(os.environ.get("LIKEWISE_DATA", "../shared/data"))
    folders = [Path(x) for x in sys.argv[1:]] or [data / "ingest" / "pillow-images", data / "video"]
    if missing := [str(f) for f in folders if not f.is_dir()]:
        print(f"no folder {', '.join(missing)}: set LIKEWISE_DATA, or name folders", file=sys.stderr)
        return 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made, Reader() as reader:
        base = _base(reader, Path(made))
        walk = Folder(folders)
        rows = [_row(reader, found.path, found.id, found.reason) for found in walk]
        wanted = sum(len(files) for folder in folders for _, _, files in os.walk(folder))
        bad = _report(rows, wanted - walk.skipped, base, reader.peak, time.monotonic() - began)
    return 1 if _searched(folders) or bad else 0


def _base(reader: Reader, folder: Path) -> int:
    """Most memory of a reader that has loaded what it needs and viewed what is small."""
    Image.new("RGB", (64, 64)).save(folder / "a.png")
    soundfile.write(folder / "a.wav", np.zeros(_RATE, np.float32), _RATE)
    (folder / "a.mp4").write_bytes(_film())
    for name in ("a.png", "a.wav", "a.mp4"):
        list(reader.view(folder / name))
    return reader.peak


def _film() -> bytes:
    import av

    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * number, np.uint8), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return held.getvalue()


def _row(reader: Reader, path: Path, name: str, reason: str) -> Row:
    began, kind, detail, count, before = time.monotonic(), "", "", 0, reader.peak
    if not reason:
        try:
            if kind_of(path) == "text":
                document = reader.read(path)
                kind, count = document.kind, sum(1 for _ in document)
            else:
                view = reader.view(path)
                kind = view.kind
                for _ in view:
                    count += 1
        except FormatError as error:
            reason, detail = error.reason, error.detail
    return Row(name, kind, reason, detail, count, time.monotonic() - began, (reader.peak - before) / 2**20)


def _report(rows: list[Row], wanted: int, base: int, peak: int, seconds: float) -> bool:
    for row in rows:
        if row.reason:
            print(f"{row.reason:12} {row.id}: {row.detail}" + (f" (after {row.pieces} pieces)" if row.pieces else ""))
    reasons = collections.Counter(row.reason or "viewed" for row in rows)
    kinds = collections.Counter(row.kind for row in rows if not row.reason)
    slowest, largest = max(rows, key=lambda row: row.seconds), max(rows, key=lambda row: row.grown)
    above = (peak - base) / 2**20
    print(f"\nfiles {wanted}, rows {len(rows)}, in {seconds:.1f} s")
    print("reasons:", ", ".join(f"{n} {reason}" for reason, n in reasons.most_common()))
    print("kinds:", ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
    print(f"slowest: {slowest.seconds:.2f} s {slowest.id}")
    print(f"memory: {above:.0f} MB above the {base / 2**20:.0f} MB of a reader at rest; most of it {largest.id}")
    deaths = [row for row in rows if row.reason in ("crashed", "timeout", "memory")]
    untold = [row for row in rows if row.reason and row.reason not in REASONS]
    bad = len(rows) < wanted or bool(deaths) or bool(untold) or slowest.seconds > _SLOWEST or above > _MOST
    print("FAILED" if bad else "ok: every file has its row, no reader died, none took over 10 s or 512 MB more")
    return bad


def _searched(folders: list[Path]) -> bool:
    """Whether a planted file is not found, or a file has no row, in a collection of copies with good files between."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "files"
        for number, folder in enumerate(folders):
            shutil.copytree(folder, place / str(number), symlinks=True)
        planted = _plant(place)
        wanted = {str(path) for path in place.rglob("*") if path.is_file()}
        senses = {"image": Pictures(), "audio": Sounds()}
        with Collection(Path(made) / "c", model=Hashed(), senses=senses, plan=Plan()) as collection:
            receipt = collection.add(place)
            rows = {entry.id for entry in collection.items()}
            ranks = [_rank(collection, path, number) for number, path in enumerate(planted)]
            faults = collection.verify().problems
    lost = [path.name for path, rank in zip(planted, ranks, strict=True) if not rank]
    unlisted = len(wanted - rows) - receipt.skipped
    print(
        f"collection: {receipt.added} files taken in ({receipt.passages} pieces), {len(receipt.refused)} refused "
        f"by name, {receipt.skipped} passed over, {unlisted} without a row, {len(faults)} faults"
    )
    print(f"planted: {len(planted) - len(lost)} of {len(planted)} good files found, {ranks.count(1)} of them first")
    for name in lost:
        print(f"not found: {name}")
    return bool(lost or faults or unlisted > 0)


def _plant(place: Path) -> list[Path]:
    """A picture that sorts before, and a sound that sorts after, the files of every folder that holds some."""
    planted: list[Path] = []
    for folder in sorted({path.parent for path in place.rglob("*") if path.is_file()}):
        for _ in range(2):
            number = len(planted)
            path = folder / (f"!first-{number}.png" if number % 2 == 0 else f"zzz-last-{number}.wav")
            if number % 2 == 0:
                Image.fromarray(_painting(number)).save(path)
            else:
                soundfile.write(path, _tune(number).samples, _RATE)
            planted.append(path)
    return planted


def _painting(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Blocks of colours that no other picture has."""
    blocks = np.random.default_rng(number).integers(0, 256, (7, 7, 3), np.uint8)
    return np.kron(blocks, np.ones((40, 40, 1), np.uint8))


def _tune(number: int) -> Sound:
    """Three tones that no other sound has."""
    pitches = np.random.default_rng(number).uniform(200, 7_000, 3)
    times = np.arange(2 * _RATE) / _RATE
    return Sound(np.asarray(0.2 * sum(np.sin(2 * np.pi * p * times) for p in pitches), np.float32), _RATE)


def _rank(collection: Collection, path: Path, number: int) -> int:
    """Where a planted file stands among the ten best answers to a changed copy of it, 0 where it does not."""
    noise = np.random.default_rng(number + 1_000)
    if number % 2 == 0:
        painting = np.clip(_painting(number) + noise.normal(0, 12, (280, 280, 3)), 0, 255).astype(np.uint8)
        hits = collection.search(image=painting, k=10, per_item=1)
    else:
        tune = _tune(number)
        changed = Sound((0.5 * tune.samples + noise.normal(0, 0.01, len(tune.samples))).astype(np.float32), _RATE)
        hits = collection.search(audio=changed, k=10, per_item=1)
    items = [hit.item for hit in hits]
    return items.index(str(path)) + 1 if str(path) in items else 0


if __name__ == "__main__":
    sys.exit(main())
