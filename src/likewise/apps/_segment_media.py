"""Films and recordings in pieces: scenes, or windows of sound, with their vectors where there is a model for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from typing import Final, final

import numpy as np

from likewise.apps._normalized import normalized
from likewise.encoders import Encoder
from likewise.errors import FormatError, InputError
from likewise.formats import Plan, Reader
from likewise.types import Clip, Item, Media, Place, Report, Vectors

__all__ = ["Pieces", "pieces", "scenes"]

_WHOLE: Final = 1e9
_BATCH: Final = 16
"""Pieces decoded and held at a time: a film's are large."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Places in a file, in order, with unit vectors `(n, dim)`; `refused` tells of those without one."""

    places: tuple[Place, ...]
    units: Vectors
    refused: tuple[Report, ...] = ()


def scenes(path: str | os.PathLike[str]) -> list[Place]:
    """The shots of a film, found in its frames: hard cuts, fades and dissolves; no model is asked.

    Raises FormatError for a film that cannot be read, and where there are no moving pictures.
    """
    with Reader() as reader:
        return [media.place for media in reader.view(path, plan=Plan("video", every=_WHOLE, clip=1))]


def pieces(path: str | os.PathLike[str], encoder: Encoder, every: float) -> Pieces:
    """The pieces of a film (scenes of at most `every` seconds) or of a recording (windows of so many), encoded.

    A film goes by its clips, else its frames, else its sound, as the encoder takes. Raises InputError for an encoder
    that takes none of them, FormatError for a file that cannot be read.
    """
    modality = next((m for m in ("video", "image", "audio") if m in encoder.modalities), None)
    if modality is None:
        raise InputError(f"{encoder.name} takes {' and '.join(encoder.modalities)}: no pictures and no sounds")
    places: list[Place] = []
    vectors: list[Vectors] = []
    refused: list[Report] = []
    asked = "audio" if modality == "audio" else "video"
    plan = Plan(asked, every=every, window=every, clip=16 if modality == "video" else 1)
    with Reader() as reader:
        waiting = iter(reader.view(path, plan=plan))
        while some := list(islice(waiting, _BATCH)):
            items = [Item(str(media.place), _content(media, modality), modality) for media in some]
            made = encoder.encode(items, "document")
            good = [row for row, report in enumerate(made.reports) if report.ok]
            places += [some[row].place for row in good]
            vectors.append(made.vectors[good])
            refused += made.failed
    if not places:
        why = f": {refused[0].error}" if refused else ""
        raise FormatError("no_content", f"{os.fspath(path)} holds nothing that {encoder.name} takes{why}")
    return Pieces(tuple(places), normalized(np.concatenate(vectors)), tuple(refused))


def _content(media: Media, modality: str) -> object:
    """What an encoder of this modality takes: of a scene one frame stands for it, where pictures are taken."""
    return media.content.frames[0] if modality == "image" and isinstance(media.content, Clip) else media.content
