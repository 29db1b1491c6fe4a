"""A collection of several spaces: pictures, sounds and notes together, by the same laws as notes alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.collection import Collection
from likewise.collection.views import Job, Views
from likewise.encoders import Encoder, load
from likewise.errors import InputError, SpaceError
from likewise.formats import Plan
from likewise.types import Item, Sound
from tests.collection.coloured import Coloured, Pitched, paint
from tests.formats.media import heard, tone
from tests.tiny import tiny_model


def _tone(hertz: float, seconds: float = 0.5, rate: int = 8000) -> Sound:
    time = np.arange(int(seconds * rate)) / rate
    return Sound((0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), rate)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two notes and four pictures, old enough that their times tell a change."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    paint(folder / "rose.png", "red")
    paint(folder / "leaf.png", "green")
    paint(folder / "deep" / "sea.png", "blue")
    paint(folder / "deep" / "fog.png", "grey")
    (folder / "tap.txt").write_text("The tap in the kitchen drips. Replace the washer to stop the leak.")
    (folder / "stars.md").write_text("# Jupiter\n\nThe largest planet of all. It is not red.\n")
    _age(folder)
    return folder


def _age(folder: Path) -> None:
    for file in folder.rglob("*"):
        os.utime(file, (1_600_000_000, 1_600_000_000))


@pytest.fixture
def mixed(tmp_path: Path, encoder: Encoder) -> Iterator[Collection]:
    with Collection(tmp_path / "c.likewise", encoder, senses={"image": Coloured(), "audio": Pitched()}) as made:
        yield made


def _names(hits: object) -> list[str]:
    return [Path(hit.item).name for hit in hits]  # type: ignore[attr-defined]


def test_pictures_and_notes_go_to_their_shelves(mixed: Collection, photos: Path) -> None:
    receipt = mixed.add(photos)
    assert (receipt.added, receipt.passages, receipt.encoded, receipt.refused) == (6, 6, 6, ())
    status = mixed.status()
    assert (status.items, status.passages, status.vectors, len(mixed)) == (6, 6, 6, 6)
    assert dict(status.kinds) == {"image": 4, "markdown": 1, "text": 1}
    assert [(s.name, s.modalities, s.items) for s in status.shelves] == [
        ("text", ("text",), 2),
        ("coloured", ("image",), 4),
        ("pitched", ("audio",), 0),
    ]
    assert len({s.space.id for s in status.shelves if s.space}) == 2
    assert mixed.verify().ok
    assert (mixed.verify().items, mixed.verify().passages) == (6, 6)
    assert [e.kind for e in mixed.items()].count("image") == 4


def test_words_are_asked_of_every_space_that_knows_them(mixed: Collection, photos: Path) -> None:
    mixed.add(photos)
    hits = mixed.search("red", k=6)
    assert {h.shelf for h in hits} == {"text", "coloured"}
    assert _names(hits)[:2] in (["rose.png", "stars.md"], ["stars.md", "rose.png"])
    assert hits.how.way == "fused"
    assert [name for name, _ in hits.how.parts] == ["text", "coloured"]
    assert len({how.space for _, how in hits.how.parts}) == 2
    best = next(h for h in hits if h.shelf == "coloured")
    assert best.own is not None
    assert 0.49 < best.score <= 1  # first of one of two shelves
    assert best.metadata["kind"] == "image"
    assert (best.metadata["width"], best.metadata["height"]) == (12, 12)
    assert best.text == "photos/rose.png"
    assert _names(mixed.search("red", kinds=["image"]))[0] == "rose.png"
    assert {h.shelf for h in mixed.search("red", kinds=["text"])} == {"text"}
    assert len(mixed.search("red", k=6, per_item=1)) == 6
    assert _names(mixed.search("red", where='name = "sea.png"')) == ["sea.png"]


def test_a_file_name_is_found_by_its_words(mixed: Collection, photos: Path) -> None:
    mixed.add(photos)
    assert _names(mixed.search("rose", mode="text")) == ["rose.png"]
    mixed.add(Item("bell", _tone(880.0), "audio", {"title": "church bell"}))
    assert _names(mixed.search("church", mode="text")) == ["bell"]  # its encoder knows no words
    assert "pitched" not in {h.shelf for h in mixed.search("church", mode="dense")}


def test_a_picture_finds_pictures(mixed: Collection, photos: Path, tmp_path: Path) -> None:
    mixed.add(photos)
    question = paint(tmp_path / "question.png", (200, 40, 40))
    hits = mixed.search(image=question, k=2)
    assert _names(hits)[0] == "rose.png"
    assert {h.shelf for h in hits} == {"coloured"}
    assert _names(mixed.search(image=np.full((9, 9, 3), (0, 0, 200), np.uint8), k=1)) == ["sea.png"]
    assert _names(mixed.search(like=question, k=1)) == ["rose.png"]
    assert _names(mixed.search(like=photos / "rose.png", k=1)) == ["rose.png"]
    assert "rose.png" not in _names(mixed.similar(photos / "rose.png"))
    with pytest.raises(InputError, match="no such file"):
        mixed.search(image=tmp_path / "absent.png")
    with pytest.raises(InputError, match="is text, and image was asked for"):
        mixed.search(image=photos / "tap.txt")


def test_a_sound_finds_sounds(mixed: Collection) -> None:
    mixed.add(*(Item(f"tone {hertz}", _tone(hertz), "audio") for hertz in (220.0, 440.0, 1760.0)))
    assert _names(mixed.search(audio=_tone(450.0), k=1)) == ["tone 440.0"]
    again = mixed.add(Item("tone 440.0", _tone(440.0), "audio"))
    assert (again.unchanged, again.encoded) == (1, 0)
    assert mixed.add(Item("tone 440.0", _tone(441.0), "audio")).changed == 1


def test_words_and_pictures_add_up_in_one_space(mixed: Collection, photos: Path, tmp_path: Path) -> None:
    paint(photos / "plum.png", (180, 10, 180))
    mixed.add(photos)
    red = paint(tmp_path / "q.png", "red")
    assert _names(mixed.search("blue", image=red, k=1)) == ["plum.png"]
    assert _names(mixed.search(image=photos / "plum.png", minus="red", k=1)) == ["sea.png"]
    words = mixed.search("red", minus="jupiter")
    assert {h.shelf for h in words} == {"text", "coloured"}  # both can take words from words
    with pytest.raises(InputError, match="nothing is left"):
        mixed.search("red", minus="red", kinds=["image"])
    mixed.add(Item("bell", _tone(880.0), "audio"))
    with pytest.raises(InputError, match="in one space only"):
        mixed.search("bell", audio=_tone(440.0))
    with pytest.raises(InputError, match="like stands alone"):
        mixed.search("red", like=red)


def test_nothing_unchanged_is_looked_at_again(tmp_path: Path, photos: Path, encoder: Encoder) -> None:
    seen: list[int] = []
    with Collection(tmp_path / "c", encoder, senses={"image": Coloured(seen.append)}) as c:
        c.add(photos)
        assert sum(seen) == 4
        again = c.sync()
        assert (again.unchanged, again.encoded, again.refused) == (6, 0, ())
        (photos / "rose.png").touch()
        assert c.sync().unchanged == 6  # the time is new, the bytes are not
        (photos / "copy.png").write_bytes((photos / "rose.png").read_bytes())
        (photos / "deep" / "sea.png").rename(photos / "ocean.png")
        moved = c.sync()
        assert (moved.added, moved.removed, moved.encoded, moved.unchanged) == (2, 1, 0, 5)
        assert sum(seen) == 4
        assert c.verify().ok
        assert _names(c.search("blue", k=1, kinds=["image"])) == ["ocean.png"]
        copy = next(h for h in c.search("red", kinds=["image"]) if h.item.endswith("copy.png"))
        assert (copy.metadata["name"], copy.metadata["width"], copy.text) == ("copy.png", 12, "photos/copy.png")


def test_equal_pictures_are_encoded_once(tmp_path: Path, encoder: Encoder) -> None:
    for name in ("a", "b", "c"):
        paint(tmp_path / f"{name}.png", "red")
    seen: list[int] = []
    with Collection(tmp_path / "c.likewise", encoder, senses={"image": Coloured(seen.append)}) as c:
        receipt = c.add(tmp_path)
    assert (receipt.added, receipt.encoded, receipt.reused, sum(seen)) == (3, 1, 2, 1)


def test_sync_takes_up_changes_and_drops_what_vanished(mixed: Collection, photos: Path) -> None:
    mixed.add(photos)
    paint(photos / "rose.png", "blue", seed=3)
    (photos / "leaf.png").unlink()
    (photos / "tap.txt").unlink()
    paint(photos / "new.png", "grey", seed=5)
    receipt = mixed.sync()
    assert (receipt.added, receipt.changed, receipt.removed, receipt.unchanged) == (1, 1, 2, 3)
    assert _names(mixed.search("red", kinds=["image"], mode="dense", k=9)).count("rose.png") == 1
    assert "leaf.png" not in {Path(e.id).name for e in mixed.items()}
    assert mixed.verify().ok
    photos.rename(photos.with_name("elsewhere"))
    gone = mixed.sync()
    assert (gone.removed, [r.reason for r in gone.refused]) == (0, ["vanished"])


def test_delete_forgets_on_every_shelf(mixed: Collection, photos: Path) -> None:
    mixed.add(photos)
    assert mixed.delete(str(photos / "rose.png"), str(photos / "tap.txt"), "unknown") == 2
    assert not {"rose.png", "tap.txt"} & set(_names(mixed.search("red tap", k=50)))
    assert mixed.verify().ok
    assert mixed.sync().added == 2


def test_a_file_that_becomes_another_kind_moves(mixed: Collection, photos: Path) -> None:
    mixed.add(photos)
    (photos / "rose.png").write_text("A rose is a rose is a rose.")
    receipt = mixed.sync()
    assert (receipt.changed, receipt.added, receipt.removed, receipt.refused) == (1, 0, 0, ())
    assert [e.kind for e in mixed.items() if e.id.endswith("rose.png")] == ["text"]
    assert [h.shelf for h in mixed.search("rose", mode="text", k=9)] == ["text"]
    assert mixed.verify().ok


def test_kinds_without_a_model_are_refused_with_what_to_get(tmp_path: Path, photos: Path, encoder: Encoder) -> None:
    with Collection(tmp_path / "c", encoder) as c:
        receipt = c.add(photos)
        assert receipt.added == 2
        assert {r.reason for r in receipt.refused} == {"no_encoder"}
        assert len(receipt.refused) == 4
        assert "--image-model" in receipt.refused[0].detail
        assert "likewise models --modality image" in receipt.refused[0].detail
        assert c.status().refused == 4
        with pytest.raises(InputError, match="--image-model"):
            c.search(image=photos / "rose.png")
    with Collection(tmp_path / "c", encoder, senses={"image": Coloured()}) as c:  # a model comes later
        receipt = c.sync()
        assert (receipt.added, receipt.unchanged, receipt.refused) == (4, 2, ())
        assert c.status().refused == 0
        assert c.verify().ok
        refused = c.add(Item("x", _tone(440.0), "audio"), Item("y", 5, "image"), Item("z", "", "smell"))
        assert [(r.source, r.reason) for r in refused.refused] == [
            ("x", "no_encoder"),
            ("y", "unsupported"),
            ("z", "unsupported"),
        ]


def test_damaged_pictures_cost_one_row_each(mixed: Collection, photos: Path) -> None:
    mixed.add(photos)
    whole = (photos / "rose.png").read_bytes()
    (photos / "half.png").write_bytes(whole[: len(whole) // 2])
    (photos / "leaf.png").write_bytes(whole[:40])
    (photos / "line.png").write_bytes(paint(photos / "line.png", "red").read_bytes())
    receipt = mixed.sync()
    assert {Path(r.source).name for r in receipt.refused} <= {"half.png", "leaf.png"}
    assert "leaf.png" in {Path(r.source).name for r in receipt.refused}
    states = {Path(e.id).name: e.state for e in mixed.items()}
    assert states["leaf.png"] == "stale"  # what it was stays
    assert "leaf.png" in _names(mixed.search("green", kinds=["image"]))
    assert mixed.verify().ok


def test_a_collection_remembers_its_shelves(tmp_path: Path, photos: Path, encoder: Encoder) -> None:
    with Collection(tmp_path / "c", encoder, senses={"image": Coloured()}) as c:
        c.add(photos)
    other = Coloured(name="painted")
    with Collection(tmp_path / "c", encoder, senses={"image": other}) as c, pytest.raises(SpaceError, match="painted"):
        c.add(Item("x", np.zeros((4, 4, 3), np.uint8), "image"))
    with Collection(tmp_path / "c", encoder) as c:
        assert [s.name for s in c.status().shelves] == ["text", "coloured"]
        assert _names(c.search("rose", mode="text")) == ["rose.png"]
    with pytest.raises(InputError, match="smell"):
        Collection(tmp_path / "c", senses={"smell": other})
    with (
        Collection(tmp_path / "d", encoder, senses={"audio": other}) as c,
        pytest.raises(InputError, match="takes image and text"),
    ):
        c.add(photos)


def test_one_model_for_two_kinds_is_one_shelf(tmp_path: Path, photos: Path, encoder: Encoder) -> None:
    joint = Coloured(lambda _: None, "image", "video", "text")
    with Collection(tmp_path / "c", encoder, senses={"image": joint, "video": joint}) as c:
        c.add(photos)
        assert [(s.name, s.modalities) for s in c.status().shelves] == [
            ("text", ("text",)),
            ("coloured", ("image", "video")),
        ]


def test_photos_need_no_model_for_texts(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from likewise.errors import ModelError

    def absent(*_: object, **__: object) -> Encoder:
        raise ModelError("it is not on this computer")

    monkeypatch.setattr("likewise.collection.shelf.load", absent)
    with Collection(tmp_path / "c", senses={"image": Coloured()}) as c:
        receipt = c.add(photos)
        assert receipt.added == 4
        assert {(Path(r.source).name, r.reason) for r in receipt.refused} == {
            ("tap.txt", "no_encoder"),
            ("stars.md", "no_encoder"),
        }
        assert _names(c.search("red", k=1)) == ["rose.png"]
        assert c.status().model == ""
    monkeypatch.undo()
    with Collection(tmp_path / "c", tiny_model(tmp_path / "tiny"), senses={"image": Coloured()}) as c:
        assert (c.sync().added, load(tmp_path / "tiny").space.id) == (2, c.encoder.space.id)


def test_an_encoder_is_loaded_only_where_it_is_needed(tmp_path: Path, photos: Path, encoder: Encoder) -> None:
    with Collection(tmp_path / "c", encoder, senses={"audio": Pitched()}) as c:
        c.add(photos / "tap.txt", Item("bell", _tone(880.0), "audio", {"title": "church bell"}))
    with Collection(tmp_path / "c", encoder) as c:  # there is no model named pitched to load
        assert _names(c.search("church bell", k=2)) == ["bell", "tap.txt"]
        assert _names(c.search(like="bell", k=1)) == ["bell"]


def test_an_interrupted_run_ends_its_children(tmp_path: Path, encoder: Encoder) -> None:
    for n in range(40):
        paint(tmp_path / f"{n}.png", "red", 300, seed=n)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with Collection(tmp_path / "c.likewise", encoder, senses={"image": Coloured(stop)}) as c:
        with pytest.raises(KeyboardInterrupt):
            c.add(tmp_path)
        assert c.verify().ok
    with Collection(tmp_path / "c.likewise", encoder, senses={"image": Coloured()}) as c:
        assert c.add(tmp_path).added == 40


def test_how_files_become_pieces_is_remembered(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "long.wav").write_bytes(heard(tone(9.0), 16_000))
    paint(tmp_path / "fog.png", "grey")
    _age(tmp_path)
    senses: dict[str, Encoder] = {"image": Coloured(), "audio": Pitched()}
    with Collection(tmp_path / "c.likewise", encoder, senses=senses, plan=Plan(window=3.0)) as c:
        assert c.add(tmp_path).passages == 4
        spans = sorted((h.place.seconds, h.place.until) for h in c.search(audio=tmp_path / "long.wav", k=9))
        assert spans == [(0.0, 3.0), (3.0, 6.0), (6.0, 9.0)]
    with Collection(tmp_path / "c.likewise", encoder, senses=senses, plan=Plan(window=3.0, rate=99.0)) as c:
        assert (c.sync().unchanged, c.verify().ok) == (2, True)  # the rate is that of motions
    rules = (("*/fog.png", "thermal"),)
    with Collection(tmp_path / "c.likewise", encoder, senses=senses, plan=Plan(rules=rules)) as c:
        again = c.sync()  # windows of 10 s now, and a picture that is no picture
        assert c.sync().changed == 0
        assert (again.changed, [(Path(r.source).name, r.reason) for r in again.refused]) == (
            1,
            [("fog.png", "no_encoder")],
        )
        assert {Path(e.id).name: (e.state, e.passages) for e in c.items()} == {
            "long.wav": ("kept", 1),
            "fog.png": ("stale", 1),
        }


@pytest.mark.parametrize(("changes", "refused"), [(1, []), (9, ["changed_while_reading"])])
def test_a_file_that_changes_while_it_is_looked_at_is_looked_at_again(
    mixed: Collection, photos: Path, monkeypatch: pytest.MonkeyPatch, changes: int, refused: list[str]
) -> None:
    real = Views._viewed
    seen: list[Path] = []

    def changed(self: Views, job: Job, *rest: Any) -> Any:
        if job.found.path.name == "rose.png" and len(seen) < changes:
            seen.append(paint(job.found.path, "blue", seed=len(seen) + 1))
        return real(self, job, *rest)

    monkeypatch.setattr(Views, "_viewed", changed)
    receipt = mixed.add(photos)
    assert (receipt.added, [r.reason for r in receipt.refused]) == (6 - len(refused), refused)
    assert _names(mixed.search("blue", kinds=["image"], mode="dense", k=9)).count("rose.png") == 1 - len(refused)
    assert mixed.verify().ok


def test_a_twin_that_changed_meanwhile_is_not_copied(
    mixed: Collection, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed.add(photos)
    (photos / "a copy.png").write_bytes((photos / "rose.png").read_bytes())
    real = Views._twin
    told: list[str] = []

    def stale(self: Views, job: Job, shelf: str, digest: str) -> str:
        if job.found.path.name == "a copy.png" and not told:
            told.append(digest)
            return str(photos / "leaf.png")  # as if that had been of the same bytes a moment ago
        return real(self, job, shelf, digest)

    monkeypatch.setattr(Views, "_twin", stale)
    assert mixed.sync().added == 1
    assert told
    best = mixed.search("red", kinds=["image"], mode="dense", k=2)
    assert set(_names(best)) == {"rose.png", "a copy.png"}
