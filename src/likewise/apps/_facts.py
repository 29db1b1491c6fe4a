"""What a use learned in one space, kept as a small JSON file that says what it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, final

from likewise.errors import InputError, SpaceError
from likewise.space import from_json, require, to_json
from likewise.types import Space

__all__ = ["Facts"]

_Made = TypeVar("_Made")


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """A kind of such files: the `form` that stands in them, what one is called, and the command that makes one."""

    form: str
    name: str
    command: str

    def check(self, space: Space, other: Space) -> None:
        """Raises SpaceError where what was learned in `space` says nothing of `other`."""
        try:
            require(space, other)
        except SpaceError as error:
            raise SpaceError(f"the {self.name} is of another space: {error}; make one with {self.command}") from error

    def save(self, path: str | os.PathLike[str], space: Space, facts: Mapping[str, Any]) -> None:
        """Write them as one line of JSON."""
        told = {"format": self.form, "space": json.loads(to_json(space)), **facts}
        Path(path).expanduser().write_text(json.dumps(told) + "\n", encoding="utf-8")

    def load(self, path: str | os.PathLike[str], make: Callable[[Space, dict[str, Any]], _Made]) -> _Made:
        """What `make` makes of a file. Raises InputError for one of another form, or of which nothing can be made."""
        file = Path(path).expanduser()
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(facts, dict) or facts.get("format") != self.form:
                raise ValueError(f"its format is not {self.form!r}")
            return make(from_json(json.dumps(facts["space"])), facts)
        except OSError as error:
            raise InputError(f"{file}: {error.strerror}; make one with {self.command}") from error
        except (ValueError, KeyError, TypeError, SpaceError) as error:
            raise InputError(f"{file} is no {self.name}: {error}; make one with {self.command}") from error
