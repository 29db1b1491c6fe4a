"""Two sides compared: what agrees, what does not and is named for it, and files of vectors as a side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from likewise.apps._rows import Row
from likewise.apps._sinks import open_sink
from likewise.apps._texts import Text, built_in
from likewise.apps.embed import embed
from likewise.apps.verify_model import verify_model
from likewise.encoders import load
from likewise.errors import InputError
from likewise.types import Item, Vectors
from tests.hashed import Hashed
from tests.tiny import tiny_model

TEXTS = [f"text number {i}" for i in range(40)]


def _only(wanted: str, change: Callable[[Vectors], Vectors]) -> Callable[[Vectors, Sequence[str]], Vectors]:
    """A change of the vector of one text."""

    def changed(vectors: Vectors, texts: Sequence[str]) -> Vectors:
        return np.array([change(v) if t == wanted else v for v, t in zip(vectors, texts, strict=True)])

    return changed


def test_a_model_agrees_with_itself() -> None:
    found = verify_model(Hashed(), Hashed())
    assert found.ok, found.problems
    assert found.compared == found.texts == len(built_in()) >= 100
    assert found.cosine is not None
    assert found.cosine.least == pytest.approx(1, abs=1e-12)
    assert found.ranks is not None
    assert (found.ranks.overlap, found.ranks.nearest, found.ranks.spearman) == pytest.approx((1, 1, 1))
    assert found.batches is not None
    assert found.batches.distance == pytest.approx(0, abs=1e-12)
    assert found.relation is not None
    assert found.relation.kind == "exact"
    assert not found.lost
    assert not found.extra


def test_two_models_do_not_agree() -> None:
    found = verify_model(Hashed(), Hashed(lambda vectors, _: np.abs(vectors)), TEXTS)
    assert not found.ok
    assert found.cosine is not None
    assert found.cosine.mean < 0.5
    assert found.ranks is not None
    assert found.ranks.overlap < 0.7
    assert ["least cosine" in found.problems[0], "mean cosine" in found.problems[1]] == [True, True]


def test_vectors_that_are_turned_keep_their_neighbours_and_are_others() -> None:
    found = verify_model(Hashed(), Hashed(lambda vectors, _: vectors[:, ::-1]), TEXTS)
    assert found.ranks is not None
    assert found.ranks.overlap == 1
    assert not found.ok


def test_the_worst_text_is_named() -> None:
    found = verify_model(Hashed(_only("text number 17", lambda v: v + 0.1)), Hashed(), TEXTS)
    assert (found.worst[0].id, found.worst[0].text) == ("17", "text number 17")
    assert found.cosine is not None
    assert found.worst[0].cosine == found.cosine.least < 0.9999
    assert [near.cosine for near in found.worst] == sorted(near.cosine for near in found.worst)
    assert found.cosine.median == pytest.approx(1)
    assert not found.ok
    assert "(17)" in found.problems[0]


@pytest.mark.parametrize(("precision", "ok"), [("fp32", False), ("bf16", True), ("int8", True), ("fp8", True)])
def test_the_tolerance_goes_with_the_precision(precision: str, ok: bool) -> None:
    def blurred(vectors: Vectors, _: Sequence[str]) -> Vectors:
        return (vectors * (1 + 0.02 * np.sign(np.sin(1000 * vectors)))).astype(np.float32)

    found = verify_model(Hashed(blurred, precision), Hashed(), TEXTS)
    assert found.cosine is not None
    assert 0.999 < found.cosine.least < 0.9999
    assert found.ok is ok
    assert not verify_model(Hashed(blurred, precision), Hashed(), TEXTS, tolerance={"least": 0.99999}).ok
    assert verify_model(Hashed(blurred, precision), Hashed(), TEXTS, tolerance={"least": 0.9, "mean": 0.9}).ok


def test_the_coarser_side_decides() -> None:
    assert verify_model(Hashed(), Hashed(precision="int8"), TEXTS).tolerance.least == 0.99
    assert verify_model(Hashed(precision="bf16"), Hashed(), TEXTS).tolerance.least == 0.999
    assert verify_model(Hashed(), Hashed(), TEXTS).tolerance.least == 0.9999


def test_a_vector_that_depends_on_its_batch_is_caught() -> None:
    def leaking(vectors: Vectors, texts: Sequence[str]) -> Vectors:
        scale = float(np.abs(vectors).max())  # one scale for the whole batch, as dynamic per-tensor int8 has
        return (np.round(vectors / scale * 15) * scale / 15).astype(np.float32)

    found = verify_model(Hashed(leaking, "int8"), Hashed(), TEXTS, tolerance={"least": 0, "mean": 0})
    assert found.batches is not None
    assert found.batches.distance > 1e-3
    assert found.batches.worst in {str(i) for i in range(40)}
    assert max(distance for _, distance in found.batches.batches) == found.batches.distance
    assert [problem for problem in found.problems if "with its batch" in problem] == list(found.problems)


def test_a_text_that_fails_in_company_is_caught() -> None:
    def shy(vectors: Vectors, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1 and texts[0] == "text number 3":
            raise RuntimeError("all alone")
        return vectors

    found = verify_model(Hashed(shy), Hashed(), TEXTS)
    assert found.batches is not None
    assert ("3", "alone: RuntimeError: all alone") in found.batches.failed
    assert any("company" in problem for problem in found.problems)


def test_what_fails_on_one_side_is_named_and_held_against_it() -> None:
    broken = Hashed(_only("text number 5", lambda v: v * np.nan))
    found = verify_model(broken, Hashed(), TEXTS)
    assert [(lost.id, lost.side) for lost in found.lost] == [("5", "model")]
    assert (found.compared, found.texts) == (39, 40)
    assert "1 of 40 texts could not be compared (5)" in found.problems
    found = verify_model(Hashed(), broken, TEXTS)
    assert [(lost.id, lost.side) for lost in found.lost] == [("5", "reference")]
    assert not found.ok


def test_what_fails_on_both_sides_is_told_only() -> None:
    broken = Hashed(_only("text number 5", lambda v: v * np.nan))
    found = verify_model(broken, broken, TEXTS)
    assert [(lost.id, lost.side) for lost in found.lost] == [("5", "both")]
    assert found.ok


def test_nothing_compared_is_no_agreement() -> None:
    broken = Hashed(lambda vectors, _: vectors * np.nan)
    found = verify_model(broken, broken, TEXTS)
    assert (found.compared, found.cosine, found.ranks, found.batches) == (0, None, None, None)
    assert found.problems == ("no text could be compared",)


def test_dimensions_that_differ_have_neighbours_and_no_cosine() -> None:
    found = verify_model(Hashed(), Hashed(dim=12), TEXTS)
    assert (found.cosine, found.worst) == (None, ())
    assert found.ranks is not None
    assert found.problems == ("vectors of 8 and of 12 dimensions have no cosine",)


def test_an_overlap_can_be_asked_for() -> None:
    wide = {"least": -1.0, "mean": -1.0}
    assert verify_model(Hashed(), Hashed(lambda v, _: np.abs(v)), TEXTS, tolerance=wide).ok
    found = verify_model(Hashed(), Hashed(lambda v, _: np.abs(v)), TEXTS, tolerance=wide | {"overlap": 0.9})
    assert ["overlap" in problem for problem in found.problems] == [True]


def test_few_texts() -> None:
    found = verify_model(Hashed(), Hashed(), ["one"])
    assert (found.ok, found.ranks) == (True, None)
    assert verify_model(Hashed(), Hashed(), ["one", "two", "three"]).ranks is not None
    many = verify_model(Hashed(), Hashed(), [f"text {i}" for i in range(600)])
    assert many.ranks is not None
    assert many.batches is not None
    assert (many.compared, many.ranks.texts, many.batches.texts) == (600, 512, 256)


def test_tokens_that_differ_are_counted(tiny: Path) -> None:
    texts = ["short", "much longer than the others " * 3, "so long that both cut it " * 40]
    found = verify_model(load(tiny, max_length=24), load(tiny), texts)
    lengths = found.lengths
    assert (lengths.told, lengths.seen_differ, lengths.used_differ) == (3, 0, 2)
    assert (lengths.cut, lengths.cut_by_reference, lengths.differing) == (2, 1, ("1", "2"))
    assert found.relation is not None
    assert found.relation.kind == "incompatible"


def test_a_model_by_its_folder_is_compared_with_itself(tiny: Path) -> None:
    found = verify_model(tiny, precisions=("fp32", "fp32"))
    assert found.ok, found.problems
    assert found.model == found.reference
    other = tiny_model(tiny.parent / "other", seed=1)
    assert not verify_model(tiny, other, TEXTS, precisions=("fp32", "fp32")).ok


def test_the_role_is_the_one_asked_for(tmp_path: Path) -> None:
    bare = tiny_model(tmp_path / "bare")
    prompted = tiny_model(tmp_path / "prompted", prompts={"query": "find this now "})
    assert verify_model(bare, prompted, TEXTS, role="document", precisions=("fp32", "fp32")).ok
    assert not verify_model(bare, prompted, TEXTS, role="query", precisions=("fp32", "fp32")).ok


def _written(path: Path, encoder: Hashed, rows: Sequence[Row]) -> Path:
    with open_sink(path, encoder.space) as sink:
        embed(rows, encoder, sink)
    return path


@pytest.mark.parametrize("suffix", ["npy", "parquet", "jsonl"])
def test_a_file_of_vectors_is_a_side(suffix: str, tmp_path: Path) -> None:
    file = _written(tmp_path / f"out.{suffix}", Hashed(), [Row(i + 1, str(i), t) for i, t in enumerate(TEXTS)])
    found = verify_model(Hashed(), file, TEXTS)
    assert found.ok, found.problems
    assert found.compared == 40
    assert found.relation is not None
    assert found.relation.kind == "exact"
    assert found.lengths.told == (0 if suffix == "npy" else 40)
    turned = verify_model(file, Hashed(lambda v, _: v + 1), TEXTS)
    assert (turned.ok, turned.batches) == (False, None)


@pytest.mark.parametrize("suffix", ["npy", "parquet", "jsonl"])
def test_rows_that_failed_are_paired_rightly(suffix: str, tmp_path: Path) -> None:
    rows = [Row(i + 1, str(i), t, "unreadable" if i == 4 else "") for i, t in enumerate(TEXTS)]
    file = _written(tmp_path / f"out.{suffix}", Hashed(), rows)
    found = verify_model(Hashed(), file, TEXTS)
    assert [(lost.id, lost.side) for lost in found.lost] == [("4", "reference")]
    assert found.cosine is not None
    assert found.cosine.least == pytest.approx(1)


def test_rows_are_paired_by_id_whatever_their_order(tmp_path: Path) -> None:
    rows = [Row(i + 1, f"id-{i}", text) for i, text in enumerate(TEXTS)]
    file = _written(tmp_path / "out.parquet", Hashed(), rows[::-1])
    items = [Item(row.id, row.text) for row in rows]
    assert verify_model(Hashed(), file, items).ok
    found = verify_model(Hashed(), file, items[:-1])
    assert (found.extra, found.compared) == (("id-39",), 39)
    assert found.problems == ("1 vectors belong to none of the texts (id-39)",)
    found = verify_model(Hashed(), file, [*items, Item("new", "one more")])
    assert [(lost.id, lost.why) for lost in found.lost] == [("new", "the file holds no vector for it")]


def test_rows_without_ids_in_common_are_paired_by_order(tmp_path: Path) -> None:
    file = _written(tmp_path / "out.jsonl", Hashed(), [Row(i, f"id-{i}", text) for i, text in enumerate(TEXTS)])
    assert verify_model(Hashed(), file, TEXTS).ok
    with pytest.raises(InputError, match="40 vectors for 39 texts"):
        verify_model(Hashed(), file, TEXTS[:-1])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", b""),
        ("a.npy", b"\x93NUMPY nonsense"),
        ("a.parquet", b"PAR1"),
        ("a.jsonl", b"{"),
        ("a.jsonl", b"[1, 2]\n"),
        ("a.jsonl", b'{"id": "0", "embedding": [1, 2]}\n{"id": "1", "embedding": [1]}\n'),
        ("a.jsonl", b'{"id": "0", "embedding": "many"}\n'),
        ("a.jsonl", b""),
        ("a.jsonl", b"\xff\xfe\n"),
    ],
)
def test_a_file_that_holds_no_vectors_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        verify_model(Hashed(), tmp_path / name, ["x"])


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="pickle"):
        verify_model(Hashed(), tmp_path / "a.npy", ["x"])


def test_infinity_in_a_file_is_no_vector(tmp_path: Path) -> None:
    vectors = Hashed().encode(TEXTS).vectors
    vectors[7, 3] = np.inf
    np.save(tmp_path / "a.npy", vectors)
    found = verify_model(Hashed(), tmp_path / "a.npy", TEXTS)
    assert [(lost.id, lost.side) for lost in found.lost] == [("7", "reference")]
    assert found.relation is None


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="say what to compare it with"):
        verify_model(Hashed())
    with pytest.raises(InputError, match="say what to compare it with"):
        verify_model(tmp_path / "a.npy")
    with pytest.raises(InputError, match="put it into a list"):
        verify_model(Hashed(), Hashed(), "one text")
    with pytest.raises(InputError, match="no texts"):
        verify_model(Hashed(), Hashed(), [])
    with pytest.raises(InputError, match="tolerance lest is not known: take least"):
        verify_model(Hashed(), Hashed(), TEXTS, tolerance={"lest": 1})
    with pytest.raises(InputError, match="least=nan"):
        verify_model(Hashed(), Hashed(), TEXTS, tolerance={"least": float("nan")})


def test_a_text_that_is_none_is_told() -> None:
    found = verify_model(Hashed(), Hashed(), ["one", Item("two", 2), Text("three", error="line 3: not UTF-8")])
    assert [(lost.id, lost.side, lost.why) for lost in found.lost] == [
        ("two", "text", "content is int, wanted str"),
        ("three", "text", "line 3: not UTF-8"),
    ]
    assert not found.ok


def test_the_built_in_texts_are_of_all_kinds() -> None:
    texts = {text.id: text.text for text in built_in()}
    assert len(texts) == len(built_in()) >= 100
    assert texts["empty"] == ""
    assert len(texts["long"]) > 15_000
    everything = "".join(texts.values())
    for first, last in ("\u0590\u05ff", "\u0600\u06ff", "\u0900\u097f", "\u4e00\u9fff", "\uac00\ud7af", "😀🙏"):
        assert any(first <= character <= last for character in everything)
    assert {"\0", "\u200b", "\u202e", "\x1b"} <= set(everything)
    assert sum(len(text) < 100 for text in texts.values()) > 50
