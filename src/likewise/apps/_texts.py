"""Texts to compare vectors on: the caller's own, or a built-in set of all lengths, scripts and oddities."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from likewise.errors import InputError
from likewise.types import Item

__all__ = ["Text", "built_in", "named"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the name that a report calls it by; `error` says why there is none."""

    id: str
    text: str = ""
    error: str = ""

    @property
    def shown(self) -> str:
        """Its beginning, on one line."""
        flat = " ".join(self.text[:200].split())
        return flat if len(flat) <= 60 else flat[:57] + "..."


@cache
def built_in() -> tuple[Text, ...]:
    """About a hundred texts: empty, one letter, 20,000 characters, every large script, code, numbers, emoji, controls.

    Many stand beside one of the same subject, so that neighbours have an order worth keeping.
    """
    lines = (files("likewise.encoders.text") / "_texts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(Text(row["id"], row["text"] * row.get("times", 1)) for row in rows)


def named(texts: Iterable[str | Item | Text]) -> tuple[Text, ...]:
    """Texts with names: an item's id, else the place in the order. Raises InputError for one string and for none."""
    if isinstance(texts, str | Item | Text):
        raise InputError(f"texts is one {type(texts).__name__}, wanted several: put it into a list")
    found = tuple(_named(i, text) for i, text in enumerate(texts))
    if not found:
        raise InputError("there are no texts to compare on: give some, or None for the built-in ones")
    return found


def _named(at: int, text: object) -> Text:
    if isinstance(text, Text):
        return text
    name, content = (text.id, text.content) if isinstance(text, Item) else (str(at), text)
    if isinstance(content, str):
        return Text(name, content)
    return Text(name, error=f"content is {type(content).__name__}, wanted str")
