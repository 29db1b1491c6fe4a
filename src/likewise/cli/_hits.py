"""Printing hits: file, place, score and passage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from likewise.cli._output import Output

if TYPE_CHECKING:
    from likewise.types import Hit

__all__ = ["hit_facts", "print_hit"]


def hit_facts(hit: Hit) -> dict[str, Any]:
    """A hit as a program wants it."""
    return {
        "id": hit.id,
        "score": hit.score,
        "source": hit.item,
        "title": hit.title,
        "place": _place(hit),
        "text": hit.text,
        "metadata": dict(hit.metadata),
    } | ({"shelf": hit.shelf, "own": hit.own} if hit.shelf else {})


def _place(hit: Hit) -> dict[str, Any]:
    """Where a hit stands in its source, every fact by its name."""
    return {name: getattr(hit.place, name) for name in hit.place.__slots__}


def print_hit(number: int, hit: Hit, out: Output, mark: tuple[int, int] | None = None) -> None:
    """A hit as a person wants it, with its shelf and score there where there are several.

    `mark` are the characters of the passage to set off.
    """
    heading = f"  {hit.place.heading}" if hit.place.heading else ""
    place = f"  {hit.place}" if any(_place(hit).values()) else ""
    own = f"  {hit.shelf} {hit.own:.4f}" if hit.own is not None else ""
    out.line(f"{number}. {hit.item}{place}  score {hit.score:.4f}{own}{heading}")
    start = 0
    for line in hit.text.splitlines(keepends=True):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if text:
            out.line(f"   {text}", _moved(mark, 3 - start - indent, 3, 3 + len(text)))
        start += len(line)
    out.line()


def _moved(mark: tuple[int, int] | None, by: int, low: int, high: int) -> tuple[int, int] | None:
    """The part of a mark that lies on one printed line."""
    if mark is None:
        return None
    start, end = max(mark[0] + by, low), min(mark[1] + by, high)
    return (start, end) if start < end else None
