"""The vector index: every way of it against plain exact search, on data made to be awkward."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.errors import InputError
from likewise.stores._vectors import Found, Selection, Sizes, VectorIndex, merge
from likewise.stores._vplan import Depth, Planner
from likewise.types import Vectors

SMALL = Sizes(codes=1)
WAYS = ("exact", "quantised", "approximate")


def unit(rows: NDArray[np.float64]) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


def topics(count: int, dim: int, seed: int = 0) -> Vectors:
    """Rows around centres around centres, as texts lie: near ones share a topic, all fill every dimension."""
    rng = np.random.default_rng(seed)
    far = rng.normal(size=(8, dim))
    near = far[rng.integers(8, size=40)] + 0.8 * rng.normal(size=(40, dim))
    return unit(near[rng.integers(40, size=count)] + 0.7 * rng.normal(size=(count, dim)))


def ids_of(count: int) -> NDArray[np.int64]:
    return np.arange(count, dtype=np.int64) * 3 + 5


def build(path: Path, rows: Vectors, sizes: Sizes = SMALL, generation: str = "") -> VectorIndex:
    ids = ids_of(len(rows))
    batches = ((ids[i : i + 700], rows[i : i + 700]) for i in range(0, len(rows), 700))
    return VectorIndex.build(path, rows.shape[1], batches, sizes=sizes, generation=generation)


def probe(planner: Planner, way: Literal["quantised", "approximate"], k: int, lists: int, keep: int) -> Depth:
    """A depth that goes through so many lists and keeps so many codes, whatever was measured."""
    return Depth(way, 0.0, k, 0.95, 9.0, lists, 9.0, keep, (0.95,) * len(planner.plan.bands), 1.0)


def search(index: VectorIndex, way: str, query: Vectors, k: int, mask: NDArray[np.bool_] | None) -> Found:
    """A search that takes one way whatever the planner thinks; exact where that way says that it may not hold."""
    planner = index._planner
    assert planner is not None
    selection = None if mask is None else Selection(mask)
    if way == "exact":
        return index.search(query, k, selection, recall=1.0)
    lists = planner.codes.lists
    assert way in ("quantised", "approximate")
    depth = probe(planner, "quantised" if way == "quantised" else "approximate", k, lists, 4 * k)
    found = planner.by(depth, query, k, selection)
    assert found is not None or selection is not None
    return found or index.search(query, k, selection, recall=1.0)


def recalls(
    index: VectorIndex, rows: Vectors, queries: Vectors, masks: list[NDArray[np.bool_] | None], k: int
) -> tuple[float, float]:
    """Recall@k of the public search and what it says of it, with exact search made so dear that it comes last."""
    planner = index._planner
    assert planner is not None
    dear = Planner(planner.rows, planner.codes, replace(planner.plan, exact_micros=1e9))
    right, said = 0, 0.0
    for query, mask in zip(queries, masks, strict=True):
        cosines = rows @ query
        allowed = np.arange(len(rows)) if mask is None else np.flatnonzero(mask)
        truth = allowed[np.argsort(-cosines[allowed], kind="stable")[:k]]
        found = dear.search(query, k, None if mask is None else Selection(mask), 0.95)
        right += len(np.intersect1d(found.ids, ids_of(len(rows))[truth]))
        said += found.recall
    return right / (k * len(queries)), said / len(queries)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorIndex, Vectors, Vectors]:
    """An index of 4,000 rows with codes, its rows, and queries that are not among them."""
    rows = topics(4_200, 48)
    return build(tmp_path_factory.mktemp("index"), rows[:4_000]), rows[:4_000], rows[4_000:]


@pytest.mark.parametrize("dim", [3, 7, 96, 97, 100, 384, 1024])
def test_every_way_answers_with_allowed_rows_in_order_and_their_cosines(tmp_path: Path, dim: int) -> None:
    rows = topics(400, dim)
    index = build(tmp_path, rows)
    rng = np.random.default_rng(1)
    for way, share in product(WAYS, (1.0, 0.5, 0.02)):
        mask = rng.random(len(rows)) < share
        for query in topics(5, dim, seed=2):
            found = search(index, way, query, 20, mask)
            positions = index.positions(found.ids)
            assert found.way in (way, "exact")
            assert len(found) == len(set(found.ids.tolist())) <= min(20, mask.sum())
            assert mask[positions].all()
            assert (np.diff(found.scores) <= 0).all()
            np.testing.assert_allclose(found.scores, rows[positions] @ query, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_more_hits_than_rows_are_all_rows(made: tuple[VectorIndex, Vectors, Vectors], way: str) -> None:
    index, rows, queries = made
    mask = np.zeros(len(rows), np.bool_)
    mask[[7, 11, 3_999]] = True
    assert set(search(index, way, queries[0], 50, mask).ids.tolist()) == set(ids_of(len(rows))[mask].tolist())
    assert len(index.search(queries[0], 10_000)) == len(rows)


@pytest.mark.parametrize("k", [1, 10, 10_000])
def test_nothing_allowed_is_nothing_found(made: tuple[VectorIndex, Vectors, Vectors], k: int) -> None:
    index, rows, queries = made
    found = index.search(queries[0], k, np.zeros(len(rows), np.bool_))
    assert (len(found), found.ids.dtype.name, found.scores.dtype.name) == (0, "int64", "float32")


@pytest.mark.parametrize("share", [1.0, 0.97, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("k", [10, 30])
def test_recall_holds_under_filters(made: tuple[VectorIndex, Vectors, Vectors], share: float, k: int) -> None:
    index, rows, queries = made
    mask = None if share == 1.0 else np.random.default_rng(3).random(len(rows)) < share
    measured, said = recalls(index, rows, queries, [mask] * len(queries), k)
    assert measured >= 0.94
    assert said <= measured + 0.02


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_recall_holds_where_the_filter_leads_away_from_the_query(
    made: tuple[VectorIndex, Vectors, Vectors], share: float
) -> None:
    index, rows, queries = made
    cosines = queries @ rows.T
    masks: list[NDArray[np.bool_] | None] = [row < np.quantile(row, share) for row in cosines]
    assert recalls(index, rows, queries, masks, 10)[0] >= 0.92


def test_recall_holds_where_the_filter_leaves_one_topic(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, queries = made
    masks: list[NDArray[np.bool_] | None] = [rows @ rows[i] > 0.4 for i in range(len(queries))]
    assert recalls(index, rows, queries, masks, 5)[0] >= 0.94


def test_an_answer_says_what_was_measured(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, queries = made
    planner = index._planner
    assert planner is not None
    assert index.plan is not None
    assert index.plan.exact_micros > 0
    assert {depth.way for depth in index.plan.depths} == {"quantised", "approximate"}
    assert all(0 < recall <= 1 and depth.micros > 0 for depth in index.plan.depths for recall in depth.recalls)
    assert list(index.plan.bands) == sorted(index.plan.bands)
    dear = Planner(planner.rows, planner.codes, replace(index.plan, exact_micros=1e9))
    found = dear.search(queries[0], 10, None, 0.99)
    assert found.way != "exact"
    measured = [recall for depth in index.plan.depths if depth.target == 0.99 for recall in depth.recalls]
    assert min(measured) <= found.recall <= max(measured)
    assert found.scanned <= len(rows)
    exact = index.search(queries[0], 10, recall=1.0)
    assert (exact.way, exact.recall, exact.scanned) == ("exact", 1.0, len(rows))


def test_an_answer_says_less_of_a_question_far_from_all_rows(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, queries = made
    off = unit(np.random.default_rng(8).normal(size=queries.shape))
    for further in (0.0, 0.6, 1.2):
        asked = unit(queries + further * off)
        measured, said = recalls(index, rows, asked, [None] * len(asked), 10)
        assert said <= measured + 0.02, further


def test_recall_between_bands_is_in_proportion(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    planner = made[0]._planner
    assert planner is not None
    plan = replace(planner.plan, bands=(0.2, 0.6))
    depth = replace(probe(planner, "approximate", 10, 4, 40), recalls=(0.9, 1.0))
    said = [round(plan.recall(depth, nearest), 3) for nearest in (-1.0, 0.2, 0.3, 0.6, 0.9)]
    assert said == [0.9, 0.9, 0.925, 1.0, 1.0]


def test_more_codes_are_rescored_where_more_stand_close_together(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    planner = made[0]._planner
    assert planner is not None
    depth = replace(probe(planner, "approximate", 3, 4, 40), margin=0.1)
    assert depth.close(np.array([0.9, 0.8, 0.7, 0.61, 0.59, 0.1], np.float32)) == 4
    assert depth.close(np.array([0.9, 0.8, 0.7, 0.69, 0.68, 0.67], np.float32)) == 6
    assert depth.close(np.array([0.9, 0.2], np.float32)) == 2


def test_the_nearest_list_is_at_no_distance_and_later_ones_are_handicapped(
    made: tuple[VectorIndex, Vectors, Vectors],
) -> None:
    index, _, queries = made
    planner = index._planner
    assert planner is not None
    level = planner.codes.distances(np.full(8, 0.5, np.float32))
    assert level[0] == 0
    assert (np.diff(level) > 0).all()
    near = [len(planner.codes.within(queries[0], reach, planner.codes.lists)) for reach in (0.0, 0.1, 0.3, 9.0)]
    assert near == sorted(near)
    assert near[0] == 1
    assert near[-1] == planner.codes.lists


def test_a_cheap_exact_search_is_preferred(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, queries = made
    mask = np.zeros(len(rows), np.bool_)
    mask[:60] = True
    found = index.search(queries[0], 10, mask)
    assert (found.way, found.scanned, found.recall) == ("exact", 60, 1.0)


def test_a_filter_that_leads_away_is_not_trusted_to_the_nearest_lists(
    made: tuple[VectorIndex, Vectors, Vectors],
) -> None:
    index, rows, queries = made
    planner = index._planner
    assert planner is not None
    depth = probe(planner, "approximate", 10, 8, 40)
    cosines = rows @ queries[0]
    away = Selection(cosines < np.quantile(cosines, 0.05))
    chance = Selection(np.random.default_rng(0).random(len(rows)) < 0.5)
    assert planner.lists(depth, queries[0], away) is None
    assert planner.lists(depth, queries[0], chance) is not None


def test_hits_scattered_over_the_codes_kept_are_not_trusted(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, queries = made
    planner = index._planner
    assert planner is not None
    scan = probe(planner, "quantised", 10, planner.codes.lists, 40)
    chance = np.random.default_rng(0).random(len(rows)) < 0.5
    cut = [Selection(rows @ query < np.median(rows @ query)) for query in queries]
    trusted = [planner.by(scan, query, 10, Selection(chance)) is not None for query in queries]
    distrusted = [planner.by(scan, query, 10, selection) is None for query, selection in zip(queries, cut, strict=True)]
    assert np.mean(trusted) > 0.95
    assert np.mean(distrusted) > 0.6


def test_identical_rows_stand_by_id(tmp_path: Path) -> None:
    rows = topics(1_500, 24)
    rows[200:1_200] = rows[200]
    index = build(tmp_path, rows)
    for way in WAYS:
        found = search(index, way, rows[200], 1_200, None)
        same = found.ids[found.scores > 1 - 1e-6]
        assert len(same) == 1_000
        assert (np.diff(same) > 0).all()


def test_rows_equally_near_to_all_centroids_are_in_a_list(tmp_path: Path) -> None:
    """FAISS leaves such rows out of a fast scan."""
    rows = np.tile(np.eye(150, dtype=np.float32), (4, 1))
    rows[:5] = 0
    index = build(tmp_path, rows)
    planner = index._planner
    assert planner is not None
    assert (planner.codes.list_of >= 0).all()
    assert int(planner.codes.sizes.sum()) == len(planner.codes) == 600
    assert index.positions(index.search(rows[140], 4).ids).tolist() == [140, 290, 440, 590]


@pytest.mark.parametrize("count", [1, 2, 39, 45, 300])
def test_rows_without_variance(tmp_path: Path, count: int) -> None:
    rows = np.tile(unit(np.ones((1, 12))), (count, 1))
    index = build(tmp_path, rows)
    for mask in (None, np.arange(count) % 2 == 0):
        found = index.search(rows[0], 10, mask)
        assert len(found) == min(10, count if mask is None else int(mask.sum()))
        np.testing.assert_allclose(found.scores, 1, atol=1e-6)


def test_rows_of_zeros_are_near_to_nothing(tmp_path: Path) -> None:
    rows = topics(300, 8)
    rows[10:20] = 0
    index = build(tmp_path, rows)
    assert not np.isin(ids_of(300)[10:20], index.search(rows[0], 5).ids).any()
    assert index.search(np.zeros(8, np.float32), 5).scores.tolist() == [0] * 5


def test_an_empty_index(tmp_path: Path) -> None:
    index = VectorIndex.build(tmp_path, 5, [], sizes=SMALL)
    assert len(index) == 0
    assert len(index.search(np.ones(5, np.float32), 3)) == 0
    assert len(index.search(np.ones(5, np.float32), 3, np.zeros(0, np.bool_))) == 0
    assert index.positions(np.array([1, 2])).tolist() == []


def test_few_rows_are_searched_exactly_without_codes(tmp_path: Path) -> None:
    rows = topics(900, 16)
    index = build(tmp_path, rows, Sizes())
    assert index.plan is None
    query = topics(1, 16, seed=4)[0]
    found = index.search(query, 7)
    assert found.ids.tolist() == ids_of(900)[np.argsort(-(rows @ query))[:7]].tolist()


def test_ids_and_positions(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, _ = made
    assert index.positions(np.array([8, 5, 6, -1, 10**12, 11])).tolist() == [1, 0, 2]
    assert np.flatnonzero(index.mask(np.array([11, 7, 5]))).tolist() == [0, 2]
    assert (index.ids == ids_of(len(rows))).all()


def test_answers_are_the_same_from_many_threads_and_after_opening(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, rows, queries = made
    mask = np.random.default_rng(5).random(len(rows)) < 0.5
    alone = [index.search(query, 10, mask).ids.tolist() for query in queries]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda query: index.search(query, 10, Selection(mask)).ids.tolist(), queries)) == alone
    again = VectorIndex.open(index._directory)
    assert [again.search(query, 10, mask).ids.tolist() for query in queries] == alone


def test_merge_takes_the_best_of_both() -> None:
    first = Found(np.array([4, 9]), np.array([0.9, 0.3], np.float32), "approximate", 100, 0.96)
    second = Found(np.array([7, 2]), np.array([0.5, 0.3], np.float32), "exact", 2, 1.0)
    both = merge(first, second, 3)
    assert (both.ids.tolist(), both.way, both.scanned, both.recall) == ([4, 7, 2], "approximate", 102, 0.96)
    nothing = Found(np.empty(0, np.int64), np.empty(0, np.float32), "exact", 0, 1.0)
    assert merge(first, nothing, 3) is first
    assert merge(nothing, second, 3) is second


@pytest.mark.parametrize(
    ("ids", "rows", "says"),
    [
        ([1, 2], np.eye(3, 4), "2 ids"),
        ([1, 2, 3], np.eye(3, 5), "wanted"),
        ([1, 1, 2], np.eye(3, 4), "ascend"),
        ([3, 2, 5], np.eye(3, 4), "ascend"),
        ([1, 2, 3], 2 * np.eye(3, 4), "length 2"),
        ([1, 2, 3], np.full((3, 4), np.nan), "nan"),
        ([1, 2, 3], np.full((3, 4), np.inf), "inf"),
    ],
)
def test_bad_rows_are_refused(tmp_path: Path, ids: list[int], rows: NDArray[np.float64], says: str) -> None:
    with pytest.raises(InputError, match=says):
        VectorIndex.build(tmp_path, 4, [(np.array(ids), rows.astype(np.float32))])
    assert list(tmp_path.iterdir()) == []


def test_bad_questions_are_refused(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, _, queries = made
    query = queries[0]
    bad = query.copy()
    bad[3] = np.nan
    for wrong, says in (
        (lambda: index.search(query[:5], 3), r"shape \(5,\)"),
        (lambda: index.search(query[None], 3), "one vector"),
        (lambda: index.search(bad, 3), "NaN"),
        (lambda: index.search(query, 0), "k is 0"),
        (lambda: index.search(query, 3, recall=1.5), "recall is 1.5"),
        (lambda: index.search(query, 3, np.ones(7, np.bool_)), "7 positions"),
        (lambda: Selection(np.ones((2, 2), np.bool_)), "one bool"),
    ):
        with pytest.raises(InputError, match=says):
            wrong()


def test_the_length_of_a_query_does_not_matter(made: tuple[VectorIndex, Vectors, Vectors]) -> None:
    index, _, queries = made
    np.testing.assert_allclose(index.search(queries[0] * 7, 5).scores, index.search(queries[0], 5).scores, atol=1e-6)
