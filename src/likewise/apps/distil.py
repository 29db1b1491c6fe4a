"""Distil a text encoder into a static one: a table of token vectors, about a hundred times as fast and less exact."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._distil_fit import Taught, fit, token_table
from likewise.apps._distil_vocabulary import Vocabulary, vocabulary
from likewise.encoders import Encoder
from likewise.encoders.text._static_folder import new_folder, write_static
from likewise.errors import InputError
from likewise.modalities.text import split
from likewise.types import OnProgress, Part, Progress, Vectors

__all__ = ["distil"]

OnStep = Callable[[int, int], None]

_PASSAGE: Final = 128  # tokens of a text that is fitted as one; longer ones are cut into passages


@dataclass(frozen=True, slots=True)
class Distilled:
    """The account of a distillation.

    `passages` counts what was fitted, 0 without texts; `fit` is then the mean cosine of the student's vectors of these
    passages to the teacher's, both centred and in the student's dimensions, else None.
    """

    path: Path
    teacher: str
    tokens: int
    dropped: int
    added: int
    dim: int
    passages: int
    fit: float | None
    seconds: float


def distil(
    encoder: Encoder,
    to: str | os.PathLike[str],
    *,
    words: Sequence[str] = (),
    texts: Iterable[str] = (),
    dim: int = 256,
    progress: OnProgress | None = None,
) -> Distilled:
    """Write a static encoder into the new folder `to`, in model2vec's layout, that `load` reads.

    Every token of the encoder's vocabulary and every one of `words` (also of several words) is encoded alone, reduced
    to `dim` dimensions and weighted by its rarity. With `texts` of the kind that will be encoded, rarity is counted in
    them and the table is fitted to the encoder's vectors of them: about 40,000 sentences pay, and are held in memory.
    Raises InputError for what cannot be distilled and for a folder that holds something.
    """
    start = time.perf_counter()
    if dim < 1:
        raise InputError(f"dim={dim} must be 1 or more")
    if isinstance(texts, str) or isinstance(words, str):
        raise InputError("texts and words are several, was given one str: put it into a list")
    target = Path(to)
    new_folder(target)
    known = vocabulary(encoder, words)
    tokens = np.nan_to_num(encoder.encode(known.spoken, progress=_staged(progress, "encode tokens")).vectors)
    size = min(dim, encoder.space.dim)
    taught = _taught(encoder, known, texts, progress)
    if taught is None:
        table, cosine = token_table(tokens, size), None
    else:
        table, cosine = fit(tokens, taught, size, _steps(progress))
    if known.unknown is not None:
        table[known.unknown] = 0  # model2vec drops it, sentence-transformers averages it: so both point the same way
    facts = {"tokenizer_name": encoder.name, "base_model": encoder.name, "teacher": encoder.space.id}
    write_static(target, _half(table), known.tokenizer.to_str(), facts)
    passages = 0 if taught is None else len(taught.lengths)
    seconds = time.perf_counter() - start
    return Distilled(
        target, encoder.name, len(tokens), known.dropped, known.added, size, passages, cosine, round(seconds, 3)
    )


def _half(table: Vectors) -> NDArray[np.float16]:
    """The table in float16, scaled so that its longest row has length 1; vectors are normalised anyway."""
    longest = float(np.linalg.norm(table, axis=1).max())
    return (table / max(longest, 1e-12)).astype(np.float16)


def _taught(encoder: Encoder, known: Vocabulary, texts: Iterable[str], progress: OnProgress | None) -> Taught | None:
    """Passages of the texts with the teacher's vectors; None where there are no texts."""
    passages = list(_passages(encoder, texts))
    if not passages:
        return None
    done = encoder.encode(passages, progress=_staged(progress, "encode texts"))
    encoded = known.tokenizer.encode_batch_fast(passages, add_special_tokens=False)
    rows = [[i for i in one.ids if i != known.unknown] for one in encoded]
    good = [i for i, (row, report) in enumerate(zip(rows, done.reports, strict=True)) if row and report.ok]
    if not good:
        raise InputError(f"none of the {len(passages)} texts could be encoded, such as {passages[0][:40]!r}")
    lengths = np.array([len(rows[i]) for i in good], dtype=np.int64)
    ids = np.fromiter((token for i in good for token in rows[i]), np.int32, int(lengths.sum()))
    return Taught(ids, lengths, done.vectors[good])


def _passages(encoder: Encoder, texts: Iterable[str]) -> Iterator[str]:
    room = min(encoder.capacity("document"), _PASSAGE)
    for text in texts:
        if text.strip():
            yield from (part.text for part in split([Part(text)], encoder.count, room, 0))


def _staged(progress: OnProgress | None, stage: str) -> OnProgress | None:
    if progress is None:
        return None
    return lambda told: progress(replace(told, stage=stage))


def _steps(progress: OnProgress | None) -> OnStep:
    return lambda step, of: progress(Progress("fit", step, of, "steps")) if progress else None
