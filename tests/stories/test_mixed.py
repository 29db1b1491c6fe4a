"""A folder of photos, recordings, films and notes becomes one collection, and is searched across kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from likewise.collection import Collection
from likewise.encoders import Encoder, load
from likewise.formats import Plan
from likewise.types import Hits
from tests.cli.conftest import Command, likewise
from tests.collection.coloured import COLOURS, Coloured, Pitched, paint
from tests.formats.media import film, heard, tone
from tests.golden.bound import write as bound
from tests.golden.seen import PIECES
from tests.golden.seen import write as seen
from tests.golden.sounds import write as sounding
from tests.tiny import tiny_model, word_pieces

__all__ = ["likewise"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a phone holds: two photos, two recordings, a film of three scenes with sound, a silent one, two notes."""
    made = tmp_path / "phone"
    made.mkdir()
    paint(made / "rose.png", "red", 40)
    paint(made / "fog.jpg", "grey", 40)
    (made / "low.wav").write_bytes(heard(tone(1.0, hertz=220.0), 16_000))
    (made / "high.flac").write_bytes(heard(tone(1.0, hertz=1760.0), 16_000, "FLAC"))
    (made / "holiday.mp4").write_bytes(film([COLOURS[c] for c in ("red", "green", "blue")], each=2.0, sound=True))
    (made / "silent.avi").write_bytes(film([COLOURS["green"]], kind="avi"))
    (made / "tap.txt").write_text("The tap in the kitchen drips. Replace the washer to stop the leak.")
    (made / "red.md").write_text("# Colours\n\nRed is the colour of roses.\n")
    return made


@pytest.fixture
def mixed(tmp_path: Path, tiny: Path, folder: Path) -> Iterator[Collection]:
    senses: dict[str, Encoder] = {"image": Coloured(), "audio": Pitched()}
    with Collection(tmp_path / "c.likewise", tiny, senses=senses) as collection:
        receipt = collection.add(folder)
        assert (receipt.added, receipt.refused) == (8, ())
        yield collection


def _found(hits: Hits) -> list[tuple[str, str]]:
    return [(Path(hit.item).name, str(hit.place)) for hit in hits]


def test_what_is_kept_of_each_kind(mixed: Collection) -> None:
    status = mixed.status()
    assert dict(status.kinds) == {"image": 2, "audio": 2, "video": 2, "text": 1, "markdown": 1}
    assert {s.name: s.items for s in status.shelves} == {"text": 2, "coloured": 4, "pitched": 4}
    assert mixed.verify().ok
    assert mixed.sync().unchanged == 8


def test_words_find_photos_moments_and_notes(mixed: Collection) -> None:
    hits = mixed.search("red", k=6)
    assert {name for name, _ in _found(hits)[:2]} == {"red.md", "rose.png"}
    assert "holiday.mp4" in {name for name, _ in _found(hits)[2:4]}
    [blue] = mixed.search("blue", k=1, kinds=["video"])
    assert Path(blue.item).name == "holiday.mp4"
    assert blue.place.seconds == pytest.approx(5.0, abs=1.1)  # the third scene: 4 s to 6 s
    assert blue.metadata["kind"] == "video"
    assert "00:0" in str(blue.place)


def test_a_moment_finds_what_it_shows_and_what_it_sounds_like(mixed: Collection, folder: Path) -> None:
    green = mixed.search(like=f"{folder / 'holiday.mp4'}#00:03", k=9)
    assert {h.shelf for h in green} == {"coloured", "pitched"}
    best = sorted((hit for hit in green if hit.shelf == "coloured"), key=lambda hit: -(hit.own or 0))
    assert {Path(hit.item).name for hit in best[:2]} == {"holiday.mp4", "silent.avi"}
    shown = mixed.search(image=f"{folder / 'holiday.mp4'}#00:03", k=2)
    assert {name for name, _ in _found(shown)} == {"holiday.mp4", "silent.avi"}
    assert _found(mixed.search(audio=folder / "high.flac", kinds=["audio"], k=1))[0][0] == "high.flac"
    assert "holiday.mp4" not in {Path(h.item).name for h in mixed.similar(folder / "holiday.mp4")}
    assert _found(mixed.search("blue", image=folder / "rose.png", minus="red", kinds=["video"], k=1))[0][0] == (
        "holiday.mp4"
    )


def test_a_recording_is_found_at_its_time(tmp_path: Path, tiny: Path) -> None:
    low, high = tone(12.0, hertz=110.0), tone(6.0, hertz=3520.0)
    (tmp_path / "long.wav").write_bytes(heard(np.concatenate([low, high]), 16_000))
    (tmp_path / "question.wav").write_bytes(heard(tone(1.0, hertz=3500.0), 16_000))
    with Collection(tmp_path / "c.likewise", tiny, senses={"audio": Pitched()}) as collection:
        collection.add(tmp_path / "long.wav")
        [hit] = collection.search(audio=tmp_path / "question.wav", k=1)
        assert (hit.place.seconds, hit.place.until) == (8.0, 18.0)
        assert str(hit.place) == "00:08-00:18"


