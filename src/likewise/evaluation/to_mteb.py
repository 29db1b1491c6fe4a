"""Any encoder of likewise as a model of the package `mteb`, which can then run every task of its own with it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.encoders import Encoder
from likewise.errors import InputError, MissingLibrary
from likewise.evaluation._task import cosines, units
from likewise.parts import missing
from likewise.types import Item, Role, Sound, Vectors

__all__ = ["to_mteb"]


def to_mteb(encoder: Encoder) -> Any:
    """A model for `mteb.evaluate` (mteb 2), of texts, images or sounds, as the encoder knows them.

    What `mteb` asks as a query is encoded as one, all else as documents; vectors are compared by their cosine. What
    cannot be encoded becomes a row of zeros and a warning. Raises MissingLibrary where mteb is not installed.
    """
    try:
        from mteb.models.model_meta import ModelMeta
    except ModuleNotFoundError as error:
        if not missing(error):
            raise
        raise MissingLibrary(f"evaluation by mteb needs {missing(error)}") from error
    space = encoder.space
    name = encoder.name if encoder.name.count("/") == 1 else f"likewise/{Path(encoder.name).name}"
    facts = {"name": name, "revision": space.id, "embed_dim": space.dim, "max_tokens": space.max_length}
    return _Model(encoder, ModelMeta.create_empty(facts))


@final
class _Model:
    """What mteb calls an EncoderProtocol."""

    def __init__(self, encoder: Encoder, meta: Any) -> None:
        self._encoder = encoder
        self._meta = meta

    @property
    def mteb_model_meta(self) -> Any:
        return self._meta

    def encode(self, inputs: Iterable[Mapping[str, Any]], *, prompt_type: Any = None, **_: object) -> Vectors:
        """Vectors `(n, dim)` of batches as mteb's loaders give them: modality -> contents."""
        role: Role = "query" if getattr(prompt_type, "value", prompt_type) == "query" else "document"
        made = self._encoder.encode(list(_items(inputs, self._encoder.modalities)), role)
        if made.failed:
            first = made.failed[0]
            said = f"{len(made.failed)} of {len(made)} inputs could not be encoded, the first {first.id}: {first.error}"
            warnings.warn(said, stacklevel=2)
        kept: Vectors = np.where(np.isfinite(made.vectors), made.vectors, np.float32(0))
        return kept

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """The cosine of every row of one with every row of the other."""
        return units(np.asarray(embeddings1, np.float32)) @ units(np.asarray(embeddings2, np.float32)).T

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """The cosine of row i of both."""
        return cosines(np.asarray(embeddings1, np.float32), np.asarray(embeddings2, np.float32))


def _items(batches: Iterable[Mapping[str, Any]], modalities: Sequence[str]) -> Iterator[Item]:
    number = 0
    for batch in batches:
        known = [modality for modality in ("text", "image", "audio") if modality in batch]
        if len(known) != 1 or known[0] not in modalities:
            has = ", ".join(known) or "none that is known"
            raise InputError(
                f"the task gives {has} to one vector, and the encoder takes one of {', '.join(modalities)}"
            )
        for content in batch[known[0]]:
            yield Item(str(number), _content(content, known[0]), known[0])
            number += 1


def _content(content: Any, modality: str) -> object:
    """What mteb holds of an image (Pillow's) or a sound (its array and rate) as likewise holds it."""
    if modality == "image":
        return np.asarray(content.convert("RGB"))
    if modality == "audio":
        samples = np.asarray(content["array"], np.float32)
        return Sound(samples.mean(axis=0) if samples.ndim == 2 else samples, int(content["sampling_rate"]))
    return content
