"""What a config.json says, read with errors that name the file and the setting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from likewise.errors import ModelError

__all__ = ["Facts"]

_MISSING: Any = object()


@final
class Facts:
    """Typed settings of one file; ModelError for what is missing without a default, or is of another kind."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self.path = path
        self._values = values
        self._theirs: Mapping[str, str] = {}

    def called(self, theirs: Mapping[str, str]) -> Facts:
        """The same settings, where some go by other names than those that they are asked for: ours to theirs."""
        facts = Facts(self.path, self._values)
        facts._theirs = theirs
        return facts

    def __contains__(self, name: str) -> bool:
        return self._values.get(self._key(name)) is not None

    def besides(self, usual: Mapping[str, Any]) -> Facts:
        """The same settings, and these where the file says nothing."""
        facts = Facts(self.path, {**usual, **{name: v for name, v in self._values.items() if v is not None}})
        facts._theirs = self._theirs
        return facts

    def given(self) -> Mapping[str, Any]:
        """Everything that the file says, as it is written there."""
        return self._values

    def integer(self, name: str, default: int = _MISSING, least: int = 1) -> int:
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self.wrong(name, "a whole number")
        if value < least:
            raise self.wrong(name, f"{least} or more")
        return int(value)

    def number(self, name: str, default: float = _MISSING) -> float:
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, "a number")
        return float(value)

    def text(self, name: str, default: str = _MISSING) -> str:
        value = self._get(name, default)
        if not isinstance(value, str):
            raise self.wrong(name, "a string")
        return value

    def flag(self, name: str, default: bool = _MISSING) -> bool:
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def pair(self, name: str, default: int = _MISSING) -> tuple[int, int]:
        """Height and width, written as one number for both or as a list."""
        value = self._get(name, default)
        sides = list(value) if isinstance(value, list | tuple) else [value, value]
        if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
            raise self.wrong(name, "a whole number above 0, or two of them")
        return sides[0], sides[1]

    def listed(self, name: str) -> list[Any]:
        """A list; empty where it is missing."""
        value = self._get(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, "a list")
        return value

    def words(self, name: str) -> list[str]:
        """A list of strings, also one that is written as one string with bars between; empty where it is missing."""
        value = self._get(name, [])
        listed = value.split("|") if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise self.wrong(name, "a list of strings")
        return listed

    def inside(self, name: str) -> Facts:
        """The settings under one name; none where it is missing."""
        value = self._get(name, {})
        if not isinstance(value, Mapping):
            raise self.wrong(name, "an object")
        return Facts(self.path, value)

    def split(self, total: str, parts: str) -> int:
        """How much of one setting each of another's gets: the width of a head."""
        whole, count = self.integer(total), self.integer(parts)
        if whole % count:
            raise ModelError(f"{self.path}: {total} {whole} cannot be shared by {parts} {count}")
        return whole // count

    def wrong(self, name: str, wanted: str) -> ModelError:
        """The error for a setting that cannot be used."""
        key = self._key(name)
        return ModelError(f"{self.path}: {key} is {self._values.get(key)!r}, wanted {wanted}. Fetch the model again")

    def only(self, expected: Mapping[str, object]) -> None:
        """Raise ModelError for a setting that is there and is another one: what it asks for is not written here."""
        for name, value in expected.items():
            if name in self and self._values[self._key(name)] != value:
                raise self.refused(name, json.dumps(value))

    def refused(self, name: str, only: str) -> ModelError:
        """The error for a setting that asks for what is not written here."""
        key = self._key(name)
        return ModelError(
            f"{self.path}: {key} is {self._values.get(key)!r}, and only {only} can be run here: take another model"
        )

    def _key(self, name: str) -> str:
        return self._theirs.get(name, name)

    def _get(self, name: str, default: Any) -> Any:
        value = self._values.get(self._key(name))
        if value is not None:
            return value
        if default is _MISSING:
            raise ModelError(f"{self.path} lacks {self._key(name)}: it is not whole. Fetch the model again")
        return default
