"""Metadata as numpy columns, and filters over them: the same answer as `Filter.matches`, for all passages at once.

A column holds one code per passage; the distinct values are few or at least each looked at once, in the order of
Python's own comparison, so that 2**53 + 1 and 1.0 behave here as they do there.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.stores._vfound import Selection
from likewise.types import Scalar
from likewise.where import All, Compare, Either, Filter, In, Kind, Leaf, Missing, Node, Not, Search

__all__ = ["Allowed", "Bools", "Columns", "Rows"]

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
_REMEMBERED = 32
_KINDS: dict[type, Kind] = {str: "text", bool: "boolean", int: "number", float: "number"}
"""As `kind_of` says of values that are not missing, only faster."""


@dataclass(slots=True)
class _Column:
    """`codes` (n,) into `values`, 0 where missing; `terms` maps a term's id to its code; `possible` are their kinds."""

    codes: NDArray[np.int32]
    values: list[Scalar] = field(default_factory=lambda: [None])
    terms: dict[int, int] = field(default_factory=dict)
    possible: set[Kind] = field(default_factory=set)
    orders: dict[Kind, tuple[list[Any], NDArray[np.int64]]] = field(default_factory=dict)

    def order(self, kind: Kind) -> tuple[list[Any], NDArray[np.int64]]:
        """The values of one kind, ascending, and their codes."""
        if kind not in self.orders:
            values: list[Any] = self.values
            codes = [code for code, value in enumerate(values) if code and _KINDS[type(value)] == kind]
            codes.sort(key=values.__getitem__)
            self.orders[kind] = [values[code] for code in codes], np.array(codes, dtype=np.int64)
        return self.orders[kind]

    def kinds(self, alive: Bools) -> set[Kind]:
        """The kinds of the values that living passages hold."""
        if len(self.possible) == 1:
            return self.possible if np.any((self.codes != 0) & alive) else set()
        used = np.flatnonzero(np.bincount(self.codes[alive], minlength=1))
        return {_KINDS[type(self.values[code])] for code in used if code}


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rows that may answer: `mask` (n,) over all of them, `selection` over those in front that the index holds."""

    mask: Bools
    selection: Selection


@final
class Columns:
    """The columns of one growing run of passages, loaded at first use and grown with it; for several threads.

    `base` counts the rows in front that the index holds.
    """

    def __init__(self, base: int) -> None:
        self._base = base
        self._columns: dict[str, _Column] = {}
        self._answers: OrderedDict[tuple[int, Node | None], Allowed] = OrderedDict()
        self._newest = 0
        self._answering = Lock()
        self._loading = Lock()

    def allowed(
        self, connection: sqlite3.Connection, rows: Rows, alive: Bools, seq: int, where: Filter | None
    ) -> Allowed:
        """Which of `rows` (ascending, those of the state that `connection` sees and `seq` numbers) live and pass.

        FilterError where a field holds values, none of the type it is compared with.
        """
        key = seq, None if where is None else where.tree
        with self._answering:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        mask = alive if where is None else self._passing(connection, rows, alive, seq, where)
        answer = Allowed(mask, Selection(mask[: self._base]))
        with self._answering:
            self._answers[key] = answer
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return answer

    def _passing(self, connection: sqlite3.Connection, rows: Rows, alive: Bools, seq: int, where: Filter) -> Bools:
        with self._loading:
            if seq < self._newest:  # another thread has gone on: the columns may lack what was deleted meanwhile
                return Columns(self._base)._passing(connection, rows, alive, seq, where)
            self._newest = seq
            for name in where.fields:
                column = self._columns.get(name) or _Column(np.zeros(0, dtype=np.int32))
                if len(column.codes) < len(rows):
                    column = _grown(connection, column, rows, name)
                self._columns[name] = column
            columns = {name: self._columns[name] for name in where.fields}
        where.check({name: column.kinds(alive) for name, column in columns.items()})
        return _evaluate(where.tree, columns) & alive


def _grown(connection: sqlite3.Connection, column: _Column, rows: Rows, name: str) -> _Column:
    """The column with the passages of `rows` that it does not have yet."""
    new = rows[len(column.codes) :]
    found = connection.execute(
        "SELECT passage, term FROM facts WHERE field = (SELECT id FROM fields WHERE name = ?) AND passage >= ?",
        (name, int(new[0])),
    )
    pairs = np.fromiter(found, dtype=np.dtype((np.int64, 2)))
    codes = np.zeros(len(new), dtype=np.int32)
    values, terms, possible, orders = column.values, column.terms, column.possible, column.orders
    if len(pairs):
        distinct, inverse = np.unique(pairs[:, 1], return_inverse=True)
        fresh = [t for t in distinct.tolist() if t not in terms]
        if fresh:
            values, terms, orders = [*values], {**terms}, {}
            for term, value in _values(connection, fresh):
                terms[term] = len(values)
                values.append(value)
            possible = {_KINDS[type(value)] for value in values[1:]}
        codes[np.searchsorted(new, pairs[:, 0])] = np.array([terms[t] for t in distinct.tolist()])[inverse.ravel()]
    return _Column(np.concatenate([column.codes, codes]), values, terms, possible, orders)


def _values(connection: sqlite3.Connection, terms: list[int]) -> list[tuple[int, Scalar]]:
    found = connection.execute(
        "SELECT id, value FROM terms WHERE id BETWEEN ? AND ?", (min(terms), max(terms))
    ).fetchall()
    wanted = set(terms)
    found = [pair for pair in found if pair[0] in wanted]
    values = json.loads(f"[{','.join(value for _, value in found)}]")  # at once: many times faster than one by one
    return list(zip((term for term, _ in found), values, strict=True))


def _evaluate(node: Node, columns: dict[str, _Column]) -> Bools:
    match node:
        case Not():
            return ~_evaluate(node.node, columns)
        case All():
            return _joined(np.logical_and, node.nodes, columns)
        case Either():
            return _joined(np.logical_or, node.nodes, columns)
        case _:
            column = columns[node.field]
            return _accepted(node, column).take(column.codes, mode="clip")  # twice as fast as by index


def _joined(join: Callable[..., Bools], nodes: tuple[Node, ...], columns: dict[str, _Column]) -> Bools:
    result = _evaluate(nodes[0], columns)
    for node in nodes[1:]:
        result = join(result, _evaluate(node, columns))
    return result


def _accepted(leaf: Leaf, column: _Column) -> Bools:
    """For every distinct value of the column whether the leaf accepts it, (len(values),)."""
    match leaf:
        case Compare():
            accepted = np.zeros(len(column.values), dtype=np.bool_)
            accepted[_compared(leaf, column)] = True
        case In():
            accepted = np.zeros(len(column.values), dtype=np.bool_)
            values, codes = column.order(leaf.kind)
            accepted[codes] = leaf.without
            for value in leaf.values:
                accepted[codes[bisect_left(values, value) : bisect_right(values, value)]] = not leaf.without
        case Missing() | Search():
            accepted = np.fromiter((leaf.accepts(v) for v in column.values), dtype=np.bool_, count=len(column.values))
    return accepted


def _compared(leaf: Compare, column: _Column) -> NDArray[np.int64]:
    values, codes = column.order(leaf.kind)
    left, right = bisect_left(values, leaf.value), bisect_right(values, leaf.value)
    if leaf.op == "!=":
        return np.concatenate([codes[:left], codes[right:]])
    spans = {"=": (left, right), "<": (0, left), "<=": (0, right), ">": (right, None), ">=": (left, None)}
    return codes[slice(*spans[leaf.op])]
