"""Labelled pairs and their cosines: same or not, read from a table, from a field of a source, or given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._field import field as of_field
from likewise.apps._normalized import normalized
from likewise.apps._points import Source, points
from likewise.apps._table import column, rows
from likewise.encoders import Encoder, load
from likewise.errors import InputError
from likewise.types import Points, Report, Role, Space, Vectors

__all__ = ["Compared", "Given", "Pair", "compared", "compared_by", "gathered", "pairs_of"]

Pair = tuple[str, str, bool | None]
"""The names (or texts) of the two sides, and whether they match; None where nobody said."""
Given = str | os.PathLike[str] | Iterable[Pair]

_LEFT: Final = ("a", "left", "query", "text1", "sentence1", "question1", "id1")
_RIGHT: Final = ("b", "right", "document", "text2", "sentence2", "question2", "id2")
_LABEL: Final = ("match", "label", "same", "is_duplicate")
_YES: Final = frozenset({"1", "1.0", "true", "yes", "y", "same", "match", "duplicate"})
_NO: Final = frozenset({"0", "0.0", "-1", "false", "no", "n", "different", "nonmatch", "distinct"})
_COMPONENTS: Final = 20
_LARGEST: Final = 0.1


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs with their cosines `(n,)` in a space; what could not be compared is in `refused`.

    `units` `(n, 2)` numbers what a pair was drawn from: pairs that share a unit are not independent of each other.
    """

    names: tuple[tuple[str, str], ...]
    cosines: NDArray[np.float64]
    matches: NDArray[np.bool_]
    units: NDArray[np.int64]
    space: Space
    refused: tuple[Report, ...] = ()

    def __len__(self) -> int:
        return len(self.names)


def pairs_of(given: Given, columns: Sequence[str | None] = (None, None, None), *, labelled: bool = True) -> list[Pair]:
    """The pairs of a table (columns a, b and match, or as named in `columns`), or those given.

    A label is 1 or 0, true or false, yes or no, same or different. Raises InputError with the row that cannot be read.
    """
    if not isinstance(given, str | os.PathLike):
        return list(given)
    path = os.fspath(given)
    table = rows(path)
    left, right = (column(table, columns[at], (_LEFT, _RIGHT)[at], path) for at in (0, 1))
    if not labelled:
        return [(row[left], row[right], None) for row in table]
    label = column(table, columns[2], _LABEL, path)
    return [(row[left], row[right], _said(row[label], f"{given}, row {at}")) for at, row in enumerate(table, 1)]


def gathered(
    pairs: Given | None,
    source: Source | None,
    by: str,
    model: str | os.PathLike[str] | Encoder | None,
    roles: tuple[Role, Role],
    columns: Sequence[str | None],
    seed: int,
) -> Compared:
    """Labelled pairs with their cosines: `pairs` of texts or of names in a source, or of a source by its field `by`."""
    if pairs is not None and not by:
        return compared(pairs_of(pairs, columns), source=source, model=model, roles=roles)
    if pairs is None and by and source is not None:
        return compared_by(points(source, model=model, per_item=True), by, seed=seed)
    raise InputError("give labelled pairs, or a source and the field by which its items match")


def compared(
    pairs: Sequence[Pair],
    *,
    source: Source | None = None,
    model: str | os.PathLike[str] | Encoder | None = None,
    roles: tuple[Role, Role] = ("document", "document"),
) -> Compared:
    """The cosines of pairs: of texts that the model encodes in these roles, or of what a source holds by these names.

    A name is that of a passage or of an item, whose pieces are averaged. Pairs with a side that has no vector are left
    out and told in `refused`. Raises InputError where no pair is left.
    """
    if not pairs:
        raise InputError("there are no pairs; give rows of two texts (or two ids) and whether they match")
    sides = _encoded(pairs, model, roles) if source is None else _found(pairs, points(source, model=model))
    return _joined(pairs, sides)


def compared_by(found: Points, field: str, *, most: int = 50_000, seed: int = 0) -> Compared:
    """Pairs of one source: those with the same value of a metadata field (or `folder`) match, others do not.

    Every matching pair and every other is taken, or `most` of each by chance. What has no value is left out and told.
    """
    values = [of_field(passage, field) for passage in found.passages]
    kept = [row for row, value in enumerate(values) if value not in (None, "")]
    if not kept:
        there = sorted({name for passage in found.passages for name in passage.metadata})
        raise InputError(f"nothing has a field {field!r} (fields: {', '.join(there) or 'none'})")
    _, units = np.unique([str(values[row]) for row in kept], return_inverse=True)
    a, b = _drawn(units, most, np.random.default_rng(seed))
    ids = [found.passages[row].id for row in kept]
    without = (p for p, value in zip(found.passages, values, strict=True) if value in (None, ""))
    return Compared(
        tuple((ids[i], ids[j]) for i, j in zip(a, b, strict=True)),
        _cosines(found.units[kept], np.stack([a, b], axis=1)),
        units[a] == units[b],
        np.stack([units[a], units[b]], axis=1).astype(np.int64),
        found.space,
        (*found.refused, *(Report(p.id, 0, 0, error=f"it has no {field!r}") for p in without)),
    )


def _said(label: str, where: str) -> bool:
    word = label.strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise InputError(f"{where}: the label {label!r} says neither same nor different; write 1 or 0")


