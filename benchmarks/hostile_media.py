"""Every hostile picture and film through Reader.view: a row each, no crash, no hang, bounded memory; then a collection.

    python -m benchmarks.hostile_media [FOLDER ...]      default: pillow-images and video of $LIKEWISE_DATA

Prints a line for each refused file, counts by reason and kind, the slowest file, how much memory any reader took above
one that has viewed a small picture, a small sound and a small film, and how many of the good pictures and sounds
planted between the hostile ones a collection of them all finds first by a changed copy of them. Exits 1 where a row is
missing, a file took over 10 s, a reader died, memory grew by more than 512 MB, or a planted file is not found.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from benchmarks._hostile import Row, counted, data, look, named, searched, told
from benchmarks._light import Pictures, Sounds
from benchmarks.memory import Hashed
from likewise.collection import Collection
from likewise.formats import Document, Plan, Reader, kind_of
from likewise.sources.folder import Folder
from likewise.types import Sound

_MOST = 512
_RATE = 16_000


def main() -> int:
    folders = named(data() / "ingest" / "pillow-images", data() / "video")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made, Reader() as reader:
        base = _base(reader, Path(made))
        walk = Folder(folders)
        rows = [look(reader, found, partial(_opened, reader)) for found in walk]
        bad = _report(rows, counted(folders) - walk.skipped, base, reader.peak, time.monotonic() - began)
    return 1 if searched(folders, _plant, _collection) or bad else 0


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


def _opened(reader: Reader, path: Path) -> Document[Any]:
    return reader.read(path) if kind_of(path) == "text" else reader.view(path)


def _report(rows: list[Row], wanted: int, base: int, peak: int, seconds: float) -> bool:
    summary = f"files {wanted}, rows {len(rows)}, in {seconds:.1f} s"
    bad = told(rows, summary, "viewed", ("crashed", "timeout", "memory")) or len(rows) < wanted
    largest, above = max(rows, key=lambda row: row.grown), (peak - base) / 2**20
    print(f"memory: {above:.0f} MB above the {base / 2**20:.0f} MB of a reader at rest; most of it {largest.id}")
    bad = bad or above > _MOST
    print("FAILED" if bad else "ok: every file has its row, no reader died, none took over 10 s or 512 MB more")
    return bad


def _collection(path: Path) -> Collection:
    return Collection(path, model=Hashed(), senses={"image": Pictures(), "audio": Sounds()}, plan=Plan())


def _plant(place: Path) -> dict[Path, dict[str, Any]]:
    """A picture that sorts before, and a sound that sorts after, the files of every folder that holds some.

    With each a changed copy, to search by.
    """
    planted: dict[Path, dict[str, Any]] = {}
    folders = sorted({path.parent for path in place.rglob("*") if path.is_file()})
    for number in range(2 * len(folders)):
        folder = folders[number // 2]
        noise = np.random.default_rng(number + 1_000)
        if number % 2 == 0:
            painting, path = _painting(number), folder / f"!first-{number}.png"
            Image.fromarray(painting).save(path)
            changed = np.clip(painting + noise.normal(0, 12, painting.shape), 0, 255).astype(np.uint8)
            planted[path] = {"image": changed}
        else:
            tune, path = _tune(number), folder / f"zzz-last-{number}.wav"
            soundfile.write(path, tune.samples, _RATE)
            quiet = (0.5 * tune.samples + noise.normal(0, 0.01, len(tune.samples))).astype(np.float32)
            planted[path] = {"audio": Sound(quiet, _RATE)}
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


if __name__ == "__main__":
    sys.exit(main())
