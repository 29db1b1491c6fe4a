"""Peak memory of the whole process tree over many photos and one long film.

    python -m benchmarks.memory_media photos [--count 10000]       12 MP JPEGs through Reader.view, then Collection.add
    python -m benchmarks.memory_media film [--minutes 120]         one film, through Reader.view, then Collection.add

Photos are 200 distinct ones over and over, each copy with 4 bytes of its own behind its end, which no decoder reads: a
collection decodes a content that it knows no second time. 10,000 are 14 GB on the disk. The film is 1280 x 720, 25
frames a second, H.264 of 4 Mbit/s with sound, with a cut every 8 s: ten minutes, shown again and again. The encoder
has no network: what is measured is reading, preparing (as CLIP and wav2vec 2.0 want it), the store and its index. Files
are made in $LIKEWISE_WORK (default work/), and kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

WORK = Path(os.environ.get("LIKEWISE_WORK", "work")) / "media"
_DISTINCT = 200
_LIMIT = 2_000
_REEL = 10.0
"""Minutes of film that are made; a longer one repeats them."""
_VIEW = """
import sys
from pathlib import Path
from benchmarks._light import Pictures, Sounds
from likewise.formats import Reader
ready = {**Pictures().preparers, **(Sounds().preparers if sys.argv[2] == "film" else {})}
pieces = seen = 0
with Reader() as reader:
    for path in sorted(Path(sys.argv[1]).iterdir()):
        pieces += sum(1 for _ in reader.view(path, ready))
        seen += 1
print(seen, "files,", pieces, "pieces")
"""
_ADD = """
import sys
from likewise import Collection
from benchmarks._light import Pictures, Sounds
from benchmarks.memory import Hashed
senses = {"image": Pictures(), "audio": Sounds()}
with Collection(sys.argv[3], model=Hashed(), senses=senses) as c:
    r = c.add(sys.argv[1])
    print(r.added, "files,", r.passages, "pieces,", len(r.refused), "refused")
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("photos", "film"))
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=120)
    given = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    folder = _photos(given.count) if given.what == "photos" else _film(given.minutes)
    with tempfile.TemporaryDirectory(dir=WORK) as made:
        collection = str(Path(made) / "c")
        peaks = [_run(name, code, [str(folder), given.what, collection]) for name, code in _STEPS]
    return 1 if max(peaks) > _LIMIT else 0


_STEPS = (("Reader.view", _VIEW), ("Collection.add", _ADD))


def _run(name: str, code: str, arguments: Sequence[str]) -> float:
    """MB that a program and all its children held at most, told every 50 ms."""
    began = time.monotonic()
    done = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    root, peak = psutil.Process(done.pid), 0.0
    while done.poll() is None:
        held = 0
        for process in (root, *_children(root)):
            try:
                held += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak = max(peak, held / 1e6)
        time.sleep(0.05)
    said = done.stdout.read().strip() if done.stdout else ""
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}")
    print(f"{name}: {said}, {peak:.0f} MB at most, {time.monotonic() - began:.0f} s", flush=True)
    return peak


def _children(root: psutil.Process) -> list[psutil.Process]:
    try:
        return list(root.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _photo(seed: int, width: int, height: int) -> Image.Image:
    """A picture of soft shapes and fine grain, whose JPEG is as large as that of a photo."""
    noise = np.random.default_rng(seed)
    soft = Image.fromarray(noise.integers(0, 256, (24, 32, 3), np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    grain = np.kron(noise.integers(-12, 13, (height // 2, width // 2, 1), np.int16), np.ones((2, 2, 1), np.int16))
    return Image.fromarray(np.clip(np.asarray(soft, np.int16) + grain, 0, 255).astype(np.uint8))


def _photos(count: int) -> Path:
    """A folder of 12 MP JPEGs."""
    folder, source = WORK / f"photos-{count}", WORK / "distinct"
    source.mkdir(exist_ok=True)
    for number in range(min(_DISTINCT, count)):
        path = source / f"{number}.jpg"
        if not path.exists():
            _photo(number, 4000, 3000).save(path, quality=60)
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        partial.mkdir(exist_ok=True)
        for number in range(count):
            link = partial / f"{number:05}.jpg"
            if not link.exists() and number < _DISTINCT:
                link.hardlink_to(source / f"{number}.jpg")
            elif not link.exists():
                data = (source / f"{number % _DISTINCT}.jpg").read_bytes()
                link.write_bytes(data + number.to_bytes(4, "big"))
        partial.rename(folder)
    return folder


def _film(minutes: float) -> Path:
    """A folder with one film."""
    folder = WORK / f"film-{minutes:g}"
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        partial.mkdir(exist_ok=True)
        _repeat(_reel(min(minutes, _REEL)), partial / "film.mp4", minutes)
        partial.rename(folder)
    return folder


def _reel(minutes: float) -> Path:
    """A film whose pictures move, with a cut every 8 s and tones."""
    import av

    path = WORK / f"reel-{minutes:g}.mp4"
    if path.exists():
        return path
    noise, rate = np.random.default_rng(0), 16_000
    with av.open(str(path.with_suffix(".partial")), "w", format="mp4") as container:
        seen = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        heard = container.add_stream("aac", rate=rate, layout="mono")
        assert isinstance(seen, av.VideoStream)
        assert isinstance(heard, av.AudioStream)
        seen.width, seen.height, seen.pix_fmt = 1280, 720, "yuv420p"
        seen.bit_rate = 4_000_000
        shot = np.zeros((720, 1280, 3), np.uint8)
        for number in range(round(minutes * 60 * 25)):
            if number % 200 == 0:
                shot = np.asarray(_photo(number, 1280, 720).point(list(noise.permutation(256)) * 3))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.roll(shot, number % 200, 1)), format="rgb24")
            frame.pts = number
            container.mux(seen.encode(frame))
            if number % 25 == 0:
                tone = 0.3 * np.sin(2 * np.pi * (200 + number % 3000) * np.arange(rate) / rate)
                made = av.AudioFrame.from_ndarray(tone.astype(np.float32)[None], format="fltp", layout="mono")
                made.sample_rate, made.pts = rate, number // 25 * rate
                container.mux(heard.encode(made))
        container.mux(seen.encode(None))
        container.mux(heard.encode(None))
    path.with_suffix(".partial").rename(path)
    return path


def _repeat(reel: Path, path: Path, minutes: float) -> None:
    """A film that shows a reel again and again, so long."""
    import av

    with av.open(str(reel)) as source, av.open(str(path), "w") as container:
        streams = {s.index: container.add_stream_from_template(s) for s in source.streams}
        lasts = (source.duration or 0) / 1e6
        for turn in range(max(1, round(minutes * 60 / lasts))):
            source.seek(0)
            for packet in source.demux():
                if packet.dts is None:
                    continue
                shift = round(turn * lasts / packet.time_base)
                packet.dts += shift
                packet.pts = (packet.pts or 0) + shift
                packet.stream = streams[packet.stream.index]
                container.mux(packet)


if __name__ == "__main__":
    sys.exit(main())
