"""What `compress` measures on: vectors of a collection, of a file, or of texts, with questions and judgements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.apps._recorded import read_recorded
from likewise.apps._rows import Row
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.stores.sqlite import SQLite
from likewise.types import Role, Vectors

__all__ = ["Named", "by_group", "of_collection", "of_file", "of_texts", "read_judgements"]

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Named:
    """Vectors `(n, d)` float32 and what a judgement calls each row; `failed` rows are left out."""

    vectors: Vectors
    names: tuple[str, ...]
    kept_as: str = "float32"
    failed: int = 0


def of_collection(path: Path) -> Named:
    """The vectors of a collection's passages, each named by its item."""
    store = SQLite(path / "collection.sqlite", readonly=True)
    try:
        with store.reading() as connection:
            rows = connection.execute("SELECT id, item FROM passages ORDER BY row").fetchall()
        if not rows:
            raise InputError(f"{path} holds no passage to measure on")
        parts = [store.vectors([i for i, _ in rows[at : at + _AT_ONCE]]) for at in range(0, len(rows), _AT_ONCE)]
        vectors = np.concatenate([part.vectors for part in parts])
        space = store.packing.space
        return Named(vectors, tuple(item for _, item in rows), "float32" if space is None else space.vectors)
    finally:
        store.close()


def of_file(path: Path) -> Named:
    """The vectors of a file that `likewise embed` wrote, or of any .npy of floats `(n, d)`."""
    found = read_recorded(path)
    well = np.flatnonzero(np.isfinite(found.vectors).all(axis=1))
    return Named(found.vectors[well], tuple(found.ids[n] for n in well), failed=len(found.vectors) - len(well))


def of_texts(rows: Iterable[Row], encoder: Encoder, role: Role) -> Named:
    """The vectors of texts in a role, each named by the id of its row."""
    given = list(rows)
    texts = [row for row in given if not row.error]
    done = encoder.encode([row.text for row in texts], role)
    well = [n for n, report in enumerate(done.reports) if report.ok]
    return Named(done.vectors[well], tuple(texts[n].id for n in well), failed=len(given) - len(well))


def read_judgements(path: Path) -> dict[str, dict[str, float]]:
    """Judgements, query -> document -> gain, of a file in the form of BEIR (query, document, gain) or TREC (0 between).

    A first line that ends in no number is a header. Raises InputError with the line that is wrong.
    """
    found: dict[str, dict[str, float]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}): give lines of query, document and gain") from error
    for number, line in enumerate(lines, 1):
        words = line.split("\t") if "\t" in line else line.split()
        try:
            query, document, gain = words[0], words[-2], float(words[-1])
        except (ValueError, IndexError) as error:
            if number == 1 or not words:
                continue
            raise InputError(f"{path}, line {number}: {line[:60]!r} is no query, document and gain") from error
        if gain > 0:
            found.setdefault(query, {})[document] = gain
    return found


def by_group(
    names: Sequence[str], queries: Sequence[str], judgements: Mapping[str, Mapping[str, float]]
) -> tuple[list[int], list[dict[int, float]]]:
    """The group of each document, and for each query what is relevant, by group; a document unknown keeps its worth.

    Raises InputError where no query is judged, or no document that is relevant is known.
    """
    number = {name: n for n, name in enumerate(dict.fromkeys(names))}
    missing: dict[str, int] = {}
    gains = [
        {number[d] if d in number else missing.setdefault(d, -1 - len(missing)): g for d, g in row.items()}
        for row in (judgements.get(query, {}) for query in queries)
    ]
    if not any(group >= 0 for row in gains for group in row):
        raise InputError(
            "the judgements name no query and document that are here; queries are named by their id, or the number "
            "of their line from 0, documents too, and those of a collection by their item"
        )
    return [number[name] for name in names], gains
