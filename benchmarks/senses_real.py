"""Real networks of others as encoders: 1-nearest-neighbour accuracy over photos, sounds and spoken digits.

    python -m benchmarks.senses_real [--data ../shared/data]

Each is described by a TOML of examples/models, beside which a temporary folder puts the weights. Figures are of
the development parts that lie there; nothing is trained.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import likewise
from likewise import Item
from likewise.encoders.senses.extractor import Extractor
from likewise.types import Embeddings, Vectors

EXAMPLES = Path(__file__).parents[1] / "examples" / "models"
ESC10 = {
    "Dog bark": ("Dog", "Bark"),
    "Rain": ("Rain", "Raindrop", "Rain on surface"),
    "Sea waves": ("Waves, surf", "Ocean"),
    "Baby cry": ("Baby cry, infant cry", "Crying, sobbing"),
    "Clock tick": ("Tick-tock", "Clock", "Tick"),
    "Person sneeze": ("Sneeze",),
    "Helicopter": ("Helicopter",),
    "Chainsaw": ("Chainsaw",),
    "Rooster": ("Chicken, rooster", "Crowing, cock-a-doodle-doo"),
    "Fire crackling": ("Fire", "Crackle"),
}
"""A class of ESC-10 -> what AudioSet calls it."""


def _loaded(name: str, folder: Path, data: Path, *weights: str) -> Extractor:
    for file in weights:
        shutil.copyfile(data / "models" / file, folder / Path(file).name)
    shutil.copyfile(EXAMPLES / f"{name}.toml", folder / f"{name}.toml")
    encoder = likewise.load(folder / f"{name}.toml")
    assert isinstance(encoder, Extractor)
    return encoder


def _file(path: Path, modality: str) -> Item:
    """A file as it lies on disk: it is decoded and made ready in child processes."""
    return Item(str(path), path, modality)


def _encoded(encoder: Extractor, items: Sequence[Item]) -> Vectors:
    start = time.perf_counter()
    found: Embeddings = encoder.encode(items)
    if found.failed:
        raise SystemExit(f"failed: {found.failed[0]}")
    print(f"  {len(items)} items, {found.space.dim}-d, {len(items) / (time.perf_counter() - start):.1f} a second")
    return found.vectors


def _nearest(vectors: Vectors, labels: Sequence[str], apart: Sequence[str]) -> float:
    """Share of items whose nearest neighbour by cosine has their label, among those of other `apart`."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ unit.T
    groups, names = np.array(apart), np.array(labels)
    scores[groups[:, None] == groups[None, :]] = -np.inf
    return float((names[scores.argmax(axis=1)] == names).mean())


def grocery(data: Path, folder: Path) -> None:
    """Photos of groceries, each among all others."""
    weights = "coral-mobilenet/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite"
    encoder = _loaded("coral-mobilenet-v1", folder, data, weights)
    root = data / "image_text" / "grocery"
    paths, fine, coarse = zip(
        *(line.split(", ") for line in (root / "train.txt").read_text().splitlines()), strict=True
    )
    vectors = _encoded(encoder, [_file(root / path, "image") for path in paths])
    right = [_nearest(vectors, labels, paths) for labels in (fine, coarse)]
    print(f"  1-NN {right[0]:.1%} over {len(set(fine))} classes, {right[1]:.1%} over {len(set(coarse))} coarse ones")


def esc10(data: Path, folder: Path) -> None:
    """Environmental sounds, each among the clips of other folds; and named by the network's own classes."""
    encoder = _loaded("yamnet", folder, data, "yamnet/yamnet.tflite", "yamnet/yamnet_class_map.csv")
    paths = sorted((data / "audio" / "esc10").glob("*/*.ogg"))
    labels = [path.parent.name.partition(" - ")[2] for path in paths]
    items = [_file(path, "audio") for path in paths]
    vectors = _encoded(encoder, items)
    folds = [path.name[0] for path in paths]
    print(f"  1-NN {_nearest(vectors, labels, folds):.1%} over 10 classes, neighbours from other folds")
    print(f"  1-NN {_nearest(vectors, labels, [str(p) for p in paths]):.1%} among all other clips")
    scores = encoder.classify(items).vectors
    known = {name: [encoder.labels.index(label) for label in told] for name, told in ESC10.items()}
    best = [max(known, key=lambda name: row[known[name]].max()) for row in scores]
    right = np.mean([a == b for a, b in zip(best, labels, strict=True)])
    print(f"  zero-shot, by the best score of AudioSet's names for the 10 classes: {right:.1%}")


def digits(data: Path, folder: Path) -> None:
    """Spoken digits: which digit, each among other recordings, and which speaker, each among other digits."""
    files = [f"google-speech-embedding/{name}.onnx" for name in ("melspectrogram", "embedding_model")]
    encoder = _loaded("google-speech-embedding", folder, data, *files)
    paths = sorted((data / "audio" / "fsdd" / "recordings").glob("*.wav"))
    told = [re.split("[_.]", path.name) for path in paths]
    vectors = _encoded(encoder, [_file(path, "audio") for path in paths])
    digit, speaker = ([parts[i] for parts in told] for i in (0, 1))
    print(f"  digit: 1-NN {_nearest(vectors, digit, [str(p) for p in paths]):.1%} of {len(paths)}, 10 digits")
    print(f"  digit, neighbours of other speakers: 1-NN {_nearest(vectors, digit, speaker):.1%}")
    print(f"  speaker: 1-NN {_nearest(vectors, speaker, digit):.1%}, 6 speakers, neighbours of other digits")


def main() -> None:
    """Print a table of figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LIKEWISE_DATA", "../shared/data")))
    data: Path = parser.parse_args().data
    if not (data / "models" / "yamnet").is_dir():
        sys.exit(f"{data} lacks models/yamnet: give the folder of the data as --data or in LIKEWISE_DATA")
    print(f"likewise {likewise.__version__}, Python {platform.python_version()}, {os.cpu_count()} CPUs")
    for part in (grocery, esc10, digits):
        print((part.__doc__ or "").strip())
        with tempfile.TemporaryDirectory() as folder:
            part(data, Path(folder))


if __name__ == "__main__":
    main()
