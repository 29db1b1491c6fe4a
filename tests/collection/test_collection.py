"""A collection from its first file to its last: what goes in, what comes out, what is told."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from likewise.collection import Collection, Progress
from likewise.collection.lock import holder, writing
from likewise.encoders import Encoder, load
from likewise.errors import CollectionError, FilterError, InputError, LockedError, SpaceError
from likewise.types import Item
from tests.collection.forked import ended, forked
from tests.tiny import tiny_model


def _age(folder: Path) -> None:
    """Make every file old enough that its time tells a change."""
    for file in folder.rglob("*"):
        os.utime(file, (1_600_000_000, 1_600_000_000))


def test_a_folder_is_found_by_meaning_and_by_words(collection: Collection, notes: Path) -> None:
    receipt = collection.add(notes)
    assert (receipt.added, receipt.refused) == (3, ())
    for mode in ("hybrid", "dense", "text"):
        best = collection.search("stop the leak of the tap", k=3, mode=mode)[0]
        assert best.item == str(notes / "tap.txt")
        assert best.text == (notes / "tap.txt").read_text()
        assert best.metadata["kind"] == "text"
    assert collection.search("leak").how.way == "hybrid"
    assert collection.search("bread", where='kind = "markdown"')[0].place.heading.startswith("Bread")


def test_a_hit_opens_at_its_place(collection: Collection, tmp_path: Path) -> None:
    text = "\n\n".join(
        f"Paragraph {n} tells about {word} and more of it." for n, word in enumerate(("tea", "rain") * 80)
    )
    (tmp_path / "long.txt").write_text(text)
    collection.add(tmp_path / "long.txt")
    hits = collection.search("paragraph 77 rain", k=50)
    assert len(hits) > 3
    for hit in hits:
        assert text[hit.place.start : hit.place.end] == hit.text


def test_nothing_unchanged_is_read_or_encoded_again(collection: Collection, notes: Path) -> None:
    first = collection.add(notes)
    assert first.encoded == first.passages > 0
    again = collection.add(notes)
    assert (again.added, again.changed, again.unchanged, again.encoded) == (0, 0, 3, 0)
    _age(notes)
    assert collection.sync().unchanged == 3
    assert collection.sync().unchanged == 3


def test_sync_takes_up_what_changed_and_drops_what_vanished(collection: Collection, notes: Path) -> None:
    _age(notes)
    collection.add(notes)
    (notes / "stars.txt").write_text("Saturn has rings.")
    (notes / "tap.txt").unlink()
    (notes / "new.txt").write_text("Whales sing.")
    receipt = collection.sync()
    assert (receipt.added, receipt.changed, receipt.removed, receipt.unchanged) == (1, 1, 1, 1)
    assert {h.item for h in collection.search("the", k=50, mode="dense")} == {
        str(notes / n) for n in ("stars.txt", "new.txt", "deep/bread.md")
    }
    assert not collection.search("jupiter", mode="text")
    assert collection.verify().ok


def test_a_renamed_file_is_not_encoded_again(collection: Collection, notes: Path) -> None:
    collection.add(notes)
    (notes / "tap.txt").rename(notes / "faucet.txt")
    receipt = collection.sync()
    assert (receipt.added, receipt.removed, receipt.encoded) == (1, 1, 0)


def test_a_missing_root_removes_nothing(collection: Collection, notes: Path) -> None:
    collection.add(notes)
    notes.rename(notes.with_name("elsewhere"))
    receipt = collection.sync()
    assert receipt.removed == 0
    assert [r.reason for r in receipt.refused] == ["vanished"]
    assert len(collection) > 0


def test_a_single_file_that_vanished_is_removed(collection: Collection, notes: Path) -> None:
    collection.add(notes / "tap.txt", notes / "stars.txt")
    (notes / "tap.txt").unlink()
    assert collection.sync().removed == 1
    assert [e.id for e in collection.items()] == [str(notes / "stars.txt")]


def test_a_bad_file_costs_one_row(collection: Collection, notes: Path) -> None:
    (notes / "empty.txt").touch()
    (notes / "broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    (notes / "noise.txt").write_bytes(np.random.default_rng(0).bytes(5000))
    receipt = collection.add(notes)
    assert receipt.added == 3
    assert {(Path(r.source).name, r.reason) for r in receipt.refused} == {
        ("empty.txt", "empty"),
        ("broken.pdf", "damaged"),
        ("noise.txt", "binary"),
    }
    assert {e.id: e.state for e in collection.items()}[str(notes / "empty.txt")] == "refused"
    (notes / "empty.txt").write_text("No longer empty.")
    assert collection.sync().added == 1


def test_an_empty_folder_is_said_to_be_empty(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert [(w.source, w.reason) for w in collection.add(tmp_path / "none").warnings] == [
        (str(tmp_path / "none"), "empty")
    ]


def test_a_file_that_went_bad_keeps_its_older_version(collection: Collection, notes: Path) -> None:
    collection.add(notes)
    (notes / "tap.txt").write_bytes(b"")
    receipt = collection.sync()
    assert [(Path(r.source).name, r.reason) for r in receipt.refused] == [("tap.txt", "empty")]
    assert collection.search("washer", mode="text")
    assert {e.state for e in collection.items()} == {"kept", "stale"}
    (notes / "tap.txt").write_text("A new tap.")
    assert collection.sync().changed == 1
    assert not collection.search("washer", mode="text")


def test_items_carry_metadata_and_are_replaced_by_id(collection: Collection) -> None:
    collection.add(Item("a", "Red apples", metadata={"year": 2019}), Item("b", "Green pears", metadata={"year": 2022}))
    assert [h.item for h in collection.search("fruit", where="year >= 2020")] == ["b"]
    again = collection.add(Item("a", "Blue plums", metadata={"year": 2019}))
    assert again.changed == 1
    assert collection.search("plums", mode="text")[0].id == "a#1"
    assert not collection.search("apples", mode="text")
    assert collection.add([Item("a", "Blue plums", metadata={"year": 2021})]).changed == 1
    assert collection.search("plums", where="year = 2021", mode="text")


def test_items_that_cannot_go_in_are_reported(collection: Collection) -> None:
    receipt = collection.add(
        [Item("a", "first"), Item("a", "second"), Item("n", 5), Item("e", " "), Item("s", "lone \ud800 half")]
    )
    assert [(r.source, r.reason) for r in receipt.refused] == [
        ("a", "duplicate_id"),
        ("n", "unsupported"),
        ("e", "empty"),
    ]
    assert receipt.added == 2
    assert collection.search("first", mode="text")[0].text == "first"
    assert collection.verify().ok


def test_delete_forgets_for_good(collection: Collection, notes: Path) -> None:
    collection.add(notes)
    assert collection.delete(str(notes / "tap.txt"), "unknown") == 1
    assert all("tap.txt" not in h.item for h in collection.search("tap washer leak", k=50))
    assert collection.verify().ok


def test_similar_leaves_the_item_itself_out(collection: Collection, notes: Path, tmp_path: Path) -> None:
    collection.add(notes)
    hits = collection.similar(notes / "stars.txt", k=10)
    assert hits
    assert all(h.item != str(notes / "stars.txt") for h in hits)
    (tmp_path / "planets.txt").write_text("Jupiter has moons. Jupiter is a planet.")
    assert collection.similar(tmp_path / "planets.txt", k=1)[0].item == str(notes / "stars.txt")
    with pytest.raises(InputError, match=r"nowhere\.txt"):
        collection.similar("nowhere.txt")


def test_per_item_caps_the_passages_of_one_item(collection: Collection) -> None:
    long = "\n\n".join(f"The river number {n} flows to the sea and the river is long." for n in range(120))
    collection.add(Item("long", long), Item("short", "A river."), Item("other", "A desk."))
    assert [h.item for h in collection.search("the river", k=9, mode="dense")].count("long") > 5
    for mode in ("hybrid", "dense"):
        capped = collection.search("the river", k=4, mode=mode, per_item=2)
        assert sorted(h.item for h in capped) == ["long", "long", "other", "short"]


def test_progress_acknowledges_what_is_kept(collection: Collection, notes: Path) -> None:
    steps: list[Progress] = []
    collection.add(notes, progress=steps.append)
    assert {i for s in steps for i in s.kept} == {e.id for e in collection.items()}
    assert steps[-1].total is None or steps[-1].done <= steps[-1].total


def test_questions_that_cannot_be_answered_say_why(collection: Collection, notes: Path) -> None:
    with pytest.raises(CollectionError, match="likewise add"):
        collection.search("x")
    collection.add(notes)
    for bad in ({"k": 0}, {"query": "  "}, {"mode": "fuzzy"}, {"per_item": 0}):
        with pytest.raises(InputError):
            collection.search(**({"query": "x"} | bad))
    with pytest.raises(FilterError, match="year"):
        collection.search("x", where="year >>= 3")
    with pytest.raises(InputError, match="absent"):
        collection.add(notes / "absent")
    beside = collection.add(notes / "absent", notes / "tap.txt")
    assert [r.reason for r in beside.refused] == ["missing"]
    assert beside.unchanged == 1


def test_another_model_is_refused_and_both_are_named(collection: Collection, notes: Path, tmp_path: Path) -> None:
    collection.add(notes)
    other = load(tiny_model(tmp_path / "other", seed=1))
    with Collection(collection.path, model=other) as wrong:
        with pytest.raises(SpaceError, match=collection.encoder.space.id) as caught:
            wrong.add(Item("a", "b"))
        assert other.space.id in str(caught.value)
        with pytest.raises(SpaceError):
            wrong.search("tap", mode="dense")


def test_a_collection_remembers_its_model(tmp_path: Path, notes: Path, model: Path, encoder: Encoder) -> None:
    with Collection(tmp_path / "c.likewise", model=model) as collection:
        collection.add(notes)
    with Collection(collection.path) as again:
        assert again.encoder.space.id == encoder.space.id
        assert again.search("leak of the tap")[0].item == str(notes / "tap.txt")
        status = again.status()
    assert (status.items, status.refused, status.roots) == (3, 0, (str(notes),))
    assert dict(status.kinds) == {"text": 2, "markdown": 1}
    assert status.space is not None
    assert status.space.id == encoder.space.id


def test_a_second_writer_is_told_who_writes(collection: Collection, notes: Path, encoder: Encoder) -> None:
    collection.add(notes)
    refused = []

    def meanwhile(_: Progress) -> None:
        with Collection(collection.path, model=encoder) as second:
            assert second.search("tap", k=1)  # readers go on
            try:
                second.add(Item("x", "y"))
            except LockedError as error:
                refused.append(str(error))

    collection.add(Item("z", "something else"), progress=meanwhile)
    assert refused
    assert all(f"process {os.getpid()}" in message for message in refused)


def test_verify_finds_and_repairs_what_is_derived(collection: Collection, notes: Path) -> None:
    collection.add(notes)
    collection.close()
    with closing(sqlite3.connect(collection.path / "collection.sqlite")) as raw, raw:
        raw.execute("DELETE FROM items WHERE id = ?", (str(notes / "tap.txt"),))
    verdict = collection.verify()
    assert not verdict.ok
    assert any("tap.txt#1" in p for p in verdict.problems)
    assert collection.verify(repair=True).ok
    assert collection.verify().problems == ()
    assert collection.sync().added == 1


def test_a_collection_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(CollectionError, match="a folder"):
        Collection(tmp_path / "f")


def test_nested_roots_become_one(collection: Collection, notes: Path) -> None:
    collection.add(notes / "deep")
    collection.add(notes)
    assert collection.status().roots == (str(notes),)
    assert collection.sync().unchanged == 3
    (notes / "deep" / "bread.md").unlink()
    assert collection.sync().removed == 1


def test_a_new_file_has_every_table_at_once(
    collection: Collection, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stopped right after the file is made leaves an empty collection, not half of one."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("likewise.collection.shelf.Ledger", stopped)
        with pytest.raises(KeyboardInterrupt):
            collection.add(notes)
    assert (collection.path / "collection.sqlite").exists()
    with Collection(collection.path) as again:
        assert again.verify().ok
        assert (list(again.items()), again.status().items, len(again)) == ([], 0, 0)


def test_a_lock_that_a_killed_writer_left_to_a_child_is_waited_for(tmp_path: Path) -> None:
    """A process that is killed while it starts another leaves its lock to that one, until that has started."""
    end, go = os.pipe()

    def killed() -> None:
        with writing(tmp_path):
            if os.fork() == 0:
                os.read(end, 1)
            os._exit(0)

    assert ended(forked(killed)) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("likewise.collection.lock._LETTING_GO", 0.0)
        with pytest.raises(LockedError), writing(tmp_path):
            pass
    timer = threading.Timer(0.1, os.write, (go, b"x"))
    timer.start()
    with writing(tmp_path):
        assert holder(tmp_path).startswith(f"process {os.getpid()} ")
    timer.join()
    os.close(end)
    os.close(go)
