"""Films: frames, clips and sound of each scene at their times, whatever the container says or lacks."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from likewise.errors import FormatError
from likewise.formats import Limits, Plan, Reader
from likewise.modalities.image import ImagePreparer
from likewise.modalities.video import Video
from likewise.types import Clip, Media, Sound
from tests.formats.media import COLOURS, film


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _put(folder: Path, data: bytes, name: str = "film.mp4") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _colour(piece: Media) -> tuple[int, ...]:
    assert isinstance(piece.content, np.ndarray)
    return tuple(int(x) for x in piece.content.reshape(-1, 3).mean(axis=0))


def _near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


@pytest.mark.parametrize("kind", ["mp4", "matroska", "avi", "webm"])
def test_each_scene_gives_its_frame(kind: str, reader: Reader, tmp_path: Path) -> None:
    view = reader.view(_put(tmp_path, film(COLOURS, 2.0, kind), "film.bin"), plan=Plan(every=2))
    pieces = list(view)
    assert view.kind == "video"
    assert [piece.place.seconds for piece in pieces] == pytest.approx([1, 3, 5], abs=0.21)
    assert all(_near(_colour(piece), colour) for piece, colour in zip(pieces, COLOURS, strict=True))
    assert (view.metadata["width"], view.metadata["height"]) == (64, 48)
    assert view.metadata["duration"] == pytest.approx(6, abs=0.2)


def test_a_scene_gives_as_many_frames_as_asked(reader: Reader, tmp_path: Path) -> None:
    pieces = list(reader.view(_put(tmp_path, film(COLOURS, 2.0)), plan=Plan(every=6, frames=3, cuts=False)))
    assert [piece.place.seconds for piece in pieces] == pytest.approx([1, 3, 5], abs=0.31)
    assert all(_near(_colour(piece), colour) for piece, colour in zip(pieces, COLOURS, strict=True))


def test_frames_that_wait_for_the_end_of_a_scene_cost_little(reader: Reader, tmp_path: Path) -> None:
    """Each once held threads of its own for the picture in which cuts are looked for, too many for the child."""
    path = _put(tmp_path, film([COLOURS[0]], 12.0))
    preparer = Video(64, (48,), (48, 48))
    (piece,) = reader.view(path, {"video": preparer}, plan=Plan(every=20))
    assert isinstance(piece.content, np.ndarray)
    assert piece.content.shape == (64, 48, 48, 3)


def test_scenes_divide_a_film_evenly(reader: Reader, tmp_path: Path) -> None:
    pieces = list(reader.view(_put(tmp_path, film(COLOURS, 0.7)), plan=Plan(every=1)))
    assert [piece.place.seconds for piece in pieces] == pytest.approx([0.5, 1.5], abs=0.21)


def test_scenes_end_at_cuts(reader: Reader, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    painted = [tuple(int(x) for x in rng.integers(20, 235, 3)) for _ in range(4)]
    path = _put(tmp_path, film(painted, 2.5))  # type: ignore[arg-type]
    pieces = list(reader.view(path, plan=Plan(every=100)))
    assert [piece.place.seconds for piece in pieces] == pytest.approx([1.25, 3.75, 6.25, 8.75], abs=0.21)
    assert all(_near(_colour(piece), colour) for piece, colour in zip(pieces, painted, strict=True))
    clips = list(reader.view(path, plan=Plan("video", every=100)))
    assert [piece.place.seconds for piece in clips] == pytest.approx([0, 2.5, 5, 7.5], abs=0.11)
    assert [piece.place.until for piece in clips] == pytest.approx([2.5, 5, 7.5, 10], abs=0.11)
    assert len(list(reader.view(path, plan=Plan(every=100, cuts=False)))) == 1


def test_its_sound_is_heard(reader: Reader, tmp_path: Path) -> None:
    pieces = list(reader.view(_put(tmp_path, film(COLOURS, 2.0, sound=True)), plan=Plan(every=3, window=2, cuts=False)))
    seen, heard = ([p for p in pieces if p.modality == kind] for kind in ("image", "audio"))
    assert len(seen) == 2
    assert [piece.place.seconds for piece in heard][:3] == pytest.approx([0, 2, 4], abs=0.1)
    assert isinstance(heard[0].content, Sound)
    assert heard[0].content.samples.std() * 2**0.5 == pytest.approx(0.5, rel=0.1)


def test_clips_are_given_where_they_are_asked_for(reader: Reader, tmp_path: Path) -> None:
    pieces = list(reader.view(_put(tmp_path, film(COLOURS, 2.0)), plan=Plan("video", every=3, clip=4, cuts=False)))
    assert [(p.place.seconds, p.place.until) for p in pieces] == [
        pytest.approx((0, 3), abs=0.11),
        pytest.approx((3, 6), abs=0.11),
    ]
    clip = pieces[0].content
    assert isinstance(clip, Clip)
    assert clip.frames.shape == (4, 48, 64, 3)
    assert clip.times == pytest.approx([0.375, 1.125, 1.875, 2.625], abs=0.21)
    assert _near(tuple(clip.frames[0].reshape(-1, 3).mean(axis=0)), COLOURS[0])
    assert _near(tuple(clip.frames[-1].reshape(-1, 3).mean(axis=0)), COLOURS[1])


def test_preparers_say_what_is_wanted_and_work_in_the_child(reader: Reader, tmp_path: Path) -> None:
    path = _put(tmp_path, film(COLOURS, 2.0, sound=True))
    prepared = list(reader.view(path, {"image": ImagePreparer(resize=(8, 8))}, Plan(every=2)))
    assert [piece.modality for piece in prepared] == ["image"] * 3
    assert all(isinstance(p.content, np.ndarray) and p.content.shape == (8, 8, 3) for p in prepared)
    plain = [p for p in reader.view(path, plan=Plan(every=2)) if p.modality == "image"]
    for piece, other in zip(prepared, plain, strict=True):
        assert piece.place == other.place
        assert np.array_equal(piece.content, ImagePreparer(resize=(8, 8)).prepare(other.content))  # type: ignore[arg-type]


def test_times_of_frames_are_those_of_the_container(reader: Reader, tmp_path: Path) -> None:
    times = [i / 10 for i in range(10)] + [1 + i * 0.5 for i in range(10)] + [6 + i / 10 for i in range(10)]
    pieces = list(reader.view(_put(tmp_path, film(COLOURS, 1.0, "matroska", times=times)), plan=Plan(every=1.9)))
    shown = dict(zip(times, [c for c in COLOURS for _ in range(10)], strict=True))
    for piece in pieces:
        nearest = min(shown, key=lambda t: abs(t - (piece.place.seconds or 0)))
        assert piece.place.seconds == pytest.approx(nearest, abs=0.06)
        assert _near(_colour(piece), shown[nearest])


def test_a_film_that_was_filmed_upright_is_turned(reader: Reader, tmp_path: Path) -> None:
    data = bytearray(film([COLOURS[0]]))
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    (piece,) = list(reader.view(_put(tmp_path, bytes(data))))
    assert isinstance(piece.content, np.ndarray)
    assert piece.content.shape == (64, 48, 3)


def test_a_cover_is_not_the_film(reader: Reader, tmp_path: Path) -> None:
    held = io.BytesIO()
    with av.open(held, "w", format="matroska") as container, av.open(io.BytesIO(film(COLOURS)), "r") as source:
        cover = container.add_stream("mjpeg", rate=1)
        assert isinstance(cover, av.VideoStream)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        shown = container.add_stream_from_template(source.streams.video[0])
        for packet in cover.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")):
            container.mux(packet)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = shown
                container.mux(packet)
    pieces = list(reader.view(_put(tmp_path, held.getvalue()), plan=Plan(every=1)))
    assert [np.asarray(piece.content).shape for piece in pieces] == [(48, 64, 3)] * 3


def test_half_a_film_gives_what_there_is_or_is_refused(reader: Reader, tmp_path: Path) -> None:
    whole = film(COLOURS, 2.0, "matroska")
    view = reader.view(_put(tmp_path, whole[: len(whole) * 2 // 3]), plan=Plan(every=2))
    assert 1 <= len(list(view)) <= 3
    whole = film(COLOURS, 2.0)  # its index stands at the end
    with pytest.raises(FormatError) as caught:
        list(reader.view(_put(tmp_path, whole[: len(whole) // 2])))
    assert caught.value.reason == "damaged"


def test_a_film_without_pictures_or_sound_says_so(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        list(reader.view(_put(tmp_path, film(COLOURS)), plan=Plan("audio")))
    assert caught.value.reason == "no_content"


def test_frames_beyond_the_limit_are_a_bomb(tmp_path: Path) -> None:
    with Reader(Limits(pixels=64 * 48 - 1)) as reader, pytest.raises(FormatError) as caught:
        list(reader.view(_put(tmp_path, film(COLOURS))))
    assert caught.value.reason == "bomb"


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
    ],
)
def test_a_playlist_reaches_no_other_file(playlist: str, reader: Reader, tmp_path: Path) -> None:
    other = _put(tmp_path, film(COLOURS), "other.mp4")
    with pytest.raises(FormatError) as caught:
        list(reader.view(_put(tmp_path, playlist.format(path=other).encode() + b"\0", "film.ts")))
    assert caught.value.reason in ("damaged", "unsupported")
