"""How quickly and how rightly images, sounds and clips are encoded, beside the plain transformers loop in one run.

    python -m benchmarks.senses --peer-python /path/to/python     an interpreter that has transformers and torch
    python -m benchmarks.senses --only clip dinov2 --precision fp32

Networks have their full size and random weights, made by transformers. Both sides start from the same files: the loop
reads, prepares and encodes them in batches of 16, in fp32, with all threads of torch; likewise is given their paths. A
model of another kind joins by a line in CASES, contents of another kind by one in FILES and in the loop's READ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import soundfile
from PIL import Image

from likewise.collection.ahead import Ahead, Put
from likewise.encoders import Encoder, load
from likewise.formats import Plan, Reader
from likewise.modalities.image import ImagePreparer
from likewise.types import Item, Media, Vectors

__all__ = ["CASES", "FILES", "Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """A model: class and config of transformers, the class and settings of its processor, and how the loop reads it.

    `embedding` is the output that is compared: of a method of the model (get_image_features), or a field of what it
    gives, of which "cls" is the first state, "mean" the mean of all, "pooler_output" flattened; "encoder" is the mean
    of Whisper's encoder over the frames of sound.
    """

    kind: str
    model: str
    config: dict[str, Any]
    processor: str
    embedding: str
    settings: dict[str, Any] = field(default_factory=dict)
    count: int = 96
    given: dict[str, Any] = field(default_factory=dict)
    """What else the processor is called with."""


_SMALL: Final = {"hidden_size": 384, "num_attention_heads": 6, "image_size": 518, "patch_size": 14}
_SHORT: Final = {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}
_CROPPED: Final = {"truncation": "rand_trunc", "frequency_min": 50}
_WHISPER: Final = {
    "d_model": 512,
    "encoder_layers": 6,
    "encoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "decoder_layers": 6,
    "decoder_attention_heads": 8,
    "decoder_ffn_dim": 2048,
}

CASES: Final[dict[str, Case]] = {
    "CLIP ViT-B/32": Case("image", "CLIPModel", {}, "CLIPImageProcessorPil", "get_image_features"),
    "DINOv2-S": Case("image", "Dinov2Model", _SMALL, "BitImageProcessorPil", "pooler_output", _SHORT, 64),
    "ResNet50": Case(
        "image", "ResNetModel", {}, "ConvNextImageProcessorPil", "pooler_output", {"size": {"shortest_edge": 224}}
    ),
    "CLAP": Case("audio", "ClapModel", {}, "ClapFeatureExtractor", "get_audio_features", _CROPPED, 48),
    "wav2vec2-base": Case("audio", "Wav2Vec2Model", {}, "Wav2Vec2FeatureExtractor", "mean", {}, 32),
    "Whisper-base": Case("audio", "WhisperModel", _WHISPER, "WhisperFeatureExtractor", "encoder", {}, 32),
    "VideoMAE-B": Case(
        "video", "VideoMAEModel", {"use_mean_pooling": False}, "VideoMAEImageProcessorPil", "mean", count=8
    ),
}


def _photos(folder: Path, count: int) -> list[Path]:
    """JPEG files of 640 x 480, with as much in them as photos have: about 90 kB each."""
    return [_photo(folder / f"photo-{i}.jpg", i, 480, 640) for i in range(count)]


def _photo(path: Path, seed: int, height: int, width: int) -> Path:
    if not path.exists():
        rng = np.random.default_rng(seed)
        shapes = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((width, height), 3)
        detail = rng.normal(0, 12, (height, width, 1))
        pixels = np.clip(np.asarray(shapes) + detail, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(path, quality=85)
    return path


def _films(folder: Path, count: int) -> list[Path]:
    """MPEG-4 files of 16 frames of 320 x 240, 8 a second: shapes that drift."""
    return [_film(folder / f"film-{i}.mp4", i) for i in range(count)]


def _film(path: Path, seed: int) -> Path:
    if not path.exists():
        rng = np.random.default_rng(seed)
        shapes = Image.fromarray(rng.integers(0, 256, (9, 14, 3), dtype=np.uint8)).resize((448, 288), 3)
        with av.open(str(path), "w") as out:
            stream = out.add_stream("mpeg4", rate=8)
            stream.width, stream.height, stream.bit_rate = 320, 240, 2_000_000
            for i in range(16):
                picture = shapes.crop((4 * i, 2 * i, 4 * i + 320, 2 * i + 240))
                out.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), "rgb24")))
            out.mux(stream.encode())
    return path


def _recordings(folder: Path, count: int) -> list[Path]:
    """FLAC files of 10 seconds at 44,100 Hz: tones that come and go, and noise."""
    return [_recording(folder / f"recording-{i}.flac", i, 44_100) for i in range(count)]


def _recording(path: Path, seed: int, rate: int) -> Path:
    if not path.exists():
        rng, seconds = np.random.default_rng(seed), np.arange(10 * rate) / rate
        parts = zip(*(rng.uniform(low, high, 8) for low, high in ((80, 6000), (0.2, 3), (0, 6))), strict=True)
        tones = [np.sin(2 * np.pi * hertz * seconds) * np.sin(pace * seconds + at) for hertz, pace, at in parts]
        soundfile.write(path, 0.08 * np.sum(tones, axis=0) + 0.02 * rng.standard_normal(len(seconds)), rate)
    return path


FILES: Final[dict[str, Callable[[Path, int], list[Path]]]] = {
    "image": _photos,
    "audio": _recordings,
    "video": _films,
}
"""Files of a kind, made where they are not there yet: folder, count -> paths."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--only", nargs="*", default=[], help="parts of names of models")
    parser.add_argument("--precision", nargs="*", default=["auto"])
    parser.add_argument("--count", type=int, default=0, help="files of each model")
    parser.add_argument("--decoding", action="store_true", help="decoding of photos of 4 megapixels alone")
    args = parser.parse_args()
    work = Path(os.environ.get("LIKEWISE_WORK", "work")) / "senses"
    work.mkdir(parents=True, exist_ok=True)
    if args.decoding:
        _decoding(work)
        return
    print(f"{'model':16} {'files':>5} {'precision':>9} {'loop/s':>8} {'ours/s':>8} {'ratio':>6} {'cosine, least':>14}")
    for name, case in CASES.items():
        if not args.only or any(part.lower() in name.lower() for part in args.only):
            _compare(name, case, args, work)


