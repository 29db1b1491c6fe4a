"""`likewise summarize`, `recommend` and `segment`: what is printed and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.formats.media import heard, tone


@pytest.fixture
def films(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    path.write_text(
        "id,text,year\nwasher,a film about a washer in a tap,1990\ntap,the tap and the washer,1991\n"
        "bread,bread is baked in an oven,1992\noven,the oven and the bread,1993\nmoon,the moon,1994\n"
    )
    return path


def test_summarize_from_the_command_line(likewise: Command, films: Path, tiny: Path) -> None:
    ran = likewise("summarize", films, "--model", tiny, "-k", "2")
    assert ran.code == 0
    assert ran.out.count("stands for") == 2
    assert "drawn at random" in ran.out
    ran = likewise("summarize", films, "--model", tiny, "-k", "2", "--json", "--seed", "1")
    assert sum(one["stands_for"] for one in ran.json["representatives"]) == 5
    assert likewise("summarize", films, "--model", tiny, "--sentences", "-k", "1").code == 0
    assert likewise("summarize", films, "--model", tiny, "--sentences", "--per-item").code == 2
    assert likewise("summarize", films, "--model", tiny, "-k", "0").code == 2
    assert likewise("summarize", films.with_name("gone.csv")).code == 2


def test_recommend_from_the_command_line(likewise: Command, films: Path, tiny: Path, tmp_path: Path) -> None:
    ran = likewise("recommend", films, "--liked", "washer", "--disliked", "moon", "--model", tiny, "-k", "1")
    assert (ran.code, ran.out.splitlines()[0][:6]) == (0, "1. tap")
    assert "because of washer" in ran.out
    history = tmp_path / "history.csv"
    history.write_text("id,liked\nbread,yes\nmoon,no\n")
    options = ("--history", history, "--half-life", "2", "--exclude", "tap", "--diversity", "0", "--model", tiny)
    ran = likewise("recommend", films, *options, "--json")
    assert {one["passage"]["item"] for one in ran.json["items"]} == {"oven", "washer"}
    assert [because["item"] for because in ran.json["items"][0]["because"]] == ["bread"]
    assert (ran.json["known"], ran.json["excluded"]) == (2, 1)
    nothing = likewise("recommend", films, "--liked", "tap", "--where", 'year = "2020"', "--model", tiny)
    assert (nothing.code, nothing.out) == (1, "")
    assert likewise("recommend", films, "--model", tiny).code == 2
    assert likewise("recommend", films, "--liked", "nothing", "--model", tiny).code == 2
    history.write_text("id,liked\nbread,perhaps\n")
    assert likewise("recommend", films, "--history", history, "--model", tiny).code == 2


def test_segment_from_the_command_line(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(
        "# Taps\n\nThe washer of the tap is worn. The tap needs the washer.\n\n"
        "# Bread\n\nBread is baked in the oven. The oven bakes good bread.\n"
    )
    ran = likewise("segment", path, "--model", tiny, "--count", "2")
    assert ran.code == 0
    assert ran.out.startswith("1. line 1  2 pieces, cohesion 0.")
    assert "2. line 5  2 pieces" in ran.out
    ran = likewise("segment", path, "--model", tiny, "--fineness", "0.01", "--json")
    assert [one["pieces"] for one in ran.json["segments"]] == [4]
    assert likewise("segment", path, "--count", "0").code == 2
    assert likewise("segment", tmp_path / "gone.txt").code == 2
    sound = tmp_path / "tone.wav"
    sound.write_bytes(heard(tone(1), 16000))
    assert likewise("segment", sound, "--every", "0.5").code == 2
    assert likewise("segment", path, "--every", "-1").code == 2


def test_segment_rows_and_folders_from_the_command_line(likewise: Command, tiny: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.repeat(np.eye(2, dtype=np.float32), 5, axis=0))
    ran = likewise("segment", tmp_path / "rows.npy")
    assert ran.out == "1. rows 0 to 4  5 pieces, cohesion 1.00\n2. rows 5 to 9  5 pieces, cohesion 1.00\n"
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.txt").write_text("The washer of the tap is worn. The tap needs the washer.")
    (folder / "b.csv").write_text("said\nBread is baked in the oven.\nThe oven bakes good bread.\n")
    ran = likewise("segment", folder, "--model", tiny, "--column", "said", "--count", "1")
    assert ran.code == 0
    assert "a.txt  line 1  2 pieces" in ran.out
    assert "b.csv  rows 0 to 1  2 pieces" in ran.out
    ran = likewise("segment", folder, "--model", tiny)
    assert ran.code == 1
    assert "b.csv has no column" in ran.err
    assert likewise("add", folder / "a.txt", "--to", tmp_path / "c", "--model", tiny).code == 0
    assert "--per-item" in likewise("segment", tmp_path / "c").err
    assert likewise("segment", tmp_path / "c", "--per-item").out.startswith("1. rows ")
