"""Rows of tables to lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, final

from likewise.types import Part, Place

__all__ = ["Table", "flat", "parsed", "record"]

_DEEPEST = 64
_FIRST = 20
"""Rows that are looked at for a header."""


@final
class Table:
    """Rows of one table to parts: a header is found in the first full row that holds no numbers, if there is one."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._waiting: list[tuple[list[str], int]] = []
        self.header: list[str] | None = None

    def row(self, cells: list[str], number: int) -> Iterator[Part]:
        """The part of a row, once the header is known."""
        if not any(cells):
            return
        if self.header is not None:
            yield from self._part(cells, number)
            return
        self._waiting.append((cells, number))
        if len(self._waiting) == _FIRST:
            yield from self.rest()

    def rest(self) -> Iterator[Part]:
        """The parts of rows that waited for a header."""
        if self.header is not None:
            return
        waiting, self._waiting, self.header = self._waiting, [], []
        widest = max((sum(map(bool, cells)) for cells, _ in waiting), default=0)
        for at, (cells, _) in enumerate(waiting[:-1]):
            if sum(map(bool, cells)) * 2 > widest > 1:
                self.header = [] if any(map(_numeric, cells)) else waiting.pop(at)[0]
                break
        for cells, number in waiting:
            yield from self._part(cells, number)

    def _part(self, cells: list[str], number: int) -> Iterator[Part]:
        text = record(self.header or [], cells)
        yield Part(text, "record", Place(0, len(text), "row", number, self._name))


def _numeric(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def record(header: Sequence[str], cells: Sequence[object]) -> str:
    """`header: value; ...` of the cells that hold something."""
    pieces = []
    for at, cell in enumerate(cells):
        value = "" if cell is None else str(cell).strip()
        if value:
            name = header[at] if at < len(header) else ""
            pieces.append(f"{name}: {value}" if name else value)
    return "; ".join(pieces)


def parsed(text: str) -> Any:
    """A JSON value whose numbers stand as they are written, whatever their size; raises ValueError, RecursionError."""
    return json.loads(text, parse_int=str, parse_float=str)


def flat(value: object) -> str:
    """`path.to.key: value; ...` of a tree of dicts and lists, without recursion; deeper than 64 is left out."""
    return "; ".join(f"{path}: {leaf}" if path else leaf for path, leaf in _leaves(value))


def _leaves(value: object) -> Iterator[tuple[str, str]]:
    stack: list[tuple[str, object, int]] = [("", value, 0)]
    while stack:
        path, node, depth = stack.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(node, dict):
            below = [(f"{path}.{key}" if path else str(key), v, depth + 1) for key, v in node.items()]
            stack.extend(reversed(below))
        elif isinstance(node, (list, tuple)):
            if all(isinstance(v, (str, int, float, bool)) for v in node):
                yield path, ", ".join(str(v) for v in node)
            else:
                stack.extend((path, v, depth + 1) for v in reversed(node))
        elif node is not None and str(node).strip():
            yield path, str(node).strip()
