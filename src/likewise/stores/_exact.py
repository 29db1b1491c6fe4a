"""The exact answer: cosines in double precision, rounded once, so that equal vectors tie wherever they lie."""

from __future__ import annotations

import numpy as np

from likewise.errors import InputError
from likewise.space import require
from likewise.stores._vfound import Bools, Found, Ids, top
from likewise.types import Embeddings, Passage, Space, Vectors

__all__ = ["asked", "checked", "nearest", "unit"]

_SLACK = 1e-5


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1, (n, dim); a zero row stays zero and is like nothing."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    norms[norms == 0.0] = 1.0
    scaled: Vectors = (vectors / norms[:, None]).astype(np.float32)
    return scaled


def _cosines(units: Vectors, query: Vectors) -> Vectors:
    """The cosine of every unit row (n, dim) with the unit query (dim,), (n,)."""
    scores: Vectors = (units.astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    return scores


def asked(query: Embeddings, k: int, space: Space | None) -> Vectors:
    """The one query vector, unit length, (dim,); InputError or SpaceError where it cannot be searched with."""
    if k < 1:
        raise InputError(f"k is {k}, wanted at least 1")
    if len(query) != 1:
        raise InputError(f"a search takes one query vector, {len(query)} were given; search once for each")
    if not query.reports[0].ok:
        raise InputError(f"the query could not be encoded: {query.reports[0].error}")
    if space is not None and space != query.space:
        require(space, query.space)
    wanted: Vectors = unit(query.vectors)[0]
    return wanted


def checked(passages: list[Passage], embeddings: Embeddings, kept: Space | None) -> None:
    """Raise where passages and vectors do not belong together, row by row, in a store that keeps the space `kept`."""
    if len(passages) != len(embeddings):
        raise InputError(f"{len(passages)} passages and {len(embeddings)} vectors; wanted one vector for each passage")
    if embeddings.failed:
        report = embeddings.failed[0]
        raise InputError(f"{report.id!r} could not be encoded ({report.error}); leave failed rows out")
    ids = [p.id for p in passages]
    if len(set(ids)) != len(ids):
        twice = next(i for n, i in enumerate(ids) if i in ids[:n])
        raise InputError(f"the passage id {twice!r} comes twice; ids are unique")
    for passage in passages:
        try:
            "\n".join((passage.id, passage.item, passage.text, passage.title, *passage.metadata)).encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"passage {passage.id!r} holds a lone surrogate, which no file can keep: mend the text with "
                "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
            ) from error
    if kept is not None and kept != embeddings.space:
        require(kept, embeddings.space, together=True)


def nearest(units: Vectors, ids: Ids, query: Vectors, k: int, allowed: Bools) -> Found:
    """The k allowed unit rows nearest to the unit query, exactly, ties by id."""
    at = np.flatnonzero(allowed)
    if not len(at):
        return Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), "exact", 0, 1.0)
    # gathering rows costs more than multiplying them once a fair share is wanted
    quick = (units @ query)[at] if 4 * len(at) > len(ids) else units[at] @ query
    near = at
    if k < len(at):  # single precision may swap near ties, so those are looked at again
        near = at[quick >= np.partition(quick, len(at) - k)[len(at) - k] - _SLACK]
    scores = _cosines(units[near], query)
    order = top(scores, ids[near], k)
    return Found(ids[near][order], scores[order], "exact", len(at), 1.0)
