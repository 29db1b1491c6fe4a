"""The report on smaller vectors: right where the answer is known, and refusing what cannot be measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.apps._measurable import by_group, of_collection, of_file, read_judgements
from likewise.apps.compress import compress
from likewise.collection import Collection
from likewise.errors import InputError
from likewise.metrics._interval import interval
from likewise.types import Item, Vectors
from tests.collection.numbered import Numbered


def vectors(count: int, dim: int = 48, seed: int = 0, tail: float = 0.1) -> Vectors:
    """Vectors whose first half of dimensions says nearly everything, as after training for truncation."""
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((count, dim))
    made[:, dim // 2 :] *= tail
    return made.astype(np.float32)


def test_every_way_is_measured_against_float32() -> None:
    found = compress(vectors(600), vectors(60, seed=1), dims=[48, 24, 12])
    ways = {(way.dim, way.kind, way.scoring): way for way in found.ways}
    assert len(ways) == len(found.ways) == 3 * 9
    first = ways[48, "float32", "query"]
    assert (first.recall.mean, first.recall.low, first.bytes, first.total) == (1.0, 1.0, 192, 192 * 600)
    assert ways[48, "int8", "query"].bytes == 48
    assert ways[48, "binary", "codes+int8"].bytes == 6 + 48
    for dim in (48, 24, 12):
        assert ways[dim, "float16", "query"].recall.mean > ways[dim, "float32", "query"].recall.mean - 0.01
        assert ways[dim, "int8", "query"].recall.mean > ways[dim, "float32", "query"].recall.mean - 0.03
        binary = [ways[dim, "binary", s].recall.mean for s in ("codes", "codes+query", "codes+int8")]
        assert binary == sorted(binary)
        assert binary[0] < binary[2]
    assert ways[24, "float32", "query"].recall.low > 0.75  # the tail says little
    assert ways[12, "float32", "query"].recall.high < 0.6
    assert all(way.recall.low <= way.recall.mean <= way.recall.high and way.milliseconds > 0 for way in found.ways)
    assert (found.documents, found.queries, found.held_out, found.ways[0].ndcg) == (600, 60, False, None)


def test_the_smallest_within_the_tolerance_is_named() -> None:
    def smallest(tolerance: float) -> tuple[int, str] | None:
        found = compress(vectors(600), vectors(60, seed=1), dims=[48, 24], tolerance=tolerance).smallest
        return None if found is None else (found.dim, found.kind)

    assert smallest(0.0) == (48, "float32")
    assert smallest(0.01) == (48, "float16")
    assert smallest(0.028) == (48, "int8")
    assert smallest(0.1) == (24, "int8")
    assert smallest(1.0) == (24, "binary")
    assert smallest(-1.0) is None


def test_judgements_give_ndcg_and_what_is_lost_of_it() -> None:
    documents, queries = vectors(300), vectors(40, seed=1)
    order = np.argsort(-(queries @ documents.T) / np.linalg.norm(documents, axis=1), axis=1)
    gains = [{int(row[0]): 2.0, int(row[1]): 1.0} for row in order]
    found = compress(documents, queries, gains=gains, dims=[48, 6], tolerance=0.05)
    first, last = found.ways[0], found.ways[-1]
    assert first.ndcg is not None
    assert first.ndcg.mean == pytest.approx(1.0)
    assert last.ndcg is not None
    assert last.ndcg_loss is not None
    assert last.ndcg_loss.mean == pytest.approx(1.0 - last.ndcg.mean)
    assert last.ndcg_loss.low > 0.05
    assert found.smallest is not None
    assert found.smallest.ndcg_loss is not None
    assert found.smallest.ndcg_loss.high <= 0.05
    # passages of one item count once, where the item first stands
    grouped = compress(documents, queries, gains=[{0: 1.0}] * 40, groups=[0] * 300, dims=[48])
    assert grouped.ways[0].ndcg is not None
    assert grouped.ways[0].ndcg.mean == 1.0


def test_queries_are_held_out_where_there_are_none() -> None:
    found = compress(vectors(500))
    assert (found.documents, found.queries, found.held_out) == (400, 100, True)
    assert [way.dim for way in found.ways][:: len(found.ways) // 4] == [48, 32, 16, 8]
    again = compress(vectors(500))
    assert [w.recall for w in again.ways] == [w.recall for w in found.ways]


def test_the_interval_holds_the_mean_of_all() -> None:
    rng = np.random.default_rng(0)
    held = sum((i := interval(rng.random(40), seed)).low <= 0.5 <= i.high for seed in range(200))
    assert 180 <= held <= 199


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"documents": vectors(20)}, "50 or more"),
        ({"documents": np.full((60, 4), np.nan, np.float32)}, "finite"),
        ({"documents": vectors(60), "queries": vectors(3, 8)}, r"\(3, 8\), wanted \(q, 48\)"),
        ({"documents": vectors(60), "queries": np.full((2, 48), np.inf, np.float32)}, "leave failed rows out"),
        ({"documents": vectors(60), "gains": [{0: 1.0}]}, "give both"),
        ({"documents": vectors(60), "queries": vectors(2), "groups": [1, 2]}, "2 groups for 60"),
        ({"documents": vectors(60), "dims": [0, 99]}, "1 to 48"),
        ({"documents": vectors(60), "k": 0}, "k is 0"),
    ],
)
def test_what_cannot_be_measured_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        compress(**arguments)


def test_vectors_of_a_collection_and_of_a_file(tmp_path: Path) -> None:
    with Collection(tmp_path / "c", Numbered(lambda _: None)) as collection:
        collection.add(Item("a", "apples and pears"), Item("b", "the sky"))
        found = of_collection(tmp_path / "c")
        np.testing.assert_array_equal(found.vectors, collection.encoder.encode(["apples and pears", "the sky"]).vectors)
    assert (found.names, found.kept_as) == (("a", "b"), "float32")
    rows = vectors(5)
    rows[2] = np.nan
    np.save(tmp_path / "v.npy", rows)
    assert (of_file(tmp_path / "v.npy").names, of_file(tmp_path / "v.npy").failed) == (("0", "1", "3", "4"), 1)


def test_judgements_are_read_in_both_forms(tmp_path: Path) -> None:
    (tmp_path / "beir.tsv").write_text("query-id\tcorpus-id\tscore\nq 1\td1\t1\nq 1\td2\t0\n")
    (tmp_path / "trec.txt").write_text("q1 0 d1 1\nq1 0 d3 2\n")
    assert read_judgements(tmp_path / "beir.tsv") == {"q 1": {"d1": 1.0}}
    assert read_judgements(tmp_path / "trec.txt") == {"q1": {"d1": 1.0, "d3": 2.0}}
    groups, gains = by_group(["d1", "d2", "d1"], ["q0", "q1"], {"q1": {"d1": 1.0, "gone": 2.0}})
    assert (groups, gains) == ([0, 1, 0], [{}, {0: 1.0, -1: 2.0}])
    with pytest.raises(InputError, match="name no query and document"):
        by_group(["d1"], ["q1"], {"q2": {"d1": 1.0}})
    (tmp_path / "bad.tsv").write_text("q1\td1\t1\nq1\td2\tmany\n")
    with pytest.raises(InputError, match="line 2"):
        read_judgements(tmp_path / "bad.tsv")
    with pytest.raises(InputError, match="cannot be read"):
        read_judgements(tmp_path / "none.tsv")