def _drawn(units: NDArray[np.int64], most: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Rows of the two sides, a < b: all pairs that match and all that do not, or `most` of each by chance."""
    n = len(units)
    if n * (n - 1) // 2 <= 4 * most:
        a, b = np.triu_indices(n, 1)
    else:
        a, b = _some(units, most, rng)
    same = units[a] == units[b]
    if same.all() or not same.any():
        raise InputError("there are only matching pairs or none; give at least two values, one of them with two items")
    kinds = (np.flatnonzero(same), np.flatnonzero(~same))
    at = np.concatenate([k if len(k) <= most else np.sort(rng.choice(k, most, replace=False)) for k in kinds])
    return a[at], b[at]


def _some(units: NDArray[np.int64], most: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a source too large for all of them: within each value, and between any two."""
    pairs: set[tuple[int, int]] = set()
    groups = np.split(np.argsort(units, kind="stable"), np.cumsum(np.bincount(units))[:-1])
    sizes = np.array([len(g) * (len(g) - 1) / 2 for g in groups])
    if not sizes.any():
        raise InputError("no two items share a value, so no pair matches")
    for group, count in zip(groups, rng.multinomial(2 * most, sizes / sizes.sum()), strict=True):
        if count:
            i, j = group[rng.integers(len(group), size=(2, count))]
            pairs |= set(zip(np.minimum(i, j).tolist(), np.maximum(i, j).tolist(), strict=True))
    i, j = rng.integers(len(units), size=(2, 2 * most))
    pairs |= set(zip(np.minimum(i, j).tolist(), np.maximum(i, j).tolist(), strict=True))
    made = np.array(sorted(pair for pair in pairs if pair[0] != pair[1]), dtype=np.int64)
    return made[:, 0], made[:, 1]


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Unit vectors `(m, dim)`, for every pair the rows of its sides `(n, 2)`, and why it has none ("": it has)."""

    units: Vectors
    rows: NDArray[np.int64]
    errors: list[str]
    space: Space


def _encoded(pairs: Sequence[Pair], model: str | os.PathLike[str] | Encoder | None, roles: tuple[Role, Role]) -> _Sides:
    """Every text once for each role that it has."""
    encoder = model if isinstance(model, Encoder) else load(model)
    asked: dict[tuple[Role, str], int] = {}
    sides = [(pair[0], pair[1]) for pair in pairs]
    rows = [[asked.setdefault(one, len(asked)) for one in zip(roles, texts, strict=True)] for texts in sides]
    units = np.empty((len(asked), encoder.space.dim), np.float32)
    wrong = [""] * len(asked)
    for role in dict.fromkeys(roles):
        texts = {row: text for (told, text), row in asked.items() if told == role}
        made = encoder.encode(list(texts.values()), role)
        units[list(texts)] = normalized(made.vectors)
        for row, report in zip(texts, made.reports, strict=True):
            wrong[row] = report.error
    return _Sides(units, np.array(rows, np.int64), [wrong[a] or wrong[b] for a, b in rows], encoder.space)


def _found(pairs: Sequence[Pair], source: Points) -> _Sides:
    """What a source holds by these names: passages, or items as the mean of their pieces."""
    items: dict[str, list[int]] = {}
    for row, passage in enumerate(source.passages):
        items.setdefault(passage.item, []).append(row)
    places = {passage.id: row for row, passage in enumerate(source.passages)}
    units = source.units
    means: list[Vectors] = []
    for name in dict.fromkeys(name for pair in pairs for name in pair[:2]):
        if name not in places and name in items:
            places[name] = len(units) + len(means)
            means.append(units[items[name]].mean(axis=0))
    rows = [[places.get(name, -1) for name in pair[:2]] for pair in pairs]
    missing = [next((name for name in pair[:2] if name not in places), None) for pair in pairs]
    errors = ["" if name is None else f"the source has no {name!r}" for name in missing]
    every = np.concatenate([units, normalized(np.array(means, np.float32))]) if means else units
    return _Sides(every, np.array(rows, np.int64), errors, source.space)


def _joined(pairs: Sequence[Pair], sides: _Sides) -> Compared:
    good = [at for at, error in enumerate(sides.errors) if not error]
    refused = tuple(
        Report(f"row {at + 1}: {pairs[at][0]!r}, {pairs[at][1]!r}", 0, 0, error=error)
        for at, error in enumerate(sides.errors)
        if error
    )
    if not good:
        raise InputError(f"none of {len(pairs)} pairs can be compared: {refused[0].id}: {refused[0].error}")
    rows = sides.rows[good]
    return Compared(
        tuple(pairs[at][:2] for at in good),
        _cosines(sides.units, rows),
        np.array([bool(pairs[at][2]) for at in good]),
        _drawn_from([pairs[at] for at in good]),
        sides.space,
        refused,
    )


def _drawn_from(pairs: Sequence[Pair]) -> NDArray[np.int64]:
    """The units `(n, 2)` of pairs: what hangs together by shared sides, or each side where nearly all does."""
    names: dict[str, int] = {}
    sides = np.array([[names.setdefault(name, len(names)) for name in pair[:2]] for pair in pairs], dtype=np.int64)
    roots = list(range(len(names)))

    def root(at: int) -> int:
        while roots[at] != at:
            roots[at] = roots[roots[at]]
            at = roots[at]
        return at

    for i, j in sides.tolist():
        roots[root(i)] = root(j)
    _, part = np.unique([root(i) for i in sides[:, 0].tolist()], return_inverse=True)
    sizes = np.bincount(part)
    if len(sizes) >= _COMPONENTS and sizes.max() <= max(_LARGEST * len(pairs), 1):
        return np.stack([part, part], axis=1).astype(np.int64)
    return sides


def _cosines(units: Vectors, rows: NDArray[np.int64], block: int = 65_536) -> NDArray[np.float64]:
    """The cosines of rows `(n, 2)`, in bounded memory."""
    parts = [rows[at : at + block].T for at in range(0, len(rows), block)]
    found = [np.einsum("nd,nd->n", units[a], units[b], dtype=np.float64) for a, b in parts]
    joined: NDArray[np.float64] = np.clip(np.concatenate(found), -1, 1)
    return joined
