"""Depth, heat, motion, sound and clips from files, through one space: read and made ready in child processes."""

from __future__ import annotations

from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
import soundfile
from PIL import Image

from likewise.encoders import load
from likewise.encoders.senses.towers import Towers
from likewise.types import Item
from tests.golden.bound import contents, write
from tests.tiny import SPECIALS, word_pieces


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Towers:
    path = write(tmp_path_factory.mktemp("bound"), "imagebind")
    words = {word: i for i, word in enumerate([*SPECIALS, *ascii_lowercase])}
    word_pieces(words, 20).save(str(path / "tokenizer.json"))
    made = load(path, precision="fp32")
    assert isinstance(made, Towers)
    return made


def _file(folder: Path, sense: str) -> Path:
    """The first content of a sense as a file without loss."""
    content = contents()[sense][0]
    if sense == "image":
        Image.fromarray(content).save(folder / "a.png")
        return folder / "a.png"
    if sense == "audio":
        soundfile.write(folder / "a.wav", content.samples, content.rate, subtype="FLOAT")
        return folder / "a.wav"
    np.save(folder / "a.npy", content.samples if sense == "motion" else content)
    return folder / "a.npy"


@pytest.mark.parametrize("sense", ["image", "audio", "depth", "thermal"])
def test_a_file_gives_the_vector_of_its_content(sense: str, encoder: Towers, tmp_path: Path) -> None:
    read = encoder.encode([Item("file", _file(tmp_path, sense), sense), Item("array", contents()[sense][0], sense)])
    assert not read.failed
    np.testing.assert_allclose(read.vectors[0], read.vectors[1], atol=1e-5)


def test_one_batch_holds_every_sense(encoder: Towers) -> None:
    items = [Item(f"{sense}{i}", one, sense) for sense, some in contents().items() for i, one in enumerate(some)]
    items += [Item("words", "a tap drips", "text"), Item("none", contents()["depth"][0][:, :, None], "depth")]
    found = encoder.encode(items)
    assert [report.id for report in found.failed] == ["none"]
    alone = np.concatenate([encoder.encode([item]).vectors for item in items[:-1]])
    np.testing.assert_allclose(found.vectors[:-1], alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    assert len({row.tobytes() for row in alone}) == len(alone)


def test_a_long_motion_is_said_to_be_cut(encoder: Towers) -> None:
    motion = contents()["motion"][0]
    (cut,) = encoder.encode([Item("m", motion, "motion")]).truncated
    assert cut.id == "m"
    whole = encoder.encode([Item("m", motion, "motion")], overflow="mean")
    assert not whole.truncated