def _compare(name: str, case: Case, args: argparse.Namespace, work: Path) -> None:
    count = args.count or case.count
    files = FILES[case.kind](work, count)
    folder = work / name.replace("/", "-").replace(" ", "-")
    theirs, loop = _loop(case, files, folder, args.peer_python)
    for precision in args.precision:
        encoder = load(folder, precision=precision)
        ours, seconds = _ours(encoder, case, files)
        cosines = (ours * theirs).sum(1) / (np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1))
        rate, speed = count / seconds, count / loop
        row = f"{name:16} {count:>5} {encoder.space.precision:>9} {speed:>8.1f} {rate:>8.1f} {rate / speed:>6.2f}"
        print(f"{row} {cosines.min():>14.6f}", flush=True)


def _ours(encoder: Encoder, case: Case, files: list[Path]) -> tuple[Vectors, float]:
    items = [Item(str(i), path, case.kind) for i, path in enumerate(files)]
    encoder.encode(items[:8])  # starts the readers
    took = []
    for _ in range(2):
        start = time.perf_counter()
        found = encoder.encode(items)
        took.append(time.perf_counter() - start)
    if found.failed:
        sys.exit(f"{len(found.failed)} files failed, such as {found.failed[0]}")
    return found.vectors, min(took)


def _loop(case: Case, files: list[Path], folder: Path, python: str) -> tuple[Vectors, float]:
    """Vectors of the plain loop and its time; it makes the model folder where that is not there yet."""
    asked, found = folder.with_suffix(".asked.json"), folder.with_suffix(".npy")
    told = {"case": asdict(case), "files": [str(path) for path in files], "folder": str(folder)}
    asked.write_text(json.dumps(told), encoding="utf-8")
    script = Path(__file__).parent / "_senses_reference.py"
    done = subprocess.run([python, str(script), str(asked), str(found)], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{python} could not run transformers: name one that can with --peer-python")
    return np.load(found), min(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _decoding(work: Path) -> None:
    """Photos of 4 megapixels a second from JPEG to what a network takes, in as many processes as there are cores."""
    files = [_photo(work / f"large-{i}.jpg", i, 1632, 2464) for i in range(32)]
    preparer = ImagePreparer((224,), (224, 224))
    cores = len(os.sched_getaffinity(0))
    size = sum(path.stat().st_size for path in files) / len(files) / 1e6
    print(f"{len(files)} photos of 4.0 megapixels ({size:.1f} MB each) to 224 x 224, {cores} processes:")
    for told, plan in (("whole", Plan(draft=0)), ("no larger than needed, as by default", Plan())):
        with closing(Ahead[Media](cores)) as ahead:
            for paths in (files[:4], 3 * files):  # the first are for the children to start
                start = time.perf_counter()
                streams = [ahead.start(_viewed(path, preparer, plan)) for path in paths]
                given = sum(1 for stream in streams for _ in stream)
                took = time.perf_counter() - start
        print(f"  decoded {told}: {given / took:.1f} a second")


def _viewed(path: Path, preparer: ImagePreparer, plan: Plan) -> Callable[[Reader, Put[Media]], None]:
    def work(reader: Reader, put: Put[Media]) -> None:
        for media in reader.view(path, {"image": preparer}, plan):
            put(media, 0)

    return work


if __name__ == "__main__":
    main()
