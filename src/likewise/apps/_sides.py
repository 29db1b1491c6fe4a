"""The sides of a comparison: whatever gives vectors for texts, computed now or written down before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from likewise.apps._recorded import Recorded, read_recorded
from likewise.apps._texts import Text
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.types import OnProgress, Role, Space, Vectors

__all__ = ["Answers", "Computed", "Length", "Side", "Written"]


@dataclass(frozen=True, slots=True)
class Length:
    """Tokens of a text that one side saw and used."""

    seen: int
    used: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What one side gave for n texts: vectors `(n, dim)` float32, NaN where `errors` says why there is none.

    `lengths` are None where a side does not tell them; `extra` names vectors that belong to none of the texts.
    """

    vectors: Vectors
    errors: tuple[str, ...]
    lengths: tuple[Length | None, ...]
    extra: tuple[str, ...] = ()


class Side(ABC):
    """One side of a comparison. `space` is None where it is not told."""

    def __init__(self, name: str, space: Space | None) -> None:
        self.name = name
        self.space = space

    @property
    @abstractmethod
    def fresh(self) -> bool:
        """Whether it computes, and so can be asked for the same texts in other batches."""

    @abstractmethod
    def answer(self, texts: Sequence[Text], batch_size: int | None = None) -> Answers:
        """Vectors of texts, in their order; a text that fails takes no other down."""


@final
class Computed(Side):
    """An encoder, asked in one role."""

    def __init__(self, encoder: Encoder, role: Role = "document", progress: OnProgress | None = None) -> None:
        super().__init__(str(encoder.space), encoder.space)
        self._encoder, self._role, self._progress = encoder, role, progress

    @property
    def fresh(self) -> bool:
        return True

    def answer(self, texts: Sequence[Text], batch_size: int | None = None) -> Answers:
        progress = self._progress if len(texts) > 1 else None
        done = self._encoder.encode([t.text for t in texts], self._role, batch_size=batch_size, progress=progress)
        return Answers(
            vectors=done.vectors,
            errors=tuple(report.error for report in done.reports),
            lengths=tuple(Length(r.seen, r.used, r.truncated) if r.ok else None for r in done.reports),
        )


@final
class Written(Side):
    """A file of vectors that `likewise embed` wrote for the same texts."""

    def __init__(self, path: Path) -> None:
        self._rows = read_recorded(path)
        super().__init__(f"{path} ({self._rows.space or 'space not told'})", self._rows.space)

    @property
    def fresh(self) -> bool:
        return False

    def answer(self, texts: Sequence[Text], batch_size: int | None = None) -> Answers:  # noqa: ARG002 nothing is run
        places = self._paired([text.id for text in texts])
        vectors = np.full((len(texts), self._rows.vectors.shape[1]), np.nan, dtype=np.float32)
        errors = [""] * len(texts)
        lengths: list[Length | None] = [None] * len(texts)
        for i, place in enumerate(places):
            if place is None:
                errors[i] = "the file holds no vector for it"
            else:
                vectors[i], errors[i] = self._rows.vectors[place], self._rows.errors[place]
                lengths[i] = _length(self._rows, place)
        used = set(places)
        extra = tuple(self._rows.ids[p] for p in range(len(self._rows.ids)) if p not in used)
        return Answers(vectors, tuple(errors), tuple(lengths), extra)

    def _paired(self, ids: Sequence[str]) -> list[int | None]:
        """For every text its row: by id where the ids tell the rows apart, else by order."""
        rows = self._rows.ids
        if not self._rows.named:
            return self._in_order(ids)
        most = max([*Counter(rows).values(), *Counter(ids).values()], default=0)
        if most == 1 and set(rows) & set(ids):
            place = {row: p for p, row in enumerate(rows)}
            return [place.get(name) for name in ids]
        return self._counted(list(range(len(ids))), len(ids))

    def _in_order(self, ids: Sequence[str]) -> list[int | None]:
        """A .npy file leaves failed rows out and names them."""
        left_out = set(self._rows.left_out)
        numbers = iter(range(len(ids)))
        places = [None if name in left_out else next(numbers) for name in ids]
        return self._counted(places, sum(place is not None for place in places))

    def _counted(self, places: list[int | None], wanted: int) -> list[int | None]:
        if wanted != len(self._rows.ids):
            raise InputError(
                f"{self.name} holds {len(self._rows.ids)} vectors for {wanted} texts, and no ids that pair them: "
                "give the texts that it was made from with --texts"
            )
        return places


def _length(rows: Recorded, place: int) -> Length | None:
    tokens = rows.tokens[place] if rows.tokens else None
    return None if tokens is None or rows.errors[place] else Length(tokens[0], tokens[1], tokens[2])
