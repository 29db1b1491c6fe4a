"""Where the next part stands in an extracted text: offsets inside a unit, and the path of headings above."""

from __future__ import annotations

from typing import Literal, final

from likewise.types import Part, Place

__all__ = ["Flow"]

_GAP = 2
"""Characters between two parts: the text of a unit is its parts joined by a blank line."""


@final
class Flow:
    """Makes parts of one document, in reading order; `open` begins a new unit (page, slide, sheet, chapter)."""

    def __init__(self) -> None:
        self._unit: tuple[str, int | None, str] = ("", None, "")
        self._at = 0
        self._headings: list[tuple[int, str]] = []

    def open(self, unit: str, number: int, name: str = "") -> None:
        """Begin a unit; offsets start again, headings stay."""
        self._unit, self._at = (unit, number, name), 0

    def heading(self, text: str, level: int) -> Part:
        """A heading; it closes those of its level and below."""
        level = min(max(level, 1), 6)
        self._headings = [h for h in self._headings if h[0] < level]
        part = self._make(text, "heading", level)
        self._headings.append((level, " ".join(text.split())))
        return part

    def part(self, text: str, kind: Literal["paragraph", "code", "table", "record"] = "paragraph") -> Part:
        """Any other part."""
        return self._make(text, kind, 0)

    def record(self, text: str, unit: str, number: int) -> Part:
        """A thing of its own, whose offsets begin at 0."""
        return Part(text, "record", Place(0, len(text), unit, number, heading=self._path()))

    def _make(self, text: str, kind: Literal["paragraph", "heading", "code", "table", "record"], level: int) -> Part:
        unit, number, name = self._unit
        place = Place(self._at, self._at + len(text), unit, number, name, heading=self._path())
        self._at = place.end + _GAP
        return Part(text, kind, place, level)

    def _path(self) -> str:
        return " > ".join(title for _, title in self._headings)
