"""Texts that are nearly the same, letter by letter: shingles, MinHash signatures and bands.

Broder, "On the resemblance and containment of documents" (1997). A shingle is five characters of the text without case,
punctuation and spacing; the likeness of two texts is the Jaccard index of their shingles, the share that both have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._near_pairs import Pairs, joined

__all__ = ["jaccard_pairs", "plain_text"]

_LONG: Final = 5
_BANDS, _ROWS = 25, 5
"""A pair of likeness 0.8 shares a band with a probability of 0.9999, of 0.7 with 0.99, of 0.3 with 0.06."""
_CROWD: Final = 64
_CHUNK: Final = 8_192
_WORD: Final = re.compile(r"\w+")
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


def plain_text(text: str) -> str:
    """A text without case, punctuation, compatibility forms and runs of spaces."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def jaccard_pairs(texts: Sequence[str], threshold: float, *, split: int = 0, seed: int = 0) -> Pairs:
    """Pairs of texts with a Jaccard index >= `threshold` (exact for those given), the earlier on the right.

    With `split` only pairs of one before and one from that place on. Texts of no words are passed over. Of a crowd
    that shares a band each meets the first 64.
    """
    rng = np.random.default_rng(seed)
    odd = rng.integers(0, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    plus = rng.integers(0, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64)
    rows = np.array([at for at, text in enumerate(texts) if plain_text(text)], np.int64)
    if not len(rows):
        return joined([])
    bands = np.empty((len(rows), _BANDS), np.uint64)
    for at, row in enumerate(rows):
        bands[at] = _banded(_shingles(plain_text(texts[row])), odd, plus)
    shingles = lru_cache(maxsize=50_000)(lambda row: _shingles(plain_text(texts[row])))
    met = np.unique(np.concatenate([_met(bands[:, band]) for band in range(_BANDS)]))
    left, right = rows[met // len(rows)], rows[met % len(rows)]
    if split:
        across = (left >= split) & (right < split)
        left, right = left[across], right[across]
    return joined(_checked(left, right, shingles, threshold))


def _shingles(text: str) -> Hashes:
    """Distinct hashes of all runs of five characters, or of the whole text where it is shorter."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    size = min(_LONG, len(letters))
    made = np.zeros(len(letters) - size + 1, np.uint64)
    for at in range(size):
        made = made * _MIX + letters[at : at + len(made)] + np.uint64(1)
    made ^= made >> np.uint64(29)
    made *= _MIX
    return np.unique(made ^ (made >> np.uint64(32)))


def _banded(shingles: Hashes, odd: Hashes, plus: Hashes) -> Hashes:
    """The signature of a set of shingles, five hashes folded into one band `(_BANDS,)`."""
    least = np.full(_BANDS * _ROWS, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(shingles), _CHUNK):
        np.minimum(least, (shingles[None, start : start + _CHUNK] * odd + plus).min(axis=1), out=least)
    bands = np.zeros(_BANDS, np.uint64)
    for column in (least.reshape(_BANDS, _ROWS) >> np.uint64(16)).T:
        bands = (bands ^ column) * _MIX
    return bands


def _met(band: Hashes) -> NDArray[np.int64]:
    """Pairs that share a band, each as one number (later x n + earlier); in a crowd with the first of it only."""
    order = np.argsort(band, kind="stable")
    values = band[order]
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    sizes = np.diff(np.append(first, len(values)))
    place = np.arange(len(values)) - np.repeat(first, sizes)
    start = np.repeat(first, sizes)
    made = []
    for step in range(int(min(sizes.max(initial=0), _CROWD))):
        later = np.flatnonzero(place > step)
        made.append(order[later] * len(band) + order[start[later] + step])
    return np.concatenate([np.empty(0, np.int64), *made])


def _checked(
    left: NDArray[np.int64], right: NDArray[np.int64], shingles: Callable[[int], Hashes], threshold: float
) -> Iterator[Pairs]:
    scores = np.array([_jaccard(shingles(int(a)), shingles(int(b))) for a, b in zip(left, right, strict=True)])
    made = Pairs(left.astype(np.int32), right.astype(np.int32), scores.astype(np.float32))
    yield made.some(scores >= threshold)


def _jaccard(a: Hashes, b: Hashes) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)
