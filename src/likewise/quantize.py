"""Shorter vectors: Matryoshka truncation, float16, int8 and binary codes, what calibrates them, and their distances.

int8: bucket b of 256 in the range [low, high] of each dimension, b = clip(floor((x - low) / step), 0, 255) with
step = (high - low) / 255, kept as b - 128 and read as the middle of its bucket, low + (b + 0.5) step (asymmetric: low
need not be -high). binary: one bit a dimension, x > threshold, eight to a byte with the first dimension in the highest
bit; read as one of two levels a dimension. Codes are those of sentence-transformers (`int8` and `ubinary`) wherever
ranges and thresholds are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, final, get_args

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError, SpaceError
from likewise.types import Embeddings, Report, Space, Storage, Vectors

__all__ = ["Codec", "Codes", "Quantized", "calibrate", "codec_of", "hamming", "quantized", "truncate", "truncated"]

Codes = NDArray[Any]
"""Rows of codes `(n, columns)`: float32, float16 or int8 `(n, dim)`, or uint8 `(n, ceil(dim / 8))` for binary."""

_DTYPES: Final = {"float32": "<f4", "float16": "<f2", "int8": "|i1", "binary": "|u1"}
_ROWS: Final = {"int8": (2,), "binary": (0, 3)}
"""Rows of float32, a number a dimension, that a calibration may hold: int8 low, high; binary threshold, levels."""
_LARGEST: Final = float(np.finfo(np.float16).max)
_FINEST: Final = 2.0**-12
"""The least step as a share of the range's ends, so that float32 tells the buckets apart."""
_TINY: Final = np.float32(1e-30)
_BLOCK: Final = 4096


