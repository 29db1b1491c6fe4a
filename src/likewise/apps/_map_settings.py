"""A projection by its name with settings of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from inspect import signature
from typing import Final

from likewise import parts
from likewise.errors import InputError
from likewise.projections import Projection

__all__ = ["settled"]

_BEST: Final = (("umap", "umap"), ("tsne", "openTSNE"))
"""Methods and their libraries, the better first."""


def settled(method: str = "", settings: Mapping[str, float | None] | None = None) -> Projection:
    """The projection of this name, or the first whose library is installed, PCA at last; None settings are its own.

    Raises InputError where it has no such setting, MissingLibrary where its library is not installed.
    """
    name = method or next((name for name, library in _BEST if find_spec(library)), "pca")
    kind = parts.find("projections", name)
    given = {key: value for key, value in (settings or {}).items() if value is not None}
    known = signature(kind).parameters
    for key in given:
        if key not in known:
            raise InputError(f"{name} has no setting {key!r}; it has {', '.join(known) or 'none'}")
    made: Projection = kind(**given)
    return made
