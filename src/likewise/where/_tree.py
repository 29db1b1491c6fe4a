"""The meaning of a filter: the tree it is read into, and what passes it."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as also
from typing import Any, Literal, NoReturn

from likewise.errors import FilterError
from likewise.types import Metadata, Scalar

__all__ = [
    "ORDER",
    "RESERVED",
    "All",
    "Compare",
    "Either",
    "Filter",
    "In",
    "Kind",
    "Leaf",
    "Missing",
    "Node",
    "Not",
    "Search",
    "Value",
    "fail",
    "kind_of",
]

Kind = Literal["text", "number", "boolean"]
Value = str | int | float | bool

ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
RESERVED = frozenset({"and", "or", "not", "in", "is", "null", "true", "false"})


def kind_of(value: Scalar) -> Kind | None:
    """The type that a comparison sees; None and NaN are missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op value`."""

    field: str
    op: str
    value: Value
    kind: Kind  # part of the identity: 1 == True in Python, not here
    at: int = also(default=0, compare=False)

    def accepts(self, value: Scalar) -> bool:
        return kind_of(value) == self.kind and ORDER[self.op](value, self.value)

    def __str__(self) -> str:
        return f"{_name(self.field)} {self.op} {_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class In:
    """`field in (values)` or, with `without`, `field not in (values)`; the values are of one kind."""

    field: str
    values: tuple[Value, ...]
    kind: Kind
    without: bool = False
    at: int = also(default=0, compare=False)

    def accepts(self, value: Scalar) -> bool:
        return kind_of(value) == self.kind and (value in self.values) != self.without

    def __str__(self) -> str:
        word = "not in" if self.without else "in"
        return f"{_name(self.field)} {word} ({', '.join(_literal(v) for v in self.values)})"


@dataclass(frozen=True, slots=True)
class Search:
    """`field contains text` or `field starts with text`, whatever the case of the letters."""

    field: str
    op: Literal["contains", "starts with"]
    value: str
    at: int = also(default=0, compare=False)

    @property
    def kind(self) -> Kind:
        return "text"

    def accepts(self, value: Scalar) -> bool:
        if not isinstance(value, str):
            return False
        text, wanted = value.casefold(), self.value.casefold()
        return text.startswith(wanted) if self.op == "starts with" else wanted in text

    def __str__(self) -> str:
        return f"{_name(self.field)} {self.op} {_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Missing:
    """`field is null`, or `field is not null` with `without`."""

    field: str
    without: bool = False
    at: int = also(default=0, compare=False)

    @property
    def kind(self) -> None:
        return None

    def accepts(self, value: Scalar) -> bool:
        return (kind_of(value) is None) != self.without

    def __str__(self) -> str:
        return f"{_name(self.field)} is {'not ' if self.without else ''}null"


@dataclass(frozen=True, slots=True)
class Not:
    node: Node

    def __str__(self) -> str:
        return f"not ({self.node})"


@dataclass(frozen=True, slots=True)
class All:
    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(f"({n})" for n in self.nodes)


@dataclass(frozen=True, slots=True)
class Either:
    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(f"({n})" for n in self.nodes)


Leaf = Compare | In | Search | Missing
Node = Leaf | Not | All | Either


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read; equal to another when it means the same tree."""

    tree: Node
    text: str = also(default="", compare=False)

    def matches(self, metadata: Metadata) -> bool:
        """Whether something with this metadata passes: the meaning of the language."""
        return _matches(self.tree, metadata)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields it asks for."""
        return frozenset(leaf.field for leaf in _leaves(self.tree))

    def check(self, kinds: Mapping[str, Collection[Kind]]) -> None:
        """Raise FilterError where a field has values, as `kinds` tells, and none of the type it is compared with."""
        for leaf in _leaves(self.tree):
            found = kinds.get(leaf.field, ())
            if leaf.kind is not None and found and leaf.kind not in found:
                holds = " and ".join(sorted(found))
                fail(self.text or str(self), leaf.at, f"{leaf.field!r} holds {holds}, so compare it with {holds}, "
                      f"not with {leaf.kind}")  # fmt: skip

    def __str__(self) -> str:
        return self.text or str(self.tree)


def _matches(node: Node, metadata: Metadata) -> bool:
    match node:
        case Not():
            return not _matches(node.node, metadata)
        case All():
            return all(_matches(n, metadata) for n in node.nodes)
        case Either():
            return any(_matches(n, metadata) for n in node.nodes)
        case _:
            return node.accepts(metadata.get(node.field))


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case Not():
            yield from _leaves(node.node)
        case All() | Either():
            for child in node.nodes:
                yield from _leaves(child)
        case _:
            yield node


def _name(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) and name.lower() not in RESERVED
    return name if plain else "`" + name.replace("`", "``") + "`"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else repr(value)


def fail(text: str, at: int, wanted: str) -> NoReturn:
    """Raise FilterError with the text, a caret under the place and what was wanted there."""
    start = max(0, at - 60)
    shown = re.sub(r"[\x00-\x1f\x7f]", " ", text[start : at + 60])
    raise FilterError(f"the filter cannot be used: {wanted}\n  {shown}\n  {' ' * (at - start)}^")
