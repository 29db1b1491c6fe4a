"""A joint encoder without a network: the mean colour of a picture, the names of colours in a text, in one space."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from PIL import Image

from likewise.encoders import Cut, Cutter, Encoder, Logits, Overflow, Piece
from likewise.types import Clip, Item, Role, Sound, Space, Vectors

__all__ = ["COLOURS", "Coloured", "Pitched", "paint"]

COLOURS = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250), "grey": (120, 120, 120)}


def paint(path: Path, colour: str | tuple[int, int, int], size: int = 12, seed: int = 0) -> Path:
    """A picture of nearly one colour; another seed gives other bytes of the same colour."""
    rgb = COLOURS[colour] if isinstance(colour, str) else colour
    noise = np.random.default_rng(seed).integers(-9, 10, (size, size, 3))
    Image.fromarray(np.clip(np.array(rgb) + noise, 0, 255).astype(np.uint8)).save(path)
    return path


@final
class _Items(Cutter):
    """Every item is a piece of its own, as it is."""

    def __init__(self, *modalities: str) -> None:
        self._modalities = modalities

    @property
    def modalities(self) -> tuple[str, ...]:
        return self._modalities

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        for content in contents:
            given = content.content if isinstance(content, Item) else content
            if isinstance(given, np.ndarray) and given.shape[0] == 1:
                yield Cut(error="it is one pixel high")
            else:
                yield Cut([Piece(given)], seen=1, used=1)

    def count(self, contents: Sequence[Any]) -> list[int]:
        return [len(text.split()) for text in contents]

    def capacity(self, role: Role) -> int:
        return 64


def _space(name: str, dim: int) -> Space:
    return Space(name, "0", "0", "mean", (), 64, dim, True, "fp32", "numpy")


def _unit(vector: Any) -> Vectors:
    vector = np.asarray(vector, dtype=np.float32)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), dtype=np.float32)


@final
class Coloured(Encoder):
    """Red, green and blue of pictures, clips and words; `told` hears of every content that is encoded."""

    def __init__(
        self,
        told: Callable[[int], None] = lambda _: None,
        *modalities: str,
        name: str = "coloured",
        scale: float | None = None,
    ) -> None:
        super().__init__(name, _space(name, 4), _Items(*(modalities or ("image", "text"))))
        self._told, self._scale = told, scale

    @property
    def logits(self) -> Logits | None:
        return None if self._scale is None else Logits(self._scale)

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        self._told(len(pieces))
        return np.stack([self._vector(piece) for piece in pieces])

    @staticmethod
    def _vector(piece: Any) -> Vectors:
        if isinstance(piece, str):
            named = [COLOURS[word] for word in re.findall(r"\w+", piece.lower()) if word in COLOURS]
            return _unit([*(np.mean(named, axis=0) if named else (0, 0, 0)), 1.0])
        frames = piece.frames if isinstance(piece, Clip) else piece
        return _unit([*np.asarray(frames, dtype=np.float32).reshape(-1, 3).mean(axis=0), 1.0])


@final
class Pitched(Encoder):
    """How high a sound is, as a turn of a circle; it knows no words."""

    def __init__(self, told: Callable[[int], None] = lambda _: None) -> None:
        super().__init__("pitched", _space("pitched", 2), _Items("audio"))
        self._told = told

    def encode_batch(self, pieces: Sequence[Sound], role: Role) -> Vectors:
        self._told(len(pieces))
        return np.stack([self._vector(piece) for piece in pieces])

    @staticmethod
    def _vector(piece: Sound) -> Vectors:
        spectrum = np.abs(np.fft.rfft(piece.samples))
        height = float(np.argmax(spectrum)) / len(piece.samples) * piece.rate
        angle = np.log2(max(height, 20.0) / 20.0) / 10 * np.pi
        return np.asarray([np.cos(angle), np.sin(angle)], dtype=np.float32)
