"""Encoders without a network whose preparers are those of real models: what a benchmark of reading needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders.senses._cutter import SenseCutter, Sensed
from likewise.modalities import Preparer
from likewise.modalities.audio import Audio
from likewise.modalities.image import ImagePreparer
from likewise.types import Role, Space, Vectors

__all__ = ["Pictures", "Sounds"]

_SIDE = 14


def _space(name: str, dim: int) -> Space:
    return Space(name, "0", "", "mean", (), 1, dim, True, "fp32", "numpy")


def _unit(rows: Any) -> Vectors:
    rows = np.asarray(rows, np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


@final
class Pictures(Encoder):
    """A picture as its 16 x 16 means of red, green and blue, out of what CLIP's preparer makes (224 x 224)."""

    def __init__(self) -> None:
        self._ready: dict[str, Preparer] = {"image": ImagePreparer(resize=(224,), crop=(224, 224))}
        space = _space("pictures", 3 * (224 // _SIDE) ** 2)
        super().__init__("pictures", space, SenseCutter(self._ready, {"image": 1}, None, workers=1))

    @property
    def preparers(self) -> Mapping[str, Preparer]:
        return self._ready

    def encode_batch(self, pieces: Sequence[Sensed], role: Role) -> Vectors:  # noqa: ARG002
        seen = np.stack([piece.array for piece in pieces]).astype(np.float32)
        blocks = seen.reshape(len(seen), 224 // _SIDE, _SIDE, 224 // _SIDE, _SIDE, 3).mean(axis=(2, 4))
        return _unit(blocks.reshape(len(seen), -1))


@final
class Sounds(Encoder):
    """A sound as 256 bands of its spectrum, out of what wav2vec 2.0's preparer makes (10 s at 16 kHz)."""

    def __init__(self) -> None:
        self._ready: dict[str, Preparer] = {"audio": Audio("waveform", length=160_000)}
        super().__init__("sounds", _space("sounds", 256), SenseCutter(self._ready, {"audio": 1}, None, workers=1))

    @property
    def preparers(self) -> Mapping[str, Preparer]:
        return self._ready

    def encode_batch(self, pieces: Sequence[Sensed], role: Role) -> Vectors:  # noqa: ARG002
        return _unit([self._bands(np.asarray(piece.array, np.float32).reshape(-1)) for piece in pieces])

    @staticmethod
    def _bands(samples: Vectors) -> Vectors:
        spectrum = np.abs(np.fft.rfft(samples, max(512, len(samples))))
        return np.log1p([band.mean() for band in np.array_split(spectrum, 256)])
