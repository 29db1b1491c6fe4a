"""The filter language: what it means, what it refuses and how it says so."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import FilterError, InputError
from likewise.types import Metadata, Scalar
from likewise.where import All, Compare, Either, Filter, In, Kind, Missing, Node, Not, Search, kind_of, parse

ROW: Metadata = {
    "year": 2021,
    "kind": "pdf",
    "size": 1.5,
    "open": True,
    "none": None,
    "nan": math.nan,
    "my field": "Bär",
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("year = 2021", True),
        ("year == 2021.0", True),
        ("year != 2021", False),
        ("year <> 2020", True),
        ("year < 2021", False),
        ("year <= 2021", True),
        ("year > 2020.5", True),
        ("year >= 2e3", True),
        ("year > -1", True),
        ("kind = 'pdf'", True),
        ('kind = "PDF"', False),
        ("kind < 'pdg'", True),
        ("kind in ('md', 'pdf')", True),
        ("kind not in ('md', 'pdf')", False),
        ("kind NOT IN ('md')", True),
        ("kind contains 'D'", True),
        ("kind starts with 'PD'", True),
        ("kind starts with 'd'", False),
        ("`my field` contains 'ÄR'", True),
        ("open = true", True),
        ("open != FALSE", True),
        ("open = 1", False),
        ("year = true", False),
        ("year = '2021'", False),
        ("year != '2021'", False),
        ("none = 1", False),
        ("absent != 1", False),
        ("absent not in (1)", False),
        ("not absent = 1", True),
        ("none is null", True),
        ("none = null", True),
        ("year != null", True),
        ("nan is null", True),
        ("nan != 1", False),
        ("absent is null", True),
        ("year is not null", True),
        ("year = 1 or kind = 'pdf' and size > 1", True),
        ("(year = 1 or kind = 'pdf') and size > 2", False),
        ("not not year = 2021", True),
        ("not (year = 2021) or size = 1.5", True),
    ],
)
def test_meaning(text: str, passes: bool) -> None:
    assert parse(text).matches(ROW) is passes


def test_quotes_are_doubled_inside() -> None:
    assert parse("a = 'it''s'").matches({"a": "it's"})
    assert parse('a = "say ""x"""').matches({"a": 'say "x"'})
    assert parse("`a``b` = 1").matches({"a`b": 1})
    assert parse("`and` = 1 and in_ = 2").fields == {"and", "in_"}


def test_whole_numbers_are_exact() -> None:
    assert not parse("n = 9007199254740993").matches({"n": 9007199254740992})
    assert not parse("n = 9007199254740993").matches({"n": 9007199254740992.0})
    assert parse("n < 1180591620717411303425").matches({"n": 2**70})


@pytest.mark.parametrize(
    ("text", "column", "wanted"),
    [
        ("", 0, "the name of a field"),
        ("year", 4, "=, !=, <"),
        ("year >", 6, "a number, text in quotes"),
        ("year >> 3", 6, "found '>'"),
        ("year = 'x", 7, "closing '"),
        ("(a = 1", 6, "`)`"),
        ("a = 1)", 5, "`and`, `or` or the end"),
        ("a in ()", 6, "a number"),
        ("a in 1", 5, "`(`"),
        ("a in (1, 'x')", 9, "of one type"),
        ("a in (null)", 6, "is null"),
        ("a = 1 b = 2", 6, "found 'b'"),
        ("a < null", 4, "is null"),
        ("a < true", 4, "only equal or not"),
        ("a contains 1", 11, "text in quotes"),
        ("a is 1", 5, "`null` or `not null`"),
        ("ä = 1", 0, "backquotes"),
        ("a = 1e999", 4, "too large"),
        ("a = 1; drop table passages", 5, "';' means nothing"),
        ("and = 1", 0, "name of a field"),
    ],
)
def test_errors_point_at_the_place(text: str, column: int, wanted: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    message, shown, caret = str(caught.value).split("\n")
    assert wanted in message
    assert shown == "  " + text
    assert caret.index("^") == 2 + column


@pytest.mark.parametrize(
    "text", ["(" * 500 + "a = 1" + ")" * 500, "not " * 500 + "a = 1", "a = 1 or " * 9_999 + "a = 1"]
)
def test_depth_and_length_are_bounded(text: str) -> None:
    with pytest.raises(FilterError, match=r"levels of|characters"):
        parse(text)


def test_many_terms_side_by_side_are_fine() -> None:
    assert parse(" or ".join(f"a = {n}" for n in range(1_000))).matches({"a": 999})


def test_type_mismatch_names_the_field_and_what_it_holds() -> None:
    where = parse("kind = 'pdf' and year >= '2020'")
    where.check({"kind": {"text"}})
    where.check({"kind": {"text"}, "year": {"number", "text"}})
    with pytest.raises(FilterError, match="'year' holds number, so compare it with number, not with text") as caught:
        where.check({"kind": {"text"}, "year": {"number"}})
    assert str(caught.value).endswith("\n" + " " * 19 + "^")
    assert isinstance(caught.value, InputError)


def test_filters_of_one_meaning_are_equal_and_types_keep_them_apart() -> None:
    assert parse("a=1") == parse(" a =  1 ")
    assert parse("a = 1") != parse("a = true")
    assert parse("a in (1)") != parse("a in (true)")
    assert len({parse("a = 0"), parse("a = false")}) == 2


names = st.text(min_size=1, max_size=5)
scalars: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=4), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans()
)


def _leaf(name: str, value: Any, op: str) -> Node:
    kind: Kind | None = kind_of(value)
    assert kind is not None
    if kind == "boolean" and op not in ("=", "!="):
        op = "="
    return Compare(name, op, value, kind)


def _list(name: str, values: list[Any], without: bool) -> Node:
    kind = kind_of(values[0])
    assert kind is not None
    return In(name, tuple(v for v in values if kind_of(v) == kind), kind, without)


leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(_leaf, names, scalars, st.sampled_from(["=", "!=", "<", "<=", ">", ">="])),
    st.builds(_list, names, st.lists(scalars, min_size=1, max_size=4), st.booleans()),
    st.builds(Search, names, st.sampled_from(["contains", "starts with"]), st.text(max_size=3)),
    st.builds(Missing, names, st.booleans()),
)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda nodes: st.one_of(
        st.builds(Not, nodes),
        st.builds(All, st.lists(nodes, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(nodes, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(trees)
@settings(max_examples=500, deadline=None)
def test_what_is_printed_reads_back_as_the_same_tree(tree: Node) -> None:
    assert parse(str(Filter(tree))).tree == tree


@given(st.text(max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused_with_a_caret(text: str) -> None:
    problem = ""
    try:
        parse(text)
    except FilterError as error:
        problem = str(error)
    assert not problem or problem.endswith("^")


@given(trees, st.dictionaries(names, st.one_of(st.none(), st.floats(), scalars), max_size=4))
@settings(max_examples=300, deadline=None)
def test_not_is_the_opposite_and_nothing_raises(tree: Node, row: dict[str, Scalar]) -> None:
    assert Filter(Not(tree)).matches(row) is not Filter(tree).matches(row)
