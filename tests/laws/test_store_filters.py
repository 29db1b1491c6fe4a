"""Laws of filters in stores: they mean what they say."""

from __future__ import annotations

import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.errors import FilterError
from likewise.parts import names
from likewise.stores import Store
from likewise.types import Passage
from likewise.where import All, Compare, Either, Filter, In, Missing, Node, Not, Search, kind_of
from tests.laws.stored import MAKERS, embedded, ids

KEYS = ["a", "b c", "`", "select", "ü", "'; --"]
VALUES: list[Any] = [
    None, math.nan, math.inf, -0.0, 0, 1, 1.0,
    True, False, 2**53, 2**53 + 1, float(2**53), 2**70, "", "a", "A", "B", "ß",
    "ab", "'\"", "\x00", "\udfff", "1", "true",
]  # fmt: skip
WANTED = [v for v in VALUES if kind_of(v) is not None]


def _compare(key: str, op: str, value: Any) -> Node:
    return Compare(key, "=" if isinstance(value, bool) and op[0] in "<>" else op, value, kind_of(value) or "text")


def _among(key: str, values: list[Any], without: bool) -> Node:
    kind = kind_of(values[0]) or "text"
    return In(key, tuple(v for v in values if kind_of(v) == kind), kind, without)


keys = st.sampled_from(KEYS)
leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(_compare, keys, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.sampled_from(WANTED)),
    st.builds(_among, keys, st.lists(st.sampled_from(WANTED), min_size=1, max_size=4), st.booleans()),
    st.builds(Search, keys, st.sampled_from(["contains", "starts with"]), st.sampled_from(["", "a", "SS", "'"])),
    st.builds(Missing, keys, st.booleans()),
)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda nodes: st.one_of(
        st.builds(Not, nodes),
        st.builds(All, st.lists(nodes, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(nodes, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
rows = st.lists(st.dictionaries(keys, st.sampled_from(VALUES), max_size=4), min_size=1, max_size=8)


@pytest.mark.parametrize("name", names("stores"))
@given(metadata=rows, more=rows, filters=st.lists(trees, min_size=8, max_size=24))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_filters_mean_what_they_say(name: str, metadata: list[Any], more: list[Any], filters: list[Node]) -> None:
    folder = Path(tempfile.mkdtemp())
    store = MAKERS[name](folder)
    try:
        kept: dict[str, dict[str, Any]] = {}
        for batch in (metadata, more):  # the second batch meets columns that are there already
            new = {str(n): row for n, row in enumerate(batch, len(kept))}
            store.add([Passage(i, "i", "word", metadata=row) for i, row in new.items()], embedded(list(new)))
            kept |= new
            if len(kept) > 3:
                store.delete(["1"])
                kept.pop("1", None)
            for tree in filters:
                _agrees(store, Filter(tree), kept)
    finally:
        store.close()
        shutil.rmtree(folder)


def _agrees(store: Store, where: Filter, kept: dict[str, dict[str, Any]]) -> None:
    kinds = {key: {k for row in kept.values() if (k := kind_of(row.get(key))) is not None} for key in KEYS}
    try:
        where.check(kinds)
    except FilterError:
        with pytest.raises(FilterError):
            store.count(where)
        return
    wanted = [i for i, row in kept.items() if where.matches(row)]
    assert store.count(where) == len(wanted)
    assert sorted(ids(store.search(embedded(["q"]), 99, where))) == sorted(wanted)
    assert sorted(ids(store.search_text("word", 99, where))) == sorted(wanted)
