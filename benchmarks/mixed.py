"""A folder of photos, recordings, films and notes in one collection, with real encoders; and what much of it costs.

    python -m benchmarks.mixed [--data ../shared/data]           # add, then search across kinds
    python -m benchmarks.mixed --photos 10000                    # memory and speed of photos of 12 megapixels
    python -m benchmarks.mixed --film 2                          # memory and speed of a film of so many hours

The encoders are Coral's MobileNet and YAMNet (`examples/models`, weights from the data folder) and the default model of
texts. Memory is that of this process and its children together.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image

from likewise.cli import main as likewise
from likewise.collection import Collection, Receipt

EXAMPLES = Path(__file__).parents[1] / "examples" / "models"
WEIGHTS = {
    "coral-mobilenet-v1": ("coral-mobilenet/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",),
    "yamnet": ("yamnet/yamnet.tflite", "yamnet/yamnet_class_map.csv"),
}
PHOTO = (3000, 4000)


def _models(data: Path, folder: Path) -> dict[str, Path]:
    """The TOMLs beside their weights."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in WEIGHTS.items():
        for file in files:
            shutil.copyfile(data / "models" / file, folder / Path(file).name)
        shutil.copyfile(EXAMPLES / f"{name}.toml", folder / f"{name}.toml")
    return {name: folder / f"{name}.toml" for name in WEIGHTS}


def _folder(data: Path, folder: Path) -> None:
    """Three photos of every product, sixty sounds, the short films, the Markdown notes."""
    for product in sorted({path.parent for path in (data / "image_text/grocery/train").rglob("*.jpg")}):
        for photo in sorted(product.glob("*.jpg"))[:3]:
            _copied(photo, folder / "photos" / product.name)
    for sound in sorted((data / "audio/esc10").rglob("*.ogg")):
        _copied(sound, folder / "sounds" / sound.parent.name)
    for film in sorted((data / "video").rglob("*")):
        if film.suffix in (".mp4", ".mkv", ".avi") and film.stat().st_size < 6_000_000:
            _copied(film, folder / "films")
    for note in sorted((data / "ingest/unstructured").glob("*.md")):
        _copied(note, folder / "notes")


def _copied(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)


def _say(*words: str | Path) -> None:
    print("$ likewise", *words, flush=True)
    likewise([str(word) for word in words])
    print()


def transcript(data: Path, work: Path) -> None:
    """Add everything and search it by picture, sound, words and moment."""
    models, made, folder = _models(data, work / "models"), work / "all.likewise", work / "phone"
    _folder(data, folder)
    photo = sorted((data / "image_text/grocery/train").rglob("Kiwi*.jpg"))[-1]
    rooster = sorted((folder / "sounds").glob("*Rooster/*.ogg"))[0]
    _say("add", folder, "--to", made, "--image-model", models["coral-mobilenet-v1"], "--audio-model", models["yamnet"])
    _say("status", made)
    _say("search", made, "--image", photo, "-k", "3")
    _say("search", made, "--audio", rooster, "-k", "4")
    _say("search", made, "helicopter", "-k", "3")
    _say("search", made, "--like", f"{folder / 'films' / 'flipping_a_pancake.mkv'}#00:06", "-k", "4")
    _say("search", made, "ripe", "--image", photo)
    _say("label", rooster, "--model", models["yamnet"], "--top", "3")
    _say("sync", made)
    _say("verify", made)


class _Memory:
    """The most that this process and its children held together, in bytes, looked at five times a second."""

    def __init__(self) -> None:
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self.peak = max(self.peak, _held(os.getpid()))

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self.peak


def _held(pid: int) -> int:
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                facts = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            if pid in (int(entry.name), int(facts[1])):
                total += int(facts[21]) * os.sysconf("SC_PAGE_SIZE")
    return total


def _measured(work: Path, data: Path, what: Path) -> tuple[Receipt, float, int]:
    senses = {"image": _models(data, work / "models")["coral-mobilenet-v1"]}
    with Collection(work / "much.likewise", senses=senses) as collection:
        memory, started = _Memory(), time.perf_counter()
        receipt = collection.add(what)
        return receipt, time.perf_counter() - started, memory.end()


def photos(data: Path, work: Path, count: int) -> None:
    """Photos of 12 megapixels, each of other bytes and the same picture."""
    folder = work / "photos"
    folder.mkdir()
    coarse = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(coarse).resize(PHOTO[::-1], Image.Resampling.BICUBIC).save(held, "JPEG", quality=85)
    for n in range(count):
        (folder / f"{n:05}.jpg").write_bytes(held.getvalue() + n.to_bytes(4, "big"))
    receipt, seconds, peak = _measured(work, data, folder)
    print(f"{receipt.added:,} photos of 12 MP in {seconds:.1f} s ({receipt.added / seconds:.1f} a second), ", end="")
    print(f"{len(receipt.refused)} refused, peak {peak / 1e6:,.0f} MB")


def film(data: Path, work: Path, hours: float) -> None:
    """A film of 640 x 360 at 5 frames a second, whose picture changes every ten seconds."""
    path, rng = work / "film.mp4", np.random.default_rng(0)
    scenes = [rng.integers(0, 255, (360, 640, 3), dtype=np.uint8) for _ in range(8)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for n in range(int(hours * 18_000)):
            frame = av.VideoFrame.from_ndarray(scenes[n // 50 % len(scenes)], format="rgb24")
            frame.pts = n
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    receipt, seconds, peak = _measured(work, data, path)
    print(
        f"a film of {hours:g} h, {path.stat().st_size / 1e6:,.0f} MB: {receipt.passages:,} scenes in {seconds:.1f} s, ",
        end="",
    )
    print(f"{len(receipt.refused)} refused, peak {peak / 1e6:,.0f} MB")


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("LIKEWISE_DATA", "../shared/data"))
    parser.add_argument("--photos", type=int, default=0, metavar="N")
    parser.add_argument("--film", type=float, default=0.0, metavar="HOURS")
    args = parser.parse_args()
    data = Path(args.data).expanduser()
    if not (data / "models" / "yamnet").is_dir():
        print(f"there is no data at {data}: set LIKEWISE_DATA or --data", file=sys.stderr)
        return 2
    run: Callable[[Path], None] = lambda work: transcript(data, work)  # noqa: E731 (one of three)
    if args.photos:
        run = lambda work: photos(data, work, args.photos)  # noqa: E731
    elif args.film:
        run = lambda work: film(data, work, args.film)  # noqa: E731
    with tempfile.TemporaryDirectory(prefix="likewise-mixed-") as work:
        run(Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