@final
@dataclass(frozen=True, slots=True)
class Codec:
    """How vectors of `dim` dimensions become codes of one kind and vectors again; `calibration` is bytes of float32.

    Without a calibration binary cuts at 0 and reads its bits as -1 and 1 over the root of `dim`. Raises InputError for
    a kind that is not known and a calibration that does not belong to it.
    """

    kind: Storage
    dim: int
    calibration: bytes = b""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Storage):
            raise InputError(f"vectors {self.kind!r} are not known: take {', '.join(get_args(Storage))}")
        wanted = [4 * self.dim * rows for rows in _ROWS.get(self.kind, (0,))]
        if len(self.calibration) not in wanted:
            raise InputError(
                f"{self.kind} codes of {self.dim} dimensions take a calibration of {' or '.join(map(str, wanted))} "
                f"bytes, {len(self.calibration)} were given: make one with quantize.calibrate"
            )

    @property
    def columns(self) -> int:
        """Numbers in the code of one vector."""
        return (self.dim + 7) // 8 if self.kind == "binary" else self.dim

    @property
    def width(self) -> int:
        """Bytes of the code of one vector."""
        return self.columns * np.dtype(_DTYPES[self.kind]).itemsize

    def space(self, space: Space) -> Space:
        """The space of vectors that came out of such codes; SpaceError for one whose vectors are codes already."""
        if space.vectors != "float32" and (space.vectors, space.calibration) != (self.kind, self.calibration):
            raise SpaceError(f"vectors of {space} are codes already: code the float32 vectors of the model")
        return replace(space, vectors=self.kind, calibration=self.calibration)

    def read(self, content: bytes) -> Codes:
        """Codes `(n, columns)` of bytes as `Codes.tobytes` gives them."""
        return np.frombuffer(content, _DTYPES[self.kind]).reshape(-1, self.columns)

    def encode(self, vectors: Vectors) -> Codes:
        """Codes of vectors `(n, dim)`; what lies outside of the range becomes its end. InputError for NaN."""
        self._fit(vectors)
        match self.kind:
            case "float32":
                return vectors.astype("<f4")
            case "float16":
                return np.clip(vectors, -_LARGEST, _LARGEST).astype("<f2")
            case "int8":
                return (np.clip(self._buckets(vectors), 0, 255) - 128).astype(np.int8)
            case "binary":
                return np.packbits(vectors > self._rows()[0], axis=1)

    def decode(self, codes: Codes) -> Vectors:
        """Vectors `(n, dim)` float32 that codes stand for; to encode them again gives the same codes."""
        match self.kind:
            case "float32" | "float16":
                return codes.astype(np.float32)
            case "int8":
                low, step = self._steps()
                middle: Vectors = (low + (codes.astype(np.float64) + 128.5) * step).astype(np.float32)
                return middle
            case "binary":
                _, low, high = self._rows()
                bits = np.unpackbits(codes, axis=1, count=self.dim)
                levels: Vectors = np.where(bits.astype(np.bool_), high, low)
                return levels

    def saturated(self, vectors: Vectors) -> int:
        """How many numbers of vectors `(n, dim)` lie outside of what the codes can say, and become its end."""
        self._fit(vectors)
        match self.kind:
            case "int8":
                buckets = self._buckets(vectors)
                return int(np.count_nonzero((buckets < 0) | (buckets > 255)))
            case "float16":
                return int(np.count_nonzero(np.abs(vectors) > _LARGEST))
            case _:
                return 0

    def products(self, queries: Vectors, codes: Codes) -> Vectors:
        """Dot products `(q, n)` of float queries `(q, dim)` with the vectors that codes stand for (asymmetric)."""
        parts = [queries @ self.decode(codes[at : at + _BLOCK]).T for at in range(0, len(codes), _BLOCK)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(queries), 0), np.float32)

    def alike(self, one: bytes, other: bytes, most: float) -> bool:
        """Whether two codes may come of one vector encoded twice, no component further apart than `most`."""
        if one == other:
            return True
        a, b = self.read(one), self.read(other)
        match self.kind:
            case "int8":
                return bool(np.abs(a.astype(np.int16) - b).max() <= 1 + most / self._steps()[1].min())
            case "binary":
                return int(np.bitwise_count(a ^ b).sum()) <= self.dim // 64
            case _:
                return bool(np.abs(a.astype(np.float32) - b).max() <= most)

    def _fit(self, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise InputError(f"vectors of shape {vectors.shape}, wanted (n, {self.dim})")
        if not np.isfinite(vectors).all():
            raise InputError("vectors hold NaN or infinity, which no code can say: leave failed rows out")

    def _steps(self) -> tuple[Vectors, Vectors]:
        low, high = self._rows()
        least = np.maximum(_FINEST * np.maximum(np.abs(low), np.abs(high)) / 255, _TINY)
        return low, np.maximum((high - low) / np.float32(255), least)

    def _buckets(self, vectors: Vectors) -> Vectors:
        low, step = self._steps()
        found: Vectors = np.floor((vectors - low) / step)
        return found

    def _rows(self) -> Vectors:
        if self.kind == "binary" and not self.calibration:
            level = np.float32(1 / np.sqrt(self.dim))
            return np.repeat(np.array([[0], [-level], [level]], np.float32), self.dim, axis=1)
        return np.frombuffer(self.calibration, "<f4").reshape(-1, self.dim)


def calibrate(vectors: Vectors, kind: Storage, *, share: float = 1.0, margin: float = 0.0) -> Codec:
    """The codec of a kind that fits sample vectors `(n, dim)`.

    int8: the range of each dimension is that of the sample, or of its middle `share` (0.999 leaves 0.05 % out at each
    end), widened by `margin` of itself at each end. binary: the threshold of each dimension is its mean, the two levels
    are the means below and above it, which loses least (Lloyd-Max). The floats need none. Raises InputError for fewer
    than two vectors where a calibration is needed.
    """
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise InputError(f"a sample of shape {vectors.shape} cannot calibrate: give finite vectors (n, dim)")
    if not 0.0 < share <= 1.0 or margin < 0.0:
        raise InputError(f"share={share} and margin={margin}: wanted a share above 0 and up to 1, a margin from 0 on")
    dim = vectors.shape[1]
    if kind not in _ROWS:
        return Codec(kind, dim)
    if len(vectors) < 2:
        raise InputError(f"{len(vectors)} vectors cannot calibrate {kind}: give a sample, hundreds if there are")
    rows = _levels(vectors) if kind == "binary" else _range(vectors, share, margin)
    return Codec(kind, dim, np.asarray(rows, "<f4").tobytes())


def _range(vectors: Vectors, share: float, margin: float) -> list[Vectors]:
    """The low and the high end of each dimension, each `(dim,)`."""
    low, high = np.quantile(vectors, ((1 - share) / 2, (1 + share) / 2), axis=0)
    return [low - margin * (high - low), high + margin * (high - low)]


def _levels(vectors: Vectors) -> list[Vectors]:
    """Threshold, level below and level above, each `(dim,)`; the levels lie on their own sides whatever is rounded."""
    threshold = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    above = vectors > threshold
    high = np.where(above, vectors, 0).sum(axis=0, dtype=np.float64) / np.maximum(above.sum(axis=0), 1)
    low = np.where(above, 0, vectors).sum(axis=0, dtype=np.float64) / np.maximum((~above).sum(axis=0), 1)
    beyond = np.nextafter(threshold, np.float32(np.inf))
    return [threshold, np.minimum(low.astype(np.float32), threshold), np.maximum(high.astype(np.float32), beyond)]


def codec_of(space: Space) -> Codec:
    """The codec that the vectors of a space are kept by. Raises SpaceError where its calibration is missing."""
    try:
        return Codec(space.vectors, space.dim, space.calibration)
    except InputError as error:
        raise SpaceError(f"codes of {space} cannot be read: {error}") from error


def truncate(vectors: Vectors, dim: int, normalize: bool = True) -> Vectors:
    """The first `dim` dimensions of vectors `(n, d)`, scaled to length 1 again (a zero row stays zero).

    Raises InputError unless 1 <= dim <= d.
    """
    if vectors.ndim != 2 or not 1 <= dim <= vectors.shape[1]:
        raise InputError(f"dim={dim} for vectors of shape {vectors.shape}: wanted 1 to {vectors.shape[-1]}")
    cut = np.ascontiguousarray(vectors[:, :dim])
    if not normalize or dim == vectors.shape[1]:
        return cut
    norms = np.sqrt(np.einsum("ij,ij->i", cut, cut, dtype=np.float64))
    norms[norms == 0.0] = 1.0
    scaled: Vectors = (cut / norms[:, None]).astype(np.float32)
    return scaled


def truncated(space: Space, dim: int) -> Space:
    """The space of the model's vectors cut to `dim` dimensions, its probe cut too. Raises InputError, SpaceError."""
    if dim == space.dim:
        return space
    if not 1 <= dim <= space.dim:
        raise InputError(f"dim={dim} for {space}: wanted 1 to {space.dim}")
    if space.vectors != "float32":
        raise SpaceError(f"vectors of {space} are codes: cut the float32 vectors of the model, then code them")
    probe = np.frombuffer(space.probe, "<f4").reshape(-1, space.dim)
    cut = truncate(probe, dim, space.normalize).astype("<f4").tobytes() if len(probe) else space.probe
    return replace(space, dim=dim, probe=cut)


@final
@dataclass(frozen=True, slots=True)
class Quantized:
    """Codes `(n, columns)` in the caller's order, with ids, the space that says how to read them, and reports.

    `saturated` counts the numbers that lay outside of the calibrated range and became its end.
    """

    ids: tuple[str, ...]
    codes: Codes
    space: Space
    reports: tuple[Report, ...]
    saturated: int

    def __post_init__(self) -> None:
        wanted = len(self.ids), codec_of(self.space).columns
        if self.codes.shape != wanted or len(self.reports) != wanted[0]:
            raise InputError(f"codes {self.codes.shape} and {len(self.reports)} reports, wanted codes {wanted}")

    def __len__(self) -> int:
        return len(self.ids)

    def embeddings(self) -> Embeddings:
        """The float32 vectors that the codes stand for, in the space of the codes."""
        return Embeddings(self.ids, codec_of(self.space).decode(self.codes), self.space, self.reports)


def quantized(embeddings: Embeddings, codec: Codec | Storage, dim: int | None = None) -> Quantized:
    """Embeddings as codes; `dim` cuts them first.

    A kind instead of a codec is calibrated on these very vectors: fit for a whole set, not for one batch of many.
    Raises InputError where a row has failed, for NaN has no code.
    """
    if embeddings.failed:
        report = embeddings.failed[0]
        raise InputError(f"{report.id!r} could not be encoded ({report.error}); leave failed rows out")
    space = truncated(embeddings.space, dim or embeddings.space.dim)
    vectors = truncate(embeddings.vectors, space.dim, space.normalize)
    fit = codec if isinstance(codec, Codec) else calibrate(vectors, codec)
    return Quantized(embeddings.ids, fit.encode(vectors), fit.space(space), embeddings.reports, fit.saturated(vectors))


def hamming(one: Codes, other: Codes) -> NDArray[np.int64]:
    """How many bits differ, `(n, m)`, between binary codes `(n, columns)` and `(m, columns)`."""
    if one.dtype != np.uint8 or other.dtype != np.uint8 or one.shape[1:] != other.shape[1:]:
        raise InputError(f"binary codes {one.dtype} {one.shape} and {other.dtype} {other.shape} have no distance")
    counts = np.empty((len(one), len(other)), np.int64)
    for row, code in zip(counts, one, strict=True):
        row[:] = np.bitwise_count(_words(other) ^ _words(code[None])).sum(axis=1)
    return counts


def _words(codes: Codes) -> Codes:
    """The same bits in words of eight bytes where they fit, which count faster."""
    return codes.view(np.uint64) if codes.shape[1] % 8 == 0 and codes.flags.c_contiguous else codes
