"""One's own network as an encoder: an ONNX or TFLite file and a small TOML that says what goes in and comes out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders.senses._cutter import SenseCutter, Sensed
from likewise.encoders.senses._recipe import read
from likewise.errors import InputError, ModelError
from likewise.modalities import Array, Preparer
from likewise.modalities._spans import windows
from likewise.modalities.waves import Waves
from likewise.runtimes._openvino_own import OwnNetwork
from likewise.saving import cached, digest
from likewise.types import Embeddings, Item, Role, Sound, Space, Vectors

__all__ = ["Extractor"]

_TOGETHER: Final = 32  # windows or images of one run, where the network takes several


@final
class Extractor(Encoder):
    """Images or sounds to vectors through a network of one's own, described by the TOML at `path`.

    A sound goes through in windows, whose vectors are averaged. Where the TOML names `scores`, `labels` are the
    classes that the network tells apart, and `classify` gives a score for each. Raises ModelError for a description or
    a network that cannot be used.
    """

    def __init__(self, path: str | os.PathLike[str], *, threads: int | None = None) -> None:
        self._recipe = recipe = read(Path(path))
        wanted = [recipe.tensor] if recipe.scores is None else [recipe.tensor, recipe.scores]
        self._network = OwnNetwork(recipe.path, recipe.given, wanted, threads)
        self._front = recipe.front and OwnNetwork(recipe.front.path, None, [0], threads)
        self._classifies = False
        weights = digest(recipe.path)
        if recipe.front:
            weights = hashlib.sha256(f"{weights} {digest(recipe.front.path)}".encode()).hexdigest()
        probe = self._run(recipe.prepare.prepare(_probe(recipe.modality)))
        if not all(np.isfinite(found).all() for found in probe):
            raise ModelError(f"{recipe.path} gives NaN or infinity for a plain {recipe.modality}: look at [input]")
        if recipe.scores is not None and len(probe[1]) != len(recipe.labels):
            raise ModelError(f"{path}: {recipe.scores!r} has {len(probe[1])} scores, and labels {len(recipe.labels)}")
        space = Space(
            model=recipe.name,
            weights=weights,
            tokenizer=hashlib.sha256(recipe.facts.encode()).hexdigest(),
            pooling=f"tensor {recipe.tensor}" + ("+mean of windows" if recipe.modality == "audio" else ""),
            prompts=(),
            max_length=1,
            dim=len(probe[0]),
            normalize=recipe.normalize,
            precision="fp32",
            runtime="openvino",
        )
        cutter = SenseCutter(self.preparers, {recipe.modality: 1}, None)
        super().__init__(recipe.name, space, cutter, budget=_TOGETHER, lanes=self._network.lanes)
        key = f"{space.id} {self._network.version}"
        self.space = replace(space, probe=cached("probes", key, lambda: self._unit(probe[0]).astype("<f4").tobytes()))

    @property
    def preparers(self) -> Mapping[str, Preparer]:
        return {self._recipe.modality: self._recipe.prepare}

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that the network tells apart, in the order of their scores; none where the TOML names none."""
        return self._recipe.labels

    def classify(self, items: Iterable[Any | Item]) -> Embeddings:
        """A row of scores `(len(labels),)` for each item, averaged over the windows of a sound; NaN where one fails.

        Raises InputError where the TOML names no scores.
        """
        if self._recipe.scores is None:
            raise InputError(
                f"{self.name} gives no scores of classes: name them in its TOML, [output] scores and labels"
            )
        other = copy(self)
        other._classifies = True
        pooling = f"tensor {self._recipe.scores}"
        other.space = replace(self.space, pooling=pooling, dim=len(self.labels), normalize=False, probe=b"")
        other._width = len(self.labels)
        return other.encode(items)

    def encode_batch(self, pieces: Sequence[Sensed], role: Role) -> Vectors:  # noqa: ARG002 one way for both
        at, arrays = int(self._classifies), [piece.array for piece in pieces]
        if self._recipe.modality == "image":
            rows = np.concatenate([found[at] for found in self._runs(self._recipe.prepare.inputs(arrays)[0])])
        else:
            rows = np.stack([self._run(array)[at] for array in arrays])
        return rows if at else self._unit(rows)

    def _unit(self, rows: Vectors) -> Vectors:
        if not self._recipe.normalize:
            return rows
        lengths = np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
        return np.asarray(rows / lengths, dtype=np.float32)

    def _run(self, prepared: Array) -> list[Vectors]:
        """The vector of one item, and its scores where there are such."""
        values = self._recipe.prepare.inputs([prepared])[0]
        if isinstance(self._recipe.prepare, Waves):
            values = self._cut(values[0], self._recipe.prepare.gain)
        sums: list[Any] = [0.0, 0.0]
        for found in self._runs(values):
            sums = [total + part.sum(axis=0, dtype=np.float64) for total, part in zip(sums, found, strict=False)]
        return [np.asarray(total / len(values), dtype=np.float32) for total in sums]

    def _cut(self, samples: Array, gain: float) -> Array:
        """Windows `(n, ...)` of a sound, without the quiet ones unless all are."""
        values, windowed = self._frames(samples), self._recipe.windowed
        size = windowed.window or len(values)
        values = windows(values, size, windowed.hop or size)
        if windowed.quiet is None:
            return values
        loud = np.sqrt(np.square(values).mean(axis=1)) / np.float32(gain)
        kept = loud >= min(10 ** (windowed.quiet / 20), float(loud.max()))
        return np.asarray(values[kept])

    def _frames(self, samples: Array) -> Array:
        """What is cut into windows: the samples, or the frames that the front network makes of them."""
        if self._front is None or self._recipe.front is None:
            return samples
        frames = self._front.run(_shaped(samples[None], self._front.shape, "[front]"))[0]
        frames = frames.reshape(-1, frames.shape[-1])
        return frames * np.float32(self._recipe.front.scale) + np.float32(self._recipe.front.offset)

    def _runs(self, values: Array) -> Iterator[list[Vectors]]:
        """Vectors `(n, dim)`, and scores, of inputs `(n, ...)`, some at a time."""
        together = 1 if len(self._network.shape) == 1 or self._network.shape[0] == 1 else _TOGETHER
        for start in range(0, len(values), together):
            some = values[start : start + together]
            found = self._network.run(_shaped(some, self._network.shape, "[input]"))
            recipe = self._recipe
            vectors = (found[0] - np.float32(recipe.zero)) * np.float32(recipe.scale)
            yield [_flat(vectors, len(some), recipe.average), *(_flat(other, len(some), ()) for other in found[1:])]


