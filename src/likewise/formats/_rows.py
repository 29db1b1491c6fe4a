"""Rows of tables to lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["flat", "record"]

_DEEPEST = 64


def record(header: Sequence[str], cells: Sequence[object]) -> str:
    """`header: value; ...` of the cells that hold something."""
    pieces = []
    for at, cell in enumerate(cells):
        value = "" if cell is None else str(cell).strip()
        if value:
            name = header[at] if at < len(header) else ""
            pieces.append(f"{name}: {value}" if name else value)
    return "; ".join(pieces)


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