def test_one_collection_from_the_command_line(likewise: Command, folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "all.likewise"
    clip, clap = seen(tmp_path / "clip", "clip"), sounding(tmp_path / "clap", "clap")
    plain = likewise("add", folder, "--to", made, "--model", tiny_model(tmp_path / "tiny"), "--json")
    assert (plain.code, plain.json["added"]) == (1, 2)
    assert {r["reason"] for r in plain.json["refused"]} == {"no_encoder"}
    assert "--video-model" in plain.err
    assert "--audio-model" in plain.err
    ran = likewise("add", folder, "--to", made, "--image-model", clip, "--audio-model", clap, "--json")
    assert (ran.code, ran.json["added"], ran.json["unchanged"]) == (0, 6, 2)
    status = likewise("status", made, "--json").json
    assert [s["name"] for s in status["shelves"]] == ["text", "clip", "clap"]
    assert len({s["space"]["id"] for s in status["shelves"]}) == 3
    assert likewise("sync", made, "--json").json["unchanged"] == 8
    assert likewise("verify", made).code == 0

    words = likewise("search", made, "the red rose", "-k", "20", "--json").json
    assert {hit["shelf"] for hit in words} == {"text", "clip", "clap"}  # CLIP and CLAP know words
    assert all(0 < hit["score"] <= 1 for hit in words)
    photo = likewise("search", made, "--image", folder / "rose.png", "-k", "1", "--json").json[0]
    assert (Path(photo["source"]).name, photo["shelf"]) == ("rose.png", "clip")
    assert photo["own"] == pytest.approx(1, abs=1e-3)
    sound = likewise("search", made, "--audio", folder / "low.wav", "-k", "1")
    assert "low.wav  00:00-00:01" in sound.out
    moment = likewise("search", made, "--like", f"{folder / 'holiday.mp4'}#00:05", "--kind", "video", "--json").json
    assert moment[0]["place"]["seconds"] >= 4
    both = likewise("search", made, "a rose", "--image", folder / "fog.jpg", "--minus", "grey", "--json").json
    assert {hit["shelf"] for hit in both} == {"clip"}
    strange = likewise("search", made, "--image", folder / "fog.jpg", "--audio", folder / "low.wav")
    assert (strange.code, "in one space only" in strange.err) == (2, True)
    assert likewise("similar", made, folder / "fog.jpg", "-k", "1").code == 0


def test_an_encoder_of_clips_takes_films_whole(tmp_path: Path, folder: Path, tiny: Path) -> None:
    from tests.golden.videos import write

    clips = load(write(tmp_path / "videomae", "videomae"), precision="fp32")
    with Collection(tmp_path / "c.likewise", tiny, senses={"video": clips, "image": Coloured()}) as collection:
        receipt = collection.add(folder)
        assert receipt.added == 6
        assert {r.reason for r in receipt.refused} == {"no_encoder"}  # the recordings
        shelves = {s.name: s for s in collection.status().shelves}
        assert shelves["videomae"].items == 2
        assert shelves["coloured"].items == 4  # and their frames are found among the photos
        hits = collection.search(video=folder / "holiday.mp4", k=9)
        assert {h.shelf for h in hits} == {"videomae", "coloured"}
        assert Path(hits[0].item).name == "holiday.mp4"


def test_rules_windows_and_scenes_from_the_command_line(likewise: Command, folder: Path, tmp_path: Path) -> None:
    made, clap = tmp_path / "all.likewise", sounding(tmp_path / "clap", "clap")
    given = ("add", folder / "low.wav", folder / "fog.jpg", "--to", made, "--model", tiny_model(tmp_path / "tiny"))
    ran = likewise(*given, "--audio-model", clap, "--window", "0.5", "--take", "*/fog.jpg=thermal", "--json")
    assert (ran.code, ran.json["added"], ran.json["passages"]) == (1, 1, 2)
    assert [(Path(r["source"]).name, r["reason"]) for r in ran.json["refused"]] == [("fog.jpg", "no_encoder")]
    assert "--thermal-model" in ran.json["refused"][0]["detail"]
    for wrong in (("--take", "fog=smell"), ("--window", "0"), ("--image-model", tmp_path / "nowhere")):
        assert likewise(*given, *wrong).code == 2
    assert likewise("search", made).code == 2


def test_one_joint_model_takes_every_kind(tmp_path: Path, folder: Path, tiny: Path) -> None:
    model = bound(tmp_path / "imagebind", "imagebind")
    word_pieces(PIECES, 64).save(str(model / "tokenizer.json"))
    paint(folder / "depth.png", "grey", 40)
    plan = Plan(rules=(("*/depth.png", "depth"),))
    senses = dict.fromkeys(("image", "audio", "video", "depth"), str(model))
    with Collection(tmp_path / "c.likewise", tiny, senses=senses, plan=plan) as collection:
        assert collection.add(folder).refused == ()
        assert [(s.name, s.modalities, s.items) for s in collection.status().shelves] == [
            ("text", ("text",), 2),
            ("imagebind", ("image", "audio", "video", "depth"), 7),
        ]
        hits = collection.search("a rose", image=folder / "rose.png", audio=folder / "low.wav", k=3)
        assert {h.shelf for h in hits} == {"imagebind"}
        assert _found(collection.search(image=folder / "rose.png", k=1)) == [("rose.png", "whole file")]
        assert dict(collection.status().kinds)["depth"] == 1
        assert collection.sync().unchanged == 9
    with Collection(tmp_path / "c.likewise") as collection:  # it remembers model and rules
        assert collection.sync().unchanged == 9
