"""Facts about known models, as data: one TOML file a family, checked against their cards.

A file holds `[[model]]` tables and may hold a `[family]` table with what they share.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, get_args

from likewise.errors import InputError
from likewise.types import Role

__all__ = ["Entry", "Kind", "entries", "find"]

Kind = Literal["dense", "static", "sparse", "multi", "rerank"]
"""One vector a text by a network, or by a table of tokens; a weight a word; a vector a token; a score a pair."""

_LANGUAGES: Final = "_languages.toml"
_MANY: Final = "multi"


@dataclass(frozen=True, slots=True)
class Entry:
    """A known model. What its card does not say, or could not be checked, is left at the default.

    `licence` is an SPDX id, or the name of the model's own terms. `dim` counts dimensions of a vector (of each, for a
    vector a token; words of the vocabulary for sparse ones), `max_length` tokens of one input with the special ones
    (0 for a static model: any length), `size` megabytes of weights to fetch. `architecture` is the `model_type` of
    config.json; `pooling` and `normalize` say what a plain folder without modules.json does not. `prompts` are
    prefixes by role. `languages` are ISO 639 codes; "multi" stands for about a hundred that are not listed.
    `matryoshka` are the dimensions that its makers cut vectors to. With `remote_code` the folder names Python of its
    own; with `gated` the hub asks for consent first. `modality` names what it takes, with commas between. `seen` says
    that its own weights were run and compared with the reference, beside random ones in its layout.
    """

    id: str
    about: str
    kind: Kind
    licence: str = ""
    dim: int = 0
    max_length: int = 0
    size: int = 0
    architecture: str = ""
    pooling: str = ""
    normalize: bool | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    matryoshka: tuple[int, ...] = ()
    remote_code: bool = False
    gated: bool = False
    note: str = ""
    modality: str = "text"
    seen: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InputError(f"model {self.id}: kind {self.kind!r} is not known: take {', '.join(get_args(Kind))}")
        strange = set(self.prompts) - set(get_args(Role))
        if strange:
            raise InputError(f"model {self.id}: prompts for {sorted(strange)}: the roles are query and document")

    @property
    def name(self) -> str:
        """The id without its owner."""
        return self.id.rpartition("/")[2]

    def speaks(self, language: str) -> bool:
        """Whether it is made for a language, by its ISO 639 code; models of about a hundred languages say yes."""
        return language.lower() in self.languages or _MANY in self.languages


@cache
def entries() -> tuple[Entry, ...]:
    """Every known model, family by family."""
    folder = files(__name__)
    sets = tomllib.loads((folder / _LANGUAGES).read_text(encoding="utf-8"))
    families = sorted((f for f in folder.iterdir() if _is_family(f.name)), key=lambda file: file.name)
    return tuple(entry for file in families for entry in _family(file, sets))


def find(name: str) -> Entry | None:
    """The model with this id, or with this name where the owner is left out; case does not matter."""
    wanted = name.lower()
    return next((entry for entry in entries() if wanted in (entry.id.lower(), entry.name.lower())), None)


def _is_family(name: str) -> bool:
    return name.endswith(".toml") and not name.startswith("_")


def _family(file: Traversable, sets: Mapping[str, str]) -> list[Entry]:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return [_entry(tables.get("family", {}) | facts, sets) for facts in tables["model"]]


def _entry(facts: Mapping[str, Any], sets: Mapping[str, str]) -> Entry:
    spoken = str(facts.get("languages", "en"))
    more = {"languages": tuple(sets.get(spoken, spoken).split()), "matryoshka": tuple(facts.get("matryoshka", ()))}
    return Entry(**{**facts, **more})
