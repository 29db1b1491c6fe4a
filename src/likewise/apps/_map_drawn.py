"""A map that was drawn, and the files that it can become."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.metrics._interval import Interval
from likewise.projections import Near
from likewise.types import Points, Vectors

__all__ = ["Map", "kind_of"]

_KINDS: Final = (".html", ".png", ".csv", ".tsv", ".jsonl", ".parquet")
_NONE: Final = Interval(1.0, 1.0, 1.0)


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Map:
    """Points and where they lie `(n, 2)`; `placed (n,)` marks those that came onto a map that was there before.

    `near` holds the nearest by the vectors, `recall` what share of the true ones they are. `trust` and `kept` say how
    faithful the plane is: trustworthiness and the share of the `k` nearest that it keeps, over `looked` points, with
    95 % intervals.
    """

    points: Points
    plane: Vectors
    method: str
    near: Near
    placed: NDArray[np.bool_]
    recall: float = 1.0
    seed: int = 0
    k: int = 0
    trust: Interval = _NONE
    kept: Interval = _NONE
    looked: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        n = len(self.points)
        if self.plane.shape != (n, 2) or self.placed.shape != (n,) or len(self.near.rows) != n:
            raise InputError(f"{n} points and a plane {self.plane.shape} do not belong together")

    @property
    def faith(self) -> str:
        """How faithful the map is, on one line."""
        if not self.k:
            return f"{_SPELT.get(self.method, self.method)} of {len(self.points)} points"
        return (
            f"{_SPELT.get(self.method, self.method)}: trustworthiness {_told(self.trust)}, keeps "
            f"{100 * self.kept.mean:.0f} % of the {self.k} nearest"
        )

    def save(self, path: str | os.PathLike[str], *, title: str = "", colour: str = "") -> Path:
        """Write what the name's ending asks for, beside it first and then moved onto it; InputError where it cannot be.

        .html is a page that holds all it needs, .png a picture, .csv, .tsv and .jsonl a table; .parquet holds the
        vectors too, so that new items can be placed on the map later (`onto`). `colour` names a field.
        """
        target, suffix = Path(path).expanduser(), kind_of(path)
        beside = target.with_name(f"{target.name}.partial")
        try:
            self._write(beside, suffix, title or "Map", colour)
            beside.replace(target)
        except OSError as error:
            raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
        finally:
            beside.unlink(missing_ok=True)
        return target

    def _write(self, path: Path, suffix: str, title: str, colour: str) -> None:
        from likewise.apps import _map_html, _map_picture, _map_table

        if suffix == ".html":
            path.write_text(_map_html.page(self, title, colour), encoding="utf-8")
        elif suffix == ".png":
            _map_picture.picture(self, title, colour).save(path, "PNG")
        elif suffix == ".parquet":
            _map_table.write_parquet(self, path)
        else:
            _map_table.write_text(self, path, suffix)


def kind_of(path: str | os.PathLike[str]) -> str:
    """The ending of a file that a map can become, in small letters; InputError where it can become none such."""
    target = Path(path).expanduser()
    if target.suffix.lower() not in _KINDS:
        raise InputError(f"{target} is no kind of map: name one of {', '.join(_KINDS)}")
    return target.suffix.lower()


_SPELT: Final = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}


def _told(one: Interval) -> str:
    return f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f})"
