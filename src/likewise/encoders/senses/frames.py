"""Clips through any encoder of images: some frames of each, evenly over it, and their vectors pooled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, final, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.encoders import Encoder
from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.errors import InputError
from likewise.modalities.video import Video
from likewise.types import Clip, Item, Media, Role, Vectors

__all__ = ["Frames"]

Pooling = Literal["mean", "max"]


@final
class Frames(Encoder):
    """An encoder of clips made of an encoder of `images`: the mean, or the greatest, over `frames` frames of each.

    Means live in the space of the images, so that clips are compared with images and, in a joint space, with texts:
    whatever `images` takes is taken too. The greatest of every dimension (`max`) is a space of its own, of clips only.
    """

    def __init__(self, images: Encoder, frames: int = 8, pooling: Pooling = "mean") -> None:
        if "image" not in images.modalities:
            taken = " and ".join(images.modalities)
            raise InputError(f"{images.name} takes {taken}: frames go through an encoder that takes image")
        if pooling not in get_args(Pooling):
            raise InputError(f"pooling {pooling!r} is not known: take {' or '.join(get_args(Pooling))}")
        if frames < 1:
            raise InputError(f"frames={frames} must be 1 or more")
        self.images, self.frames, self.pooling = images, frames, pooling
        own = images.space
        if pooling == "max":
            # what the probe holds is of images, which this space does not know
            own = replace(own, pooling=f"{own.pooling}, max over {frames} frames", probe=b"")
        others = tuple(m for m in images.modalities if m != "video") if pooling == "mean" else ()
        super().__init__(images.name, own, _ClipCutter(images.cutter, others, frames), images.budget)

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        clips = [row for row, piece in enumerate(pieces) if isinstance(piece, _Chosen)]
        others = [row for row, piece in enumerate(pieces) if not isinstance(piece, _Chosen)]
        found = np.empty((len(pieces), self.space.dim), np.float32)
        if others:
            found[others] = self.images.encode_batch([pieces[row] for row in others], role)
        if clips:
            found[clips] = self._pooled(np.stack([self._seen(pieces[row].frames, role) for row in clips]))
        return found

    def _seen(self, frames: NDArray[np.uint8], role: Role) -> Vectors:
        """The vector of every frame of a clip."""
        found = self.images.encode([Item(str(i), frame, "image") for i, frame in enumerate(frames)], role)
        if found.failed:
            raise InputError(f"frame {found.failed[0].id}: {found.failed[0].error}")
        return found.vectors

    def _pooled(self, vectors: Vectors) -> Vectors:
        """One vector `(n, dim)` of each n of vectors `(n, frames, dim)`."""
        pooled: Vectors = vectors.max(axis=1) if self.pooling == "max" else vectors.mean(axis=1, dtype=np.float64)
        if self.space.normalize:
            pooled = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        return pooled.astype(np.float32)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """The frames that are looked at, of one clip."""

    frames: NDArray[np.uint8]


@final
class _ClipCutter(Cutter):
    """A clip is one piece; everything else is cut as the images' encoder does it."""

    def __init__(self, inner: Cutter, others: tuple[str, ...], frames: int) -> None:
        self._inner, self._others = inner, others
        self._video = Video(frames)

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("video", *self._others)

    def capacity(self, role: Role) -> int:
        return self._inner.capacity(role) if "text" in self._others else 1

    def count(self, contents: Sequence[Any]) -> list[int]:
        return [1 if _clip(content) is not None else self._inner.count([content])[0] for content in contents]

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        for content in contents:
            clip = _clip(content)
            if clip is None and self._others:
                yield from self._inner.cut([self._given(content)], role, overflow)
            else:
                yield self._chosen(clip if clip is not None else content)

    def _given(self, content: object) -> object:
        """The content as the inner cutter wants it: the item itself only where it takes several modalities."""
        return content.content if isinstance(content, Item) and len(self._inner.modalities) == 1 else content

    def _chosen(self, clip: object) -> Cut:
        try:
            return Cut([Piece(_Chosen(self._video.prepare(clip)), self._video.frames)], 1, 1)
        except InputError as error:
            return Cut(error=str(error))


def _clip(content: object) -> object | None:
    """The clip that is meant, None for other contents."""
    if isinstance(content, Item):
        return _clip(content.content) or (content.content if content.modality == "video" else None)
    if isinstance(content, Media):
        return content.content if content.modality == "video" else None
    return content if isinstance(content, Clip) else None
