"""Facts about known models, as data: one TOML file a family."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

__all__ = ["Entry", "entries", "find"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model that likewise can run. `size` counts megabytes to fetch, `prompts` are prefixes by role."""

    id: str
    about: str
    dim: int
    max_length: int
    pooling: str
    licence: str
    size: int
    modality: str = "text"
    languages: str = "en"
    prompts: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The id without its owner."""
        return self.id.rpartition("/")[2]


@cache
def entries() -> tuple[Entry, ...]:
    """Every known model, family by family."""
    found = []
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            found += [Entry(**facts) for facts in tomllib.loads(file.read_text(encoding="utf-8"))["model"]]
    return tuple(found)


def find(name: str) -> Entry | None:
    """The model with this id, or with this name where the owner is left out; case does not matter."""
    wanted = name.lower()
    return next((entry for entry in entries() if wanted in (entry.id.lower(), entry.name.lower())), None)
