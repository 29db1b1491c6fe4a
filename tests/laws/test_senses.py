"""Laws of encoders of images, sounds and clips: those of texts, with contents of their own."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from likewise.encoders import load
from likewise.encoders.senses.towers import Towers
from likewise.errors import InputError
from likewise.modalities import Prepared
from likewise.space import relate
from likewise.types import Clip, Item, Media, Sound
from tests.golden import seen, sounds, videos
from tests.golden.heard import sound

RNG = np.random.default_rng(0)
LONG = sound(2.3, 16_000)
WHOLE = ("wav2vec2", "hubert", "wavlm", "wav2vec2_bert")
"""Networks that hold half a minute at once."""

TOKENLESS = ("slowfast",)
"""Networks of convolutions that say how a clip moves, and nothing of its parts."""

FAULTS = ("nothing", "object", "other", "empty", "channels", "values", "file", "odd")
"""What can be wrong with a content; every kind has one of each, in this order."""


@dataclass(frozen=True)
class Kind:
    """What encoders of one modality are asked: the names of small random networks, and contents of many sizes."""

    modality: str
    names: Sequence[str]
    write: Callable[[Path, str], Path]
    contents: Sequence[Any]
    bad: Sequence[object]

    def items(self) -> list[Item]:
        return [Item(f"id-{i}", content, self.modality) for i, content in enumerate(self.contents)]


def _clip(seed: int) -> Clip:
    rng = np.random.default_rng(seed)
    count, height, width = (int(rng.integers(low, high)) for low, high in ((1, 20), (18, 40), (18, 40)))
    coarse = rng.integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    frames = coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :height, :width]
    return Clip(frames, np.arange(count) / 12.5)


def _plain(cases: Iterable[str]) -> list[str]:
    """One case of every network: what stands behind a dash is a variant."""
    return [name for name in cases if "-" not in name]


IMAGES = Kind(
    "image",
    ("vit", "clip", "siglip", "convnext"),  # every other one is of their kind, and golden
    seen.write,
    [RNG.integers(0, 255, (20 + 7 * i % 90, 24 + 11 * i % 70, 3), dtype=np.uint8) for i in range(24)],
    (
        None,
        object(),
        Sound(np.zeros(5, np.float32), 5),
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((4, 5, 2), np.uint8),
        np.zeros((4, 5, 3), np.float64),
        Path("photo.jpg"),
        Prepared(np.zeros((2, 2, 3), np.uint8)),
    ),
)
SOUNDS = Kind(
    "audio",
    _plain(sounds.CASES),
    sounds.write,
    [sound(0.1 + 0.05 * (5 * i % 14), (8_000, 16_000, 44_100)[i % 3]) for i in range(14)],
    (
        None,
        object(),
        "a word",
        Sound(np.zeros(0, np.float32), 16_000),
        Sound(np.zeros((900, 2), np.float32), 16_000),
        Sound(np.full(9_000, np.inf, np.float32), 16_000),
        Path("song.ogg"),
        Sound(np.zeros(900, np.float32), -5),
    ),
)
CLIPS = Kind(
    "video",
    _plain(videos.CASES),
    videos.write,
    [_clip(i) for i in range(9)],
    (
        None,
        object(),
        np.zeros((2, 8, 8, 3), np.uint8),
        Clip(np.zeros((0, 8, 8, 3), np.uint8), np.zeros(0)),
        Clip(np.zeros((2, 8, 8), np.uint8), np.zeros(2)),
        Clip(np.full((2, 24, 24, 3), np.nan, np.float32), np.zeros(2)),
        Path("film.mp4"),
        Clip(np.zeros((2, 1, 900, 3), np.uint8), np.zeros(2)),
    ),
)
KINDS = (IMAGES, SOUNDS, CLIPS)

Opened = Callable[[Kind, str], Towers]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Opens the network of a name, each once."""

    @functools.cache
    def made(kind: str, name: str) -> Towers:
        (write,) = (one.write for one in KINDS if one.modality == kind)
        encoder = load(write(tmp_path_factory.mktemp(kind) / name, name), precision="fp32")
        assert isinstance(encoder, Towers)
        return encoder

    return lambda kind, name: made(kind.modality, name)


def _members(*kinds: Kind) -> list[Any]:
    return [pytest.param((kind, name), id=f"{kind.modality}-{name}") for kind in kinds for name in kind.names]


@pytest.fixture(params=_members(*KINDS))
def member(request: pytest.FixtureRequest) -> tuple[Kind, str]:
    chosen: tuple[Kind, str] = request.param
    return chosen


@pytest.fixture
def kind(member: tuple[Kind, str]) -> Kind:
    return member[0]


@pytest.fixture
def encoder(member: tuple[Kind, str], opened: Opened) -> Towers:
    return opened(*member)


