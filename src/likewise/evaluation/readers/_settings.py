"""What is said of a task beside its data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, final

from likewise.errors import InputError
from likewise.evaluation._task import Task

__all__ = ["Settings"]

_KNOWN = {"name": str, "kind": str, "split": str, "own": bool, "note": str, "columns": dict, "options": dict}
_OPTIONS = ("fraction", "most", "draws", "size", "batch", "depth", "per_label", "rounds", "seed", "role")


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """How a task is to be read; "" where it is to be seen from the data."""

    name: str
    kind: str = ""
    split: str = ""
    own: bool = True
    note: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def notes(self, split: str) -> tuple[str, ...]:
        """What a reader of the score must know: what the task itself says, and a split other than test."""
        return (*((self.note,) if self.note else ()), *((f"split {split!r}",) if split != "test" else ()))

    def fitting(self, kind: type[Task]) -> dict[str, Any]:
        """The options, for a task of this kind. Raises InputError for one that it does not have."""
        there = [one.name for one in fields(kind) if one.name in _OPTIONS]  # type: ignore[arg-type]
        for name in self.options:
            if name not in there:
                known = ", ".join(there) or "none"
                raise InputError(f"{self.name}: {kind.kind} has no option {name!r}; it has {known}")
        return dict(self.options)

    @classmethod
    def of(cls, path: Path, kind: str | None, split: str | None) -> Self:
        """What `task.toml` says, under what the caller says. Raises InputError for a key that there is not."""
        file = path / "task.toml"
        said = _said(file) if path.is_dir() and file.is_file() else {}
        asked = {key: value for key, value in (("kind", kind), ("split", split)) if value}
        made: dict[str, Any] = {"name": path.name.partition(".")[0], **said, **asked}
        made["kind"] = made.get("kind", "").replace("-", "_")
        return cls(**made)


def _said(file: Path) -> dict[str, Any]:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is no TOML: {error}") from error
    for key, value in said.items():
        if key not in _KNOWN:
            raise InputError(f"{file}: there is no setting {key!r}; there are {', '.join(_KNOWN)}")
        if not isinstance(value, _KNOWN[key]):
            raise InputError(f"{file}: {key} is {value!r}, wanted a {_KNOWN[key].__name__}")
    return said
