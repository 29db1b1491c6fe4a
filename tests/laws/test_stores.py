"""Laws of stores: every one of them keeps what it is given, finds it, and refuses what it must."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import FilterError, InputError, SpaceError
from likewise.parts import find, names
from likewise.stores import Store
from likewise.stores._vectors import Sizes
from likewise.stores.memory import Memory
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Passage, Place, Report
from likewise.where import Filter, parse
from tests.laws.stored import DIM, MAKERS, OTHER, SPACE, StopError, embedded, ids, passages


@pytest.fixture(params=names("stores"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    assert issubclass(find("stores", request.param), Store)
    made = MAKERS[request.param](tmp_path)  # a new store joins the laws by a line in MAKERS
    yield made
    made.close()


def test_empty_store_answers_nothing(store: Store) -> None:
    assert (len(store), store.space, store.get(["x"]), store.delete(["x"])) == (0, None, [], 0)
    assert len(store.search(embedded(["q"]))) == len(store.search_text("anything")) == store.count(parse("a = 1")) == 0
    store.add([], embedded([]))
    assert store.space is None


def test_what_is_kept_comes_back_whole(store: Store) -> None:
    strange = {"größe": 2**80, "x y": -0.5, "t": True, "none": None, "s": "\ud800 'quoted\" \x00", "nan": math.nan}
    kept = Passage("id é", "item", "text\nwith 検索", "title", Place(1, 2, "page", 3, "name", 4, "a > b"), strange)
    store.add([kept], embedded(["v"]))
    (found,) = store.get(["nope", "id é"])
    assert replace(found, metadata={}) == replace(kept, metadata={})
    assert {k: repr(v) for k, v in found.metadata.items()} == {k: repr(v) for k, v in strange.items()}
    (hit,) = store.search(embedded(["v"]), 3)
    assert (hit.id, hit.item, hit.text, hit.title, hit.place) == ("id é", "item", kept.text, "title", kept.place)
    assert hit.score == pytest.approx(1.0)
    np.testing.assert_array_equal(store.vectors(["id é"]).vectors, embedded(["v"]).vectors)
    assert store.space == SPACE
    assert store.space.probe == b"probe"


def test_search_agrees_with_plain_numpy(store: Store) -> None:
    kept = embedded([f"p{n}" for n in range(50)])
    store.add(passages(50), kept)
    query = embedded(["q"], seed=9)
    cosines = kept.vectors @ query.vectors[0]
    cosines /= np.linalg.norm(kept.vectors, axis=1) * np.linalg.norm(query.vectors[0])
    hits = store.search(query, 7)
    assert ids(hits) == [f"p{n}" for n in np.argsort(-cosines)[:7]]
    assert [h.score for h in hits] == pytest.approx(sorted(cosines, reverse=True)[:7], abs=1e-6)


def test_equal_vectors_stand_in_the_order_they_were_added(store: Store) -> None:
    one = embedded(["a"])
    many = replace(one, ids=tuple("abcdefgh"), vectors=np.repeat(one.vectors, 8, 0), reports=one.reports * 8)
    store.add(passages(8), many)
    assert ids(store.search(one, 5)) == ["p0", "p1", "p2", "p3", "p4"]
    store.add(passages(1), one)  # replaced, so the latest
    assert ids(store.search(one, 8))[-1] == "p0"


def test_one_text_with_two_vectors_keeps_both(store: Store) -> None:
    pair = embedded(["a", "b"])
    store.add([Passage("a", "i", "same"), Passage("b", "i", "same")], pair)
    np.testing.assert_allclose(store.vectors(["b", "a"]).vectors, pair.vectors[::-1], atol=1e-6)


def test_replace_and_delete(store: Store) -> None:
    store.add(passages(5), embedded([f"p{n}" for n in range(5)]))
    store.add([Passage("p2", "new", "quite another")], embedded(["p2"], seed=3))
    assert len(store) == 5
    assert ids(store.search_text("another")) == ["p2"]
    assert "p2" not in ids(store.search_text("number"))
    assert store.delete(["p2", "p2", "nope", "p4"]) == 2
    assert sorted(ids(store.search(embedded(["q"]), 10))) == ["p0", "p1", "p3"]
    assert ids(store.search_text("another")) == []
    assert store.delete(f"p{n}" for n in range(5)) == 3
    assert store.space is None
    store.add([Passage("x", "i", "t")], embedded(["x"], space=OTHER))  # empty again, so any space may begin
    assert store.space == OTHER


def test_another_space_is_refused_by_both_names(store: Store) -> None:
    store.add(passages(1), embedded(["p0"]))
    with pytest.raises(SpaceError, match=r"tiny .*other "):
        store.add([Passage("x", "i", "t")], embedded(["x"], space=OTHER))
    with pytest.raises(SpaceError, match=r"tiny .*other "):
        store.search(embedded(["q"], space=OTHER))
    assert len(store) == 1


def test_an_equivalent_space_may_join(store: Store) -> None:
    probe = np.eye(DIM, dtype=np.float32)
    one = replace(SPACE, probe=probe.tobytes())
    other = replace(one, runtime="another", probe=(probe + np.float32(1e-5)).tobytes())
    store.add(passages(2), embedded(["p0", "p1"], space=one))
    store.add([Passage("x", "i", "word")], embedded(["x"], seed=1, space=other))
    assert store.space == one
    assert ids(store.search(embedded(["q"], seed=1, space=other), 1)) == ["x"]
    store.delete(["p0", "p1"])
    assert store.space == other


def test_bad_input_is_refused_and_changes_nothing(store: Store) -> None:
    store.add(passages(2), embedded(["p0", "p1"]))
    failed = Embeddings(("a",), np.full((1, DIM), np.nan, np.float32), SPACE, (Report("a", 0, 0, error="too odd"),))
    for wrong, vectors, reason in [
        (passages(2), embedded(["a"]), "one vector for each"),
        ([*passages(1), *passages(1)], embedded(["a", "b"]), "'p0' comes twice"),
        (passages(1), failed, "too odd"),
        ([Passage("x", "i", "a \ud800 b")], embedded(["x"]), "lone surrogate"),
    ]:
        with pytest.raises(InputError, match=reason):
            store.add(wrong, vectors)
    for k in (0, -1):
        with pytest.raises(InputError, match="at least 1"):
            store.search(embedded(["q"]), k)
        with pytest.raises(InputError, match="at least 1"):
            store.search_text("text", k)
    with pytest.raises(InputError, match="one query vector"):
        store.search(embedded(["a", "b"]))
    with pytest.raises(InputError, match="too odd"):
        store.search(failed)
    with pytest.raises(InputError, match="'nope'"):
        store.vectors(["p0", "nope"])
    with pytest.raises(FilterError, match="'n' holds number"):
        store.search(embedded(["q"]), 3, parse("n = 'x'"))
    assert len(store) == 2


def test_transactions_are_all_or_nothing(store: Store) -> None:
    store.add(passages(3), embedded(["p0", "p1", "p2"]))
    query = embedded(["q"])
    before = store.search(query, 9), store.search_text("number", 9), store.count(parse("n >= 0"))
    with pytest.raises(StopError), store.transaction():  # noqa: PT012 (what happens inside is the test)
        store.delete(["p1"])
        store.add([Passage("x", "i", "number x", metadata={"n": 7})], embedded(["x"]))
        assert sorted(ids(store.search(query, 9))) == ["p0", "p2", "x"]
        assert store.count(parse("n = 7")) == 1
        raise StopError
    assert (store.search(query, 9), store.search_text("number", 9), store.count(parse("n >= 0"))) == before
    with store.transaction():
        store.add([Passage("y", "i", "number y")], embedded(["y"]))
        with pytest.raises(StopError), store.transaction():  # noqa: PT012 (what happens inside is the test)
            store.delete(["p0", "y"])
            raise StopError
        store.delete(["p2"])
    assert sorted(ids(store.search(query, 9))) == ["p0", "p1", "y"]


@pytest.mark.parametrize(
    "query",
    [
        'AND OR NOT "',
        "NEAR(a b, 9)",
        "title: text",
        "tex*",
        "^text -number {x}",
        "'; DROP TABLE passages; --",
        "text'",
        "🎉",
    ],
)
def test_every_letter_of_a_text_query_is_data(store: Store, query: str) -> None:
    store.add(passages(3), embedded(["p0", "p1", "p2"]))
    assert len(store.search_text(query, 5)) in (0, 3)
    assert len(store.search_text(query + " number", 5)) == 3


def test_text_search_knows_words_of_many_kinds(store: Store) -> None:
    texts = [
        "She doesn't run",
        "running shoes",
        "full-text search",
        "東京都に住んでいます",
        "Crème brûlée",
        "한국어 검색엔진",
        "plain",
    ]
    store.add([Passage(str(n), "i", t) for n, t in enumerate(texts)], embedded([str(n) for n in range(7)]))
    for query, wanted in [("runs", ["0", "1"]), ("doesn't", ["0"]), ("full text", ["2"]), ("full-text", ["2"])]:
        assert sorted(ids(store.search_text(query))) == wanted
    for query, wanted in [
        ("東京", ["3"]),
        ("京", ["3"]),
        ("creme BRULEE", ["4"]),
        ("검색", ["5"]),
        ("", []),
        ("?!", []),
    ]:
        assert ids(store.search_text(query)) == wanted
    assert "6" in ids(store.search_text("plain " * 10_000))
    assert len(store.search_text(" ".join(f"word{n}" for n in range(10_000)))) == 0


def test_a_title_counts_more_than_the_text(store: Store) -> None:
    store.add([Passage("a", "i", "bridge", "road"), Passage("b", "i", "road", "bridge")], embedded(["a", "b"]))
    assert ids(store.search_text("bridge")) == ["b", "a"]


def test_both_rankings_are_made_one_by_rank(store: Store) -> None:
    one = embedded(["a"])
    near = replace(one, ids=tuple("abc"), vectors=np.repeat(one.vectors, 3, 0), reports=one.reports * 3)
    away = replace(one, vectors=-one.vectors)
    store.add([Passage(i, "i", "plain") for i in "abc"], near)
    store.add([Passage("d", "i", "bridge")], away)
    hits = store.search_both(one, "bridge", 3)  # by meaning a, b, c, d; by words d
    assert ids(hits) == ["d", "a", "b"]
    assert [h.score for h in hits] == pytest.approx([(1 / 64 + 1 / 61) / 2 * 61, 0.5, 61 / 62 / 2])
    assert hits.how == replace(store.search(one).how, way="hybrid")
    assert hits[0].text == "bridge"
    assert ids(store.search_both(one, "nothing", 9)) == ["a", "b", "c", "d"]
    for k in (0, -1):
        with pytest.raises(InputError, match="at least 1"):
            store.search_both(one, "bridge", k)


def test_filtered_search_finds_k_where_there_are_k(store: Store) -> None:
    store.add(passages(200), embedded([f"p{n}" for n in range(200)]))
    where = parse("n >= 190 and not n = 195")
    assert len(store.search(embedded(["q"]), 9, where)) == len(store.search_text("text number", 9, where)) == 9
    assert store.count(where) == 9


@pytest.mark.parametrize("where", [None, parse("n < 300"), parse("n >= 560"), parse("not n = 7")])
def test_a_compressed_index_finds_nearly_all_and_only_what_may_be_found(tmp_path: Path, where: Filter | None) -> None:
    store, memory = SQLite(tmp_path / "s.db"), Memory()
    kept = embedded([f"p{n}" for n in range(600)])
    for one in (store, memory):
        one.add(passages(600), kept)
    store.build_index(sizes=Sizes(codes=100))
    for one in (store, memory):
        one.delete([f"p{n}" for n in range(0, 600, 6)])
        one.add([Passage("new", "i", "word", metadata={"n": 0})], embedded(["new"], seed=1))
    shared = 0
    for seed in range(20):
        found, wanted = (one.search(embedded(["q"], seed), 10, where).hits for one in (store, memory))
        assert all(where is None or where.matches(hit.metadata) for hit in found)
        assert len(found) == len(wanted)
        assert {h.id for h in found} <= {h.id for h in memory.search(embedded(["q"], seed), 600, where)}
        shared += len({(h.id, h.score) for h in found} & {(h.id, h.score) for h in wanted})
    assert shared >= 0.9 * 20 * 10
    store.close()
    memory.close()


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_each_gives_everything_once_in_the_order_it_was_added(store: Store, batch_size: int) -> None:
    assert list(store.each()) == []
    kept = embedded([f"p{n}" for n in range(10)])
    store.add(passages(10), kept)
    store.add(passages(1), embedded(["p0"], seed=5))  # replaced, so the latest
    store.delete(["p4"])
    found = list(store.each(batch_size=batch_size))
    assert [p.id for some, _ in found for p in some] == [f"p{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9, 0)]
    assert all(e.ids == tuple(p.id for p in some) and e.space == SPACE for some, e in found)
    wanted = np.concatenate([kept.vectors[[1, 2, 3, 5, 6, 7, 8, 9]], embedded(["p0"], seed=5).vectors])
    np.testing.assert_array_equal(np.concatenate([e.vectors for _, e in found]), wanted)
    assert [p.id for some, _ in store.each(parse("n < 3"), batch_size) for p in some] == ["p1", "p2", "p0"]


def test_each_leaves_out_what_goes_meanwhile(store: Store) -> None:
    store.add(passages(6), embedded([f"p{n}" for n in range(6)]))
    going = store.each(batch_size=2)
    assert [p.id for p in next(going)[0]] == ["p0", "p1"]
    store.delete(["p2", "p4", "p5"])
    assert [[p.id for p in some] for some, _ in going] == [["p3"]]