def of(*kinds: Kind) -> pytest.MarkDecorator:
    """A law of encoders of these kinds alone."""
    return pytest.mark.parametrize("member", _members(*kinds), indirect=True)


def _mean(encoder: Towers, vectors: Any) -> Any:
    """The mean of pieces, as an encoder gives it."""
    mean = vectors.mean(axis=0)
    return mean / np.linalg.norm(mean) if encoder.space.normalize else mean


def test_shape_type_and_order(encoder: Towers, kind: Kind) -> None:
    items, count = kind.items(), len(kind.contents)
    forth, back = encoder.encode(iter(items)), encoder.encode(kind.contents[::-1])
    assert forth.ids == tuple(item.id for item in items)
    assert forth.vectors.shape == (count, encoder.space.dim)
    assert forth.vectors.dtype == np.float32
    assert np.isfinite(forth.vectors).all()
    np.testing.assert_allclose(forth.vectors, back.vectors[::-1], atol=1e-5)
    assert len({row.tobytes() for row in forth.vectors}) == count


def test_nothing_in_nothing_out(encoder: Towers) -> None:
    assert encoder.encode([]).vectors.shape == (0, encoder.space.dim)


@pytest.mark.parametrize("batch_size", [1, 3, None])
def test_an_item_is_the_same_in_any_batch(encoder: Towers, kind: Kind, batch_size: int | None) -> None:
    together = encoder.encode(kind.contents, batch_size=batch_size).vectors
    alone = np.concatenate([encoder.encode([content]).vectors for content in kind.contents])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_every_kind_has_every_fault() -> None:
    assert {len(kind.bad) for kind in KINDS} == {len(FAULTS)}


