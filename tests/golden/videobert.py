"""What the golden VideoBERT is made of and asked: a small BERT, an encoder of colours, a tree of nine tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from likewise.encoders import Encoder, Whole
from likewise.encoders.senses._clip_tokens import ClipTokens
from likewise.encoders.senses.videobert import VideoBERT
from likewise.types import Clip, Role, Space, Vectors
from tests.golden import networks

__all__ = ["CONTENTS", "IDS", "Colours", "clip", "made", "tree"]


class Colours(Encoder):
    """The mean colour of a clip, from 0 to 1."""

    def __init__(self, name: str = "colours") -> None:
        super().__init__(name, Space(name, "1", "", "mean", (), 1, 3, False, "fp32", "numpy"), Whole("video"))

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        return np.stack([(piece.frames / 255).mean(axis=(0, 1, 2)) for piece in pieces]).astype(np.float32)


def tree() -> ClipTokens:
    """Red, green or blue; then dark, middling or bright."""
    first = np.eye(3, dtype=np.float32)[None] / 2
    shades = np.array([0.1, 0.5, 0.9], np.float32)
    second = np.eye(3, dtype=np.float32)[:, None] * shades[None, :, None]
    return ClipTokens((first.astype(np.float32), second.astype(np.float32)))


def clip(*colours: tuple[int, float], seconds: float = 1.5) -> Clip:
    """Two frames for every (channel, level) from 0 to 1, each pair for so many seconds."""
    frames = np.zeros((2 * len(colours), 2, 2, 3), np.uint8)
    for i, (channel, level) in enumerate(colours):
        frames[2 * i : 2 * i + 2, :, :, channel] = round(level * 255)
    return Clip(frames, np.arange(len(frames)) * seconds / 2)


CONTENTS: Final[tuple[Any, ...]] = (
    ("ab 7", clip((0, 0.9), (2, 0.1))),
    "q zz",
    clip((1, 0.5), (1, 0.4), (0, 0.0)),
)

_WORDS: Final = 41
IDS: Final = (
    # words of several signs are unknown to its tokenizer; [>], then bright red and dark blue
    ([2, 1, 12, _WORDS, _WORDS + 1 + 2, _WORDS + 1 + 6, 3], [0, 0, 0, 1, 1, 1, 0]),
    ([2, 31, 1, 3], [0, 0, 0, 0]),
    ([2, _WORDS, _WORDS + 1 + 4, _WORDS + 1 + 4, _WORDS + 1 + 0, 3], [0, 1, 1, 1, 1, 0]),
)
"""The ids and segments that CONTENTS become."""


def made(path: Path) -> Path:
    """The folder of the golden VideoBERT."""
    bert = networks.write(path / "bert", "bert")
    return VideoBERT.create(path / "videobert", bert, Colours(), tree())
