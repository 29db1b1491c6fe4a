"""Recordings: any rate and number of channels to windows of one channel, whatever is wrong with them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from likewise.errors import FormatError
from likewise.formats import Plan, Reader
from likewise.modalities.audio import Audio
from likewise.types import Media, Sound
from tests.formats.media import heard, tone, wav


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def _put(folder: Path, data: bytes, suffix: str = ".wav") -> Path:
    path = folder / f"sound{suffix}"
    path.write_bytes(data)
    return path


def _sounds(pieces: list[Media]) -> list[Sound]:
    assert all(isinstance(piece.content, Sound) for piece in pieces)
    return [piece.content for piece in pieces if isinstance(piece.content, Sound)]


def _loudness(sound: Sound) -> float:
    """The amplitude of a sine, told from its middle."""
    third = len(sound.samples) // 3
    return float(sound.samples[third:-third].std() * 2**0.5)


def _refused(reader: Reader, path: Path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        list(reader.view(path))
    return caught.value


@pytest.mark.parametrize(
    ("kind", "subtype", "within"),
    [
        ("WAV", "FLOAT", 0.0),
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_U8", 1e-2),
        ("FLAC", "PCM_24", 1e-6),
        ("AIFF", "PCM_16", 1e-4),
    ],
)
def test_samples_are_those_of_the_file(kind: str, subtype: str, within: float, reader: Reader, tmp_path: Path) -> None:
    samples = tone(1.0)
    view = reader.view(_put(tmp_path, heard(samples, 16_000, kind, subtype), ".bin"))
    (sound,) = _sounds(list(view))
    assert sound.rate == 16_000
    assert sound.samples.dtype == np.float32
    assert np.abs(sound.samples - samples).max() <= within
    assert (view.metadata["rate"], view.metadata["channels"], view.metadata["duration"]) == (16_000, 1, 1.0)


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)])
def test_what_was_squeezed_sounds_alike(kind: str, subtype: str | None, reader: Reader, tmp_path: Path) -> None:
    (sound,) = _sounds(list(reader.view(_put(tmp_path, heard(tone(2.0, 48_000), 48_000, kind, subtype), ".bin"))))
    spectrum = np.abs(np.fft.rfft(sound.samples))
    assert abs(np.argmax(spectrum) * sound.rate / len(sound.samples) - 440) < 2
    assert _loudness(sound) == pytest.approx(0.5, rel=0.05)


def test_aac_in_a_container_is_sound(reader: Reader, tmp_path: Path) -> None:
    held = io.BytesIO()
    with av.open(held, "w", format="ipod") as container:
        track = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(
            np.stack([tone(2.0, 44_100), 0 * tone(2.0, 44_100)]), format="fltp", layout="stereo"
        )
        frame.sample_rate = 44_100
        container.mux(track.encode(frame))
        container.mux(track.encode(None))
    view = reader.view(_put(tmp_path, held.getvalue(), ".m4a"))
    (sound,) = _sounds(list(view))
    assert (view.kind, sound.rate) == ("audio", 44_100)
    assert _loudness(sound) == pytest.approx(0.25, rel=0.05)  # the mean of a channel and of silence
    assert abs(len(sound.samples) / 44_100 - 2) < 0.1


def test_channels_are_averaged(reader: Reader, tmp_path: Path) -> None:
    samples = np.stack([tone(0.5, 8_000), 3 * tone(0.5, 8_000) / 4, 0 * tone(0.5, 8_000)], axis=1)
    (sound,) = _sounds(list(reader.view(_put(tmp_path, wav(samples, 8_000)))))
    assert np.allclose(sound.samples, samples.mean(axis=1), atol=1e-7)


def test_windows_share_what_the_plan_says_and_the_last_reaches_back(reader: Reader, tmp_path: Path) -> None:
    samples = np.linspace(-1, 1, 10_500).astype(np.float32)
    pieces = list(reader.view(_put(tmp_path, wav(samples, 1_000)), plan=Plan(window=4, overlap=1)))
    assert [(p.place.seconds, p.place.until) for p in pieces] == [(0, 4), (3, 7), (6, 10), (6.5, 10.5)]
    for piece, sound in zip(pieces, _sounds(pieces), strict=True):
        start = round((piece.place.seconds or 0) * 1000)
        assert np.array_equal(sound.samples, samples[start : start + 4_000])
    assert [str(p.place) for p in pieces][1] == "00:03-00:07"


def test_parts_that_a_preparer_cuts_have_times_of_their_own(reader: Reader, tmp_path: Path) -> None:
    path = _put(tmp_path, wav(tone(14.5, 8_000), 8_000))
    preparer = Audio("waveform", rate=16_000, length=48_000)
    pieces = list(reader.view(path, {"audio": preparer}, Plan(window=10)))
    times = [(p.place.seconds, p.place.until) for p in pieces]
    assert times == [(0, 3), (3, 6), (6, 9), (7, 10), (4.5, 7.5), (7.5, 10.5), (10.5, 13.5), (11.5, 14.5)]
    assert all(np.asarray(p.content).size == 48_000 for p in pieces)


def test_windows_do_not_depend_on_how_the_file_is_read(reader: Reader, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, 400_000).astype(np.float32)  # several blocks
    pieces = list(reader.view(_put(tmp_path, wav(samples, 8_000)), plan=Plan(window=7)))
    whole = np.concatenate([sound.samples for sound in _sounds(pieces[:-1])])
    assert np.array_equal(whole, samples[: len(whole)])
    assert len(pieces) == 8
    assert pieces[-1].place.until == 50


def test_what_is_no_number_is_silence_and_told(reader: Reader, tmp_path: Path) -> None:
    samples = tone(1.0, 8_000)
    samples[10:20], samples[30], samples[40] = np.nan, np.inf, 1e38
    view = reader.view(_put(tmp_path, wav(samples, 8_000)))
    (sound,) = _sounds(list(view))
    assert (sound.samples[10:20] == 0).all()
    assert (sound.samples[30], sound.samples[40]) == (0, 1)
    assert "11 of its 8,000 samples are no numbers" in view.warnings[0]
    assert "1 samples are louder" in view.warnings[1]
    assert _refused(reader, _put(tmp_path, wav(np.full(99, np.nan), 8_000))).reason == "damaged"


def test_silence_is_sound(reader: Reader, tmp_path: Path) -> None:
    (sound,) = _sounds(list(reader.view(_put(tmp_path, wav(np.zeros(4_000), 8_000)))))
    assert not sound.samples.any()


def test_sizes_that_lie_are_not_believed(reader: Reader, tmp_path: Path) -> None:
    samples = tone(1.0, 8_000)
    for claimed in (0xFFFFFFFF, 4 * 8_000 * 10):
        (sound,) = _sounds(list(reader.view(_put(tmp_path, wav(samples, 8_000, claimed)))))
        assert np.array_equal(sound.samples, samples)
    assert _refused(reader, _put(tmp_path, wav(np.zeros(0), 8_000))).reason == "no_content"
    assert _refused(reader, _put(tmp_path, wav(samples, 8_000)[:44])).reason in ("no_content", "damaged")


@pytest.mark.parametrize("rate", [0, 1, 0xFFFFFFFF])
def test_absurd_rates_are_damage(rate: int, reader: Reader, tmp_path: Path) -> None:
    data = bytearray(wav(tone(1.0, 8_000), 8_000))
    data[24:28] = rate.to_bytes(4, "little")
    assert _refused(reader, _put(tmp_path, bytes(data))).reason == "damaged"


def test_an_hour_does_not_lie_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 16_000, 1, "PCM_16") as long:
        for _ in range(60):
            long.write(np.zeros(60 * 16_000, np.int16))
    with Reader() as reader:
        list(reader.view(_put(tmp_path, wav(np.zeros(4_000), 8_000))))
        before = reader.peak
        assert sum(1 for _ in reader.view(path)) == 360
        assert reader.peak - before < 32 << 20  # the file holds 115 MB, its samples 230


def test_a_file_that_is_no_sound_at_all_is_refused(reader: Reader, tmp_path: Path) -> None:
    assert _refused(reader, _put(tmp_path, b"RIFF\xff\xff\xff\xffWAVE" + bytes(500))).reason == "damaged"
    assert _refused(reader, _put(tmp_path, b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(500), ".mp3")).reason == "damaged"
    assert _refused(reader, _put(tmp_path, b"fLaC")).reason == "damaged"