@pytest.mark.parametrize("overflow", ["truncate", "error", "mean"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_item_takes_nobody_down(encoder: Towers, kind: Kind, overflow: Any, fault: str) -> None:
    first, bad, last = kind.contents[0], kind.bad[FAULTS.index(fault)], kind.contents[2]
    items = [Item(name, content, kind.modality) for name, content in zip("abc", (first, bad, last), strict=True)]
    found = encoder.encode(items, overflow=overflow)
    assert [report.id for report in found.failed] == ["b"]
    assert found.failed[0].error
    assert np.isnan(found.vectors[1]).all()
    np.testing.assert_allclose(found.vectors[::2], encoder.encode([first, last]).vectors, atol=1e-5)


def test_another_modality_fails_alone(encoder: Towers, kind: Kind) -> None:
    one = kind.contents[0]
    found = encoder.encode([one, Item("b", one, modality="smell"), np.zeros((4, 4), np.float32)])
    assert [report.ok for report in found.reports] == [True, False, False]
    assert "smell" in found.reports[1].error
    told = "modality=" if kind is IMAGES or len(encoder.modalities) > 1 else "given as|wanted"
    assert re.search(told, found.reports[2].error)


def test_what_a_content_may_come_as(encoder: Towers, kind: Kind) -> None:
    one, modality = kind.contents[4], kind.modality
    ready = encoder.preparers[modality].prepare(one)
    media = Media(modality, one)
    contents = [one, media, Item("a", media, modality), Item("b", Prepared(ready), modality)]
    if kind is IMAGES:
        contents.append(Image.fromarray(one))
    found = encoder.encode(contents)
    assert not found.failed, found.failed
    np.testing.assert_allclose(found.vectors, np.repeat(found.vectors[:1], len(contents), 0), atol=1e-5)


def test_arguments_that_cannot_be_meant(encoder: Towers, kind: Kind) -> None:
    wrong: list[dict[str, Any]] = [{"role": "author"}, {"overflow": "drop"}, {"batch_size": 0}]
    for options in wrong:
        with pytest.raises(InputError):
            encoder.encode(kind.contents, **options)
    with pytest.raises(InputError, match="tokens"):
        encoder.outputs(kind.contents, "patches")  # type: ignore[arg-type]
    unknown: list[dict[str, Any]] = [{"precision": "int8"}, {"pooling": "cls"}, {"processes": 2}, {"calibration": []}]
    for settings in unknown:
        with pytest.raises(InputError):
            load(encoder.path, **settings)


def test_tokens_on_request_and_none_of_a_failing_item(encoder: Towers, kind: Kind) -> None:
    empty = kind.bad[FAULTS.index("empty")]
    if encoder.name in TOKENLESS:
        with pytest.raises(InputError, match="gives no tokens"):
            encoder.outputs(kind.contents, "tokens")
        return
    found, reports = encoder.outputs([kind.contents[0], empty, kind.contents[5]], "tokens")
    assert [report.ok for report in reports] == [True, False, True]
    assert found[1] is None
    for tokens in (found[0], found[2]):
        assert tokens is not None
        assert tokens.ndim == 2
        assert np.isfinite(tokens).all()


def test_save_and_load_is_exact(encoder: Towers, kind: Kind, tmp_path: Path) -> None:
    encoder.save(tmp_path / encoder.name)
    again = load(tmp_path / encoder.name, precision="fp32")
    assert relate(encoder.space, again.space).kind == "exact"
    assert np.array_equal(encoder.encode(kind.contents[:3]).vectors, again.encode(kind.contents[:3]).vectors)
    with pytest.raises(InputError, match="not empty"):
        encoder.save(tmp_path / encoder.name)


@pytest.mark.parametrize(
    ("kind", "name", "texts"),
    [(SOUNDS, "clap", ["a b c", "d", "e f g h i j k l m 1 2 3"]), (CLIPS, "xclip", ["a b c", "d", "e f g h"])],
    ids=["audio", "video"],
)
def test_words_share_the_space(opened: Opened, kind: Kind, name: str, texts: list[str]) -> None:
    joint = opened(kind, name)
    found = joint.encode([*texts, kind.contents[0]], role="query")
    assert not found.failed
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([joint.encode([text], role="query").vectors for text in texts])
    np.testing.assert_allclose(found.vectors[:3], alone, atol=1e-5)


@pytest.mark.parametrize(("kind", "name"), [(SOUNDS, "hubert"), (CLIPS, "vjepa2")], ids=["audio", "video"])
def test_features_of_a_network_without_a_classifier_are_refused(opened: Opened, kind: Kind, name: str) -> None:
    with pytest.raises(InputError, match=f"gives no features for {kind.modality}"):
        opened(kind, name).outputs([kind.contents[0]], "features")


def test_features_where_there_is_a_classifier(opened: Opened) -> None:
    found, reports = opened(CLIPS, "vjepa2-tuned").outputs([CLIPS.contents[0]], "features")
    assert reports[0].ok
    assert found[0] is not None
    assert found[0].shape == (40,)


@of(IMAGES)
def test_files_of_images_are_read(encoder: Towers, tmp_path: Path) -> None:
    images = IMAGES.contents
    Image.fromarray(images[4]).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    (tmp_path / "c.txt").write_text("words")
    pages = [Image.fromarray(image) for image in images[5:8]]
    pages[0].save(tmp_path / "d.tiff", save_all=True, append_images=pages[1:])
    named = [tmp_path / name for name in ("a.png", "b.png", "c.txt", "d.tiff", "gone.png")]
    items = [Item(path.name, path, "image") for path in named]
    found = encoder.encode([*named, *items])
    assert [report.ok for report in found.reports] == 2 * [True, False, False, True, False]
    np.testing.assert_allclose(found.vectors[[0, 3]], encoder.encode([images[4], images[5]]).vectors, atol=1e-5)
    assert [report.id for report in found.truncated] == ["3", "d.tiff"]
    mean = encoder.encode([named[3]], overflow="mean")
    np.testing.assert_allclose(mean.vectors[0], _mean(encoder, encoder.encode(images[5:8]).vectors), atol=1e-5)


@of(IMAGES)
def test_a_clip_is_the_mean_of_its_frames(encoder: Towers) -> None:
    frames = RNG.integers(0, 255, (5, 40, 48, 3), dtype=np.uint8)
    clip = encoder.encode([Clip(frames, np.arange(5.0))])
    single = encoder.encode(list(frames)).vectors
    np.testing.assert_allclose(clip.vectors[0], _mean(encoder, single), atol=1e-5)


@of(SOUNDS)
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
    np.testing.assert_allclose(mean.vectors[0], _mean(encoder, parts), atol=1e-5)
    assert (mean.reports[0].truncated, mean.reports[0].used) == (False, whole.seen)
    assert encoder.encode([LONG], overflow="error").failed


@of(SOUNDS)
@pytest.mark.parametrize("overflow", ["truncate", "mean"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_file_is_heard_as_its_samples(encoder: Towers, tmp_path: Path, overflow: Any, rate: int) -> None:
    file = tmp_path / "long.wav"
    soundfile.write(file, sound(2.3, rate).samples, rate, subtype="FLOAT")
    found = encoder.encode([sound(2.3, rate), Item("file", file, "audio")], overflow=overflow)
    assert not found.failed, found.failed
    assert found.reports[0].truncated == found.reports[1].truncated
    np.testing.assert_allclose(found.vectors[0], found.vectors[1], atol=1e-5)


def test_other_settings_of_the_processor_are_another_space(tmp_path: Path) -> None:
    path = videos.write(tmp_path / "videomae", "videomae")
    before = load(path, precision="fp32").space
    settings = path / "video_preprocessor_config.json"
    settings.write_text(settings.read_text().replace('"shortest_edge": 20', '"shortest_edge": 18'))
    assert load(path, precision="fp32").space.id != before.id
