"""Laws of encoders of clips: those of texts, with clips of many lengths and sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likewise.encoders import load
from likewise.encoders.senses.towers import Towers
from likewise.errors import InputError
from likewise.modalities import Prepared
from likewise.space import relate
from likewise.types import Clip, Item, Media
from tests.golden.videos import CASES, write

CHOSEN = [name for name in CASES if "-" not in name]


def _clip(seed: int) -> Clip:
    rng = np.random.default_rng(seed)
    count, height, width = (int(rng.integers(low, high)) for low, high in ((1, 20), (18, 40), (18, 40)))
    coarse = rng.integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    frames = coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :height, :width]
    return Clip(frames, np.arange(count) / 12.5)


CLIPS = [_clip(i) for i in range(9)]


def _items(clips: list[Clip]) -> list[Item]:
    return [Item(f"id-{i}", one, "video") for i, one in enumerate(clips)]


@pytest.fixture(scope="module", params=CHOSEN)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Towers:
    made = load(write(tmp_path_factory.mktemp("watching") / request.param, request.param), precision="fp32")
    assert isinstance(made, Towers)
    return made


def test_shape_type_and_order(encoder: Towers) -> None:
    forth, back = encoder.encode(_items(CLIPS)), encoder.encode(_items(CLIPS[::-1]))
    assert forth.ids == tuple(item.id for item in _items(CLIPS))
    assert forth.vectors.shape == (len(CLIPS), encoder.space.dim)
    assert forth.vectors.dtype == np.float32
    assert np.isfinite(forth.vectors).all()
    np.testing.assert_allclose(forth.vectors, back.vectors[::-1], atol=1e-5)
    assert len({row.tobytes() for row in forth.vectors}) == len(CLIPS)
    assert encoder.encode([]).vectors.shape == (0, encoder.space.dim)


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_a_clip_is_the_same_in_any_batch(encoder: Towers, batch_size: int | None) -> None:
    together = encoder.encode(CLIPS, batch_size=batch_size).vectors
    alone = np.concatenate([encoder.encode([one]).vectors for one in CLIPS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        object(),
        np.zeros((2, 8, 8, 3), np.uint8),
        Clip(np.zeros((0, 8, 8, 3), np.uint8), np.zeros(0)),
        Clip(np.zeros((2, 8, 8), np.uint8), np.zeros(2)),
        Clip(np.zeros((2, 1, 900, 3), np.uint8), np.zeros(2)),
    ],
    ids=lambda bad: type(bad).__name__,
)
def test_a_failing_item_takes_nobody_down(encoder: Towers, bad: object) -> None:
    items = [Item("a", CLIPS[0], "video"), Item("b", bad, "video"), Item("c", CLIPS[2], "video")]
    found = encoder.encode(items)
    assert [report.id for report in found.failed] == ["b"]
    assert found.failed[0].error
    assert np.isnan(found.vectors[1]).all()
    np.testing.assert_allclose(found.vectors[::2], encoder.encode([CLIPS[0], CLIPS[2]]).vectors, atol=1e-5)


def test_what_a_clip_may_come_as(encoder: Towers) -> None:
    one = CLIPS[4]
    ready = encoder.preparers["video"].prepare(one)
    contents: list[Any] = [one, Media("video", one), Item("a", Media("video", one), "video")]
    contents += [Item("b", Prepared(ready), "video")]
    found = encoder.encode(contents)
    assert not found.failed, found.failed
    np.testing.assert_allclose(found.vectors, np.repeat(found.vectors[:1], len(contents), 0), atol=1e-5)


def test_save_and_load_is_exact(encoder: Towers, tmp_path: Path) -> None:
    encoder.save(tmp_path / encoder.name)
    again = load(tmp_path / encoder.name, precision="fp32")
    assert relate(encoder.space, again.space).kind == "exact"
    assert np.array_equal(encoder.encode(CLIPS[:3]).vectors, again.encode(CLIPS[:3]).vectors)


def test_other_settings_of_the_processor_are_another_space(tmp_path: Path) -> None:
    path = write(tmp_path / "videomae", "videomae")
    before = load(path, precision="fp32").space
    settings = path / "video_preprocessor_config.json"
    settings.write_text(settings.read_text().replace('"shortest_edge": 20', '"shortest_edge": 18'))
    assert load(path, precision="fp32").space.id != before.id


def test_words_share_the_space_of_clips(tmp_path: Path) -> None:
    joint = load(write(tmp_path / "xclip", "xclip"), precision="fp32")
    texts = ["a b c", "d", "e f g h"]
    found = joint.encode([*texts, CLIPS[0]], role="query")
    assert not found.failed
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([joint.encode([text], role="query").vectors for text in texts])
    np.testing.assert_allclose(found.vectors[:3], alone, atol=1e-5)


def test_features_where_there_is_a_classifier(tmp_path: Path) -> None:
    tuned = load(write(tmp_path / "tuned", "vjepa2-tuned"), precision="fp32")
    assert isinstance(tuned, Towers)
    found, reports = tuned.outputs([CLIPS[0]], "features")
    assert reports[0].ok
    assert found[0] is not None
    assert found[0].shape == (40,)
    plain = load(write(tmp_path / "plain", "vjepa2"), precision="fp32")
    assert isinstance(plain, Towers)
    with pytest.raises(InputError, match="gives no features for video"):
        plain.outputs([CLIPS[0]], "features")
