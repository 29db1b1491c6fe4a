"""Labelled pairs and their cosines: same or not, read from a table, from a field of a source, or given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
    if source is None:
        sides, space = _encoded(pairs, model, roles)
    else:
        sides, space = _found(pairs, points(source, model=model))
    return _joined(pairs, sides, space)


def compared_by(found: Points, field: str, *, most: int = 50_000, seed: int = 0) -> Compared:
    """Pairs of one source: those with the same value of a metadata field match, others do not.

    Every matching pair and every other is taken, or `most` of each by chance. What has no value is left out and told.
    """
    values = [passage.metadata.get(field) for passage in found.passages]
    kept = [row for row, value in enumerate(values) if value not in (None, "")]
    if not kept:
        there = sorted({name for passage in found.passages for name in passage.metadata})
        raise InputError(f"nothing has a field {field!r} (fields: {', '.join(there) or 'none'})")
    _, units = np.unique([str(values[row]) for row in kept], return_inverse=True)
    a, b = _drawn(units, most, np.random.default_rng(seed))
    vectors = _units(found.embeddings.vectors[kept])
    ids = [found.passages[row].id for row in kept]
    cosines = np.concatenate([_cosines(vectors[a[at]], vectors[b[at]]) for at in _slices(len(a))])
    refused = [Report(p.id, 0, 0, error=f"it has no {field!r}") for p, v in zip(found.passages, values, strict=True)]
    return Compared(
        tuple((ids[i], ids[j]) for i, j in zip(a, b, strict=True)),
        cosines,
        units[a] == units[b],
        np.stack([units[a], units[b]], axis=1).astype(np.int64),
        found.embeddings.space,
        (*found.refused, *(r for r, v in zip(refused, values, strict=True) if v in (None, ""))),
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


_Sides = list[tuple[Vectors | None, Vectors | None, str]]


def _encoded(
    pairs: Sequence[Pair], model: str | os.PathLike[str] | Encoder | None, roles: tuple[Role, Role]
) -> tuple[_Sides, Space]:
    encoder = model if isinstance(model, Encoder) else load(model)
    by_role: dict[Role, dict[str, int]] = {role: {} for role in roles}
    for pair in pairs:
        for text, role in zip(pair[:2], roles, strict=True):
            by_role[role].setdefault(text, len(by_role[role]))
    made = {role: encoder.encode(list(known), role) for role, known in by_role.items()}
    sides: _Sides = []
    for pair in pairs:
        at = [by_role[role][text] for text, role in zip(pair[:2], roles, strict=True)]
        wrong = [made[role].reports[row].error for row, role in zip(at, roles, strict=True)]
        a, b = (made[role].vectors[row] for row, role in zip(at, roles, strict=True))
        sides.append((a, b, wrong[0] or wrong[1]))
    return sides, encoder.space


def _found(pairs: Sequence[Pair], source: Points) -> tuple[_Sides, Space]:
    vectors = source.embeddings.vectors
    own = {passage.id: row for row, passage in enumerate(source.passages)}
    items: dict[str, list[int]] = {}
    for row, passage in enumerate(source.passages):
        items.setdefault(passage.item, []).append(row)

    def of(name: str) -> Vectors | None:
        if name in own:
            one: Vectors = vectors[own[name]]
            return one
        mean: Vectors | None = _units(vectors[items[name]]).mean(axis=0) if name in items else None
        return mean

    sides: _Sides = []
    for left, right, _ in pairs:
        a, b = of(left), of(right)
        missing = left if a is None else right
        sides.append((a, b, f"the source has no {missing!r}" if a is None or b is None else ""))
    return sides, source.embeddings.space


def _joined(pairs: Sequence[Pair], sides: _Sides, space: Space) -> Compared:
    good = [at for at, (_, _, error) in enumerate(sides) if not error]
    refused = tuple(
        Report(f"row {at + 1}: {pairs[at][0]!r}, {pairs[at][1]!r}", 0, 0, error=side[2])
        for at, side in enumerate(sides)
        if side[2]
    )
    if not good:
        raise InputError(f"none of {len(pairs)} pairs can be compared: {refused[0].id}: {refused[0].error}")
    a, b = (np.array([sides[at][side] for at in good], dtype=np.float32) for side in (0, 1))
    return Compared(
        tuple(pairs[at][:2] for at in good),
        _cosines(_units(a), _units(b)),
        np.array([bool(pairs[at][2]) for at in good]),
        _drawn_from([pairs[at] for at in good]),
        space,
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


def _units(vectors: Vectors) -> Vectors:
    made: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-12))
    return made


def _cosines(a: Vectors, b: Vectors) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.clip(np.einsum("nd,nd->n", a, b, dtype=np.float64), -1, 1)
    return found


def _slices(n: int, size: int = 65_536) -> list[slice]:
    return [slice(at, at + size) for at in range(0, n, size)]
