"""Vectors made once: encoded block by block, and kept in a folder from which a run that was cut off goes on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.evaluation._task import Input
from likewise.saving import write_whole
from likewise.types import Item, OnProgress, Report, Vectors

__all__ = ["Made", "made", "writable"]

_BLOCK: Final = 1_024
"""Inputs that are kept together; an encoder takes as many at a time, so that vectors are the same as without."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """The vectors of one input (zeros stand for what is refused), and how long they took; `truncated` were cut."""

    vectors: Vectors
    refused: tuple[Report, ...]
    truncated: int
    seconds: float


def made(encoder: Encoder, given: Input, keep: Path | None = None, progress: OnProgress | None = None) -> Made:
    """The vectors of an input; where `keep` is a folder they are taken from there, with their time, or put there.

    Only texts are kept: their digest, with that of the model's space and their names, is the name of a block.
    """
    if keep is None or not all(isinstance(one, str) for one in given.items):
        return _encoded(encoder, given, progress)
    blocks = []
    for start in range(0, max(len(given.items), 1), _BLOCK):
        some = Input(given.names[start : start + _BLOCK], given.items[start : start + _BLOCK], given.role)
        place = keep / _digest(encoder, some)
        block = _taken(place, len(some.items), encoder.space.dim)
        if block is None:
            block = _encoded(encoder, some, _after(start, len(given.items), progress))
            _put(place, block)
        blocks.append(block)
    return Made(
        np.concatenate([one.vectors for one in blocks]),
        tuple(report for one in blocks for report in one.refused),
        sum(one.truncated for one in blocks),
        sum(one.seconds for one in blocks),
    )


def writable(keep: str | os.PathLike[str] | None) -> Path | None:
    """The folder to keep vectors in, made where it is not there. Raises InputError where nothing can be written."""
    if keep is None:
        return None
    folder = Path(keep).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise InputError(f"vectors cannot be kept in {folder}: {error.strerror}; name another folder") from error


def _encoded(encoder: Encoder, given: Input, progress: OnProgress | None) -> Made:
    """What is an item has its modality already; other contents get the names under which they are told of."""
    pairs = zip(given.names, given.items, strict=True)
    items = [one if isinstance(one, Item) else Item(name, one) for name, one in pairs]
    start = perf_counter()
    found = encoder.encode(items, given.role, progress=progress)
    seconds = perf_counter() - start
    vectors = np.where(np.isfinite(found.vectors), found.vectors, np.float32(0))
    return Made(vectors, found.failed, len(found.truncated), seconds)


def _after(start: int, total: int, progress: OnProgress | None) -> OnProgress | None:
    """Progress of a block as that of all blocks."""
    if progress is None:
        return None
    return lambda step: progress(replace(step, done=start + step.done, total=total))


def _taken(place: Path, rows: int, dim: int) -> Made | None:
    """A kept block; None where there is none or what is there cannot be used, which is then made again."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, EOFError):
        facts = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
        refused = tuple(Report(**one) for one in facts["refused"])
        vectors: Vectors = np.load(place.with_suffix(".npy"), allow_pickle=False)
        if vectors.shape == (rows, dim):
            return Made(vectors, refused, int(facts["truncated"]), float(facts["seconds"]))
    return None


def _put(place: Path, block: Made) -> None:
    """The vectors first: a block is there when its facts are."""
    facts = {"refused": [asdict(r) for r in block.refused], "truncated": block.truncated, "seconds": block.seconds}
    vectors = BytesIO()
    np.save(vectors, block.vectors)
    write_whole(place.with_suffix(".npy"), vectors.getvalue())
    write_whole(place.with_suffix(".json"), json.dumps(facts).encode())


def _digest(encoder: Encoder, given: Input) -> str:
    """A name that changes with the model, the role and every text."""
    told = hashlib.sha256(f"{encoder.space.id} {given.role}\0".encode())
    for name, one in zip(given.names, given.items, strict=True):
        told.update(json.dumps([name, one]).encode())
    return told.hexdigest()[:32]
