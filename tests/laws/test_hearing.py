"""Laws of encoders of sounds: those of texts, with sounds of many lengths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from likewise.encoders import load
from likewise.encoders.senses.towers import Towers
from likewise.errors import InputError
from likewise.modalities import Prepared
from likewise.space import relate
from likewise.types import Item, Media, Sound
from tests.golden.heard import sound
from tests.golden.sounds import CASES, write

CHOSEN = [name for name in CASES if "-" not in name]
SOUNDS = [sound(0.1 + 0.05 * (5 * i % 14), (8_000, 16_000, 44_100)[i % 3]) for i in range(14)]
LONG = sound(2.3, 16_000)
WHOLE = ("wav2vec2", "hubert", "wavlm", "wav2vec2_bert")
"""Networks that hold half a minute at once."""


def _items(sounds: list[Sound]) -> list[Item]:
    return [Item(f"id-{i}", one, "audio") for i, one in enumerate(sounds)]


@pytest.fixture(scope="module", params=CHOSEN)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Towers:
    made = load(write(tmp_path_factory.mktemp("hearing") / request.param, request.param), precision="fp32")
    assert isinstance(made, Towers)
    return made


def test_shape_type_and_order(encoder: Towers) -> None:
    forth, back = encoder.encode(_items(SOUNDS)), encoder.encode(SOUNDS[::-1])
    assert forth.ids == tuple(item.id for item in _items(SOUNDS))
    assert forth.vectors.shape == (len(SOUNDS), encoder.space.dim)
    assert forth.vectors.dtype == np.float32
    assert np.isfinite(forth.vectors).all()
    np.testing.assert_allclose(forth.vectors, back.vectors[::-1], atol=1e-5)
    assert len({row.tobytes() for row in forth.vectors}) == len(SOUNDS)
    assert encoder.encode([]).vectors.shape == (0, encoder.space.dim)


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_a_sound_is_the_same_in_any_batch(encoder: Towers, batch_size: int | None) -> None:
    together = encoder.encode(SOUNDS, batch_size=batch_size).vectors
    alone = np.concatenate([encoder.encode([one]).vectors for one in SOUNDS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("overflow", ["truncate", "error", "mean"])
@pytest.mark.parametrize(
    "bad",
    [
        None,
        object(),
        "a word",
        Sound(np.zeros(0, np.float32), 16_000),
        Sound(np.full(9_000, np.inf, np.float32), 16_000),
        Sound(np.zeros((900, 2), np.float32), 16_000),
        Sound(np.zeros(900, np.float32), -5),
        Path("song.ogg"),
    ],
    ids=lambda bad: type(bad).__name__,
)
def test_a_failing_item_takes_nobody_down(encoder: Towers, overflow: Any, bad: object) -> None:
    items = [Item("a", SOUNDS[0], "audio"), Item("b", bad, "audio"), Item("c", SOUNDS[2], "audio")]
    found = encoder.encode(items, overflow=overflow)
    assert [report.id for report in found.failed] == ["b"]
    assert found.failed[0].error
    assert np.isnan(found.vectors[1]).all()
    np.testing.assert_allclose(found.vectors[::2], encoder.encode([SOUNDS[0], SOUNDS[2]]).vectors, atol=1e-5)


def test_every_truncation_is_reported(encoder: Towers) -> None:
    whole = encoder.encode([LONG]).reports[0]
    if encoder.name in WHOLE:
        assert (whole.truncated, whole.seen) == (False, 1)
        return
    assert (whole.truncated, whole.used) == (True, 1)
    assert whole.seen > 1
    windows = encoder.preparers["audio"].windows(LONG)
    parts = encoder.encode(list(windows)).vectors
    first, mean = encoder.encode([LONG]), encoder.encode([LONG], overflow="mean")
    np.testing.assert_allclose(first.vectors, parts[:1], atol=1e-5)
    wanted = parts.mean(0) / (np.linalg.norm(parts.mean(0)) if encoder.space.normalize else 1)
    np.testing.assert_allclose(mean.vectors[0], wanted, atol=1e-5)
    assert (mean.reports[0].truncated, mean.reports[0].used) == (False, whole.seen)
    assert encoder.encode([LONG], overflow="error").failed


def test_what_a_sound_may_come_as(encoder: Towers) -> None:
    one = SOUNDS[4]
    ready = encoder.preparers["audio"].prepare(one)
    contents = [one, Media("audio", one), Item("a", Media("audio", one), "audio"), Item("b", Prepared(ready), "audio")]
    found = encoder.encode(contents)
    assert not found.failed, found.failed
    np.testing.assert_allclose(found.vectors, np.repeat(found.vectors[:1], len(contents), 0), atol=1e-5)


@pytest.mark.parametrize("overflow", ["truncate", "mean"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_file_is_heard_as_its_samples(encoder: Towers, tmp_path: Path, overflow: Any, rate: int) -> None:
    file = tmp_path / "long.wav"
    soundfile.write(file, sound(2.3, rate).samples, rate, subtype="FLOAT")
    found = encoder.encode([sound(2.3, rate), Item("file", file, "audio")], overflow=overflow)
    assert not found.failed, found.failed
    assert found.reports[0].truncated == found.reports[1].truncated
    np.testing.assert_allclose(found.vectors[0], found.vectors[1], atol=1e-5)


def test_frames_on_request(encoder: Towers) -> None:
    found, reports = encoder.outputs([SOUNDS[0], Sound(np.zeros(0, np.float32), 8_000), SOUNDS[5]], "tokens")
    assert [report.ok for report in reports] == [True, False, True]
    assert found[1] is None
    for frames in (found[0], found[2]):
        assert frames is not None
        assert frames.ndim == 2
        assert np.isfinite(frames).all()


def test_save_and_load_is_exact(encoder: Towers, tmp_path: Path) -> None:
    encoder.save(tmp_path / encoder.name)
    again = load(tmp_path / encoder.name, precision="fp32")
    assert relate(encoder.space, again.space).kind == "exact"
    assert np.array_equal(encoder.encode(SOUNDS[:3]).vectors, again.encode(SOUNDS[:3]).vectors)


def test_words_share_the_space_of_sounds(tmp_path: Path) -> None:
    joint = load(write(tmp_path / "clap", "clap"), precision="fp32")
    texts = ["a b c", "d", "e f g h i j k l m 1 2 3"]
    found = joint.encode([*texts, SOUNDS[0]], role="query")
    assert not found.failed
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([joint.encode([text], role="query").vectors for text in texts])
    np.testing.assert_allclose(found.vectors[:3], alone, atol=1e-5)


def test_features_of_a_network_without_a_classifier_are_refused(tmp_path: Path) -> None:
    plain = load(write(tmp_path / "plain", "hubert"), precision="fp32")
    assert isinstance(plain, Towers)
    with pytest.raises(InputError, match="gives no features for audio"):
        plain.outputs([SOUNDS[0]], "features")