def _shaped(values: Array, shape: Sequence[int | None], where: str) -> Array:
    """Values `(n, ...)` in the shape of the network's input, axes of length 1 put in or left out.

    Raises ModelError where something else than such an axis differs, as it does for another layout.
    """
    ours = [axis for axis in values.shape[1:] if axis != 1]
    theirs = [axis for axis in (shape if len(shape) == 1 else shape[1:]) if axis != 1]
    if len(ours) != len(theirs) or any(b not in (a, None) for a, b in zip(ours, theirs, strict=True)):
        raise ModelError(f"{where} makes {values.shape[1:]} of an item, and the network takes {tuple(shape)}")
    if len(shape) == 1:
        return values.reshape(-1)
    lengths = iter(ours)
    return values.reshape(len(values), *(1 if axis == 1 else next(lengths) for axis in shape[1:]))


def _flat(found: Array, count: int, average: Sequence[int]) -> Vectors:
    """A tensor as `(count, width)`."""
    found = found.mean(axis=tuple(average)) if average else found
    return np.asarray(found.reshape(count, -1), dtype=np.float32)


def _probe(modality: str) -> object:
    """What the vector is measured by, that a space is told by its behaviour."""
    if modality == "image":
        down, right = np.mgrid[0:256, 0:256].astype(np.uint8)
        return np.stack([down, right, down ^ right], axis=-1)
    time = np.arange(48_000) / 16_000
    return Sound((0.3 * np.sin(2 * np.pi * (200 + 400 * time) * time)).astype(np.float32), 16_000)
