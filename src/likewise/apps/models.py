"""The models that likewise knows, filtered, and which of them are on this computer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from likewise.catalog import Entry, Kind, entries
from likewise.encoders._resolve import DEFAULT, present
from likewise.hub import snapshots

__all__ = ["models"]


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the catalogue; `path` is its folder on this computer, None where it would have to be fetched."""

    entry: Entry
    path: Path | None
    default: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a model must be: every one of `words` in its facts, a kind, a language, a size in megabytes, and so on.

    `licence` is looked for inside the licence. A size or licence that is not known does not pass a filter on it.
    """

    words: tuple[str, ...] = ()
    kind: Kind | None = None
    language: str | None = None
    max_size: float | None = None
    licence: str | None = None
    modality: str | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether a model is what is wanted."""
        told = " ".join([entry.id, entry.about, entry.kind, entry.architecture, entry.licence, entry.note]).lower()
        return (
            all(word.lower() in told for word in self.words)
            and self.kind in (None, entry.kind)
            and (self.modality is None or self.modality.lower() in re.findall(r"\w+", entry.modality.lower()))
            and (self.language is None or entry.speaks(self.language))
            and (self.max_size is None or 0 < entry.size <= self.max_size)
            and (self.licence is None or self.licence.lower() in entry.licence.lower())
        )


def models(
    words: Sequence[str] = (),
    *,
    kind: Kind | None = None,
    language: str | None = None,
    max_size: float | None = None,
    licence: str | None = None,
    here: bool = False,
    modality: str | None = None,
) -> tuple[Known, ...]:
    """The models of the catalogue that pass every filter: the default one, then those that are here, then by name.

    `language` is an ISO 639 code, `max_size` counts megabytes of weights; with `here` only what needs no network.
    `modality` is what it takes: text, image, audio, video, depth, thermal or motion.
    """
    wanted = Wanted(tuple(words), kind, language, max_size, licence, modality)
    known = [Known(entry, _place(entry), entry.id == DEFAULT) for entry in entries() if wanted.takes(entry)]
    kept = [model for model in known if model.path is not None or not here]
    return tuple(sorted(kept, key=lambda k: (not k.default, k.path is None, k.entry.name.lower())))


def _place(entry: Entry) -> Path | None:
    """Where a model is: a dense one as `load` wants it; of the others, whose layouts differ, any that has weights."""
    if entry.kind == "dense":
        return present(entry.id)
    return next((place for place in snapshots(entry.id) if any(place.rglob("*.safetensors"))), None)
