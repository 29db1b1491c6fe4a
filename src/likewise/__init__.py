"""likewise: find things by meaning, offline, on an ordinary CPU.

    c = likewise.Collection("notes.likewise")
    c.add("~/notes")
    c.search("how do I fix a leaky faucet", k=5)

Names are loaded when they are first asked for, so that `import likewise` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.collection import Collection
    from likewise.encoders import Encoder, load, load_multivector, load_reranker, load_sparse
    from likewise.errors import (
        CollectionError,
        FilterError,
        FormatError,
        InputError,
        LikewiseError,
        LockedError,
        MissingLibrary,
        ModelError,
        SpaceError,
        StorageError,
    )
    from likewise.types import Embeddings, Hit, Hits, Item, Passage, Place, Report, Space

    __version__: str

__all__ = [
    "Collection",
    "CollectionError",
    "Embeddings",
    "Encoder",
    "FilterError",
    "FormatError",
    "Hit",
    "Hits",
    "InputError",
    "Item",
    "LikewiseError",
    "LockedError",
    "MissingLibrary",
    "ModelError",
    "Passage",
    "Place",
    "Report",
    "Space",
    "SpaceError",
    "StorageError",
    "__version__",
    "load",
    "load_multivector",
    "load_reranker",
    "load_sparse",
]

_ENCODERS = ("Encoder", "load", "load_multivector", "load_reranker", "load_sparse")
_HOMES = (
    {"Collection": "collection"}
    | dict.fromkeys(_ENCODERS, "encoders")
    | dict.fromkeys(("Embeddings", "Hit", "Hits", "Item", "Passage", "Place", "Report", "Space"), "types")
)
"""Name -> the module that holds it; every other name is an error."""


def __getattr__(name: str) -> Any:
    import importlib

    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("likewise")
    elif name in __all__:
        value = getattr(importlib.import_module(f"likewise.{_HOMES.get(name, 'errors')}"), name)
    else:
        raise AttributeError(f"module 'likewise' has no name {name!r}; it has {', '.join(__all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
