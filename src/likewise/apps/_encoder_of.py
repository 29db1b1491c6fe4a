"""The encoder that made the vectors of a source, to be asked for more in the same space."""

from __future__ import annotations

import os

from likewise.apps._points import Source, is_collection
from likewise.collection import Collection
from likewise.encoders import Encoder, load
from likewise.types import Space

__all__ = ["encoder_of"]


def encoder_of(source: Source, space: Space, model: str | os.PathLike[str] | Encoder | None = None) -> Encoder:
    """The encoder of `space`: as given, else the one that a collection remembers, else by the model's name.

    A name finds nothing for a model of one's own, whose place only its collection knows. Raises ModelError for a model
    that is not there.
    """
    if isinstance(model, Encoder):
        return model
    if model is not None:
        return load(model)
    if isinstance(source, Collection):
        return _kept(source, space) or load(space.model)
    if is_collection(source):
        with Collection(source) as collection:
            return _kept(collection, space) or load(space.model)
    return load(space.model)


def _kept(collection: Collection, space: Space) -> Encoder | None:
    """Texts first: the encoders of other kinds are loaded only where theirs is asked for."""
    if collection.encoder.space.id == space.id:
        return collection.encoder
    return next((encoder for encoder in collection.encoders.values() if encoder.space.id == space.id), None)
