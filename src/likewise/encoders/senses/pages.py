"""Pages as images and questions about them to a vector for every token, compared by best matches: ColQwen2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, final

import numpy as np

from likewise.encoders._resolve import Found
from likewise.encoders.senses.towers import Towers
from likewise.encoders.text._multi_values import MultiEmbeddings
from likewise.types import Item, Role

__all__ = ["Pages"]


@final
class Pages:
    """Images and texts to a vector for every token, of a model made for it; `max_length` counts tokens of a text."""

    def __init__(
        self,
        found: Found,
        *,
        precision: str = "auto",
        max_length: int | None = None,
        threads: int | None = None,
        runtime: str = "openvino",
    ) -> None:
        self._towers = Towers(found, precision=precision, max_length=max_length, threads=threads, runtime=runtime)
        self.name = found.name
        self.space = replace(self._towers.space, pooling="multi")

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities of the items that it takes."""
        return self._towers.modalities

    def encode(
        self, items: Iterable[Any | Item], role: Role = "document", *, batch_size: int | None = None
    ) -> MultiEmbeddings:
        """Vectors of the tokens of every item, in the caller's order; plain contents get the ids "0", "1", ...

        An item that fails has no vectors and a report that says why. Raises InputError for arguments that cannot be
        meant.
        """
        values, reports = self._towers.outputs(items, "tokens", role=role, batch_size=batch_size)
        none = np.empty((0, self.space.dim), dtype=np.float32)
        vectors = tuple(none if value is None else value[value.any(axis=1)] for value in values)  # without padding
        return MultiEmbeddings(tuple(report.id for report in reports), vectors, self.space, reports)
