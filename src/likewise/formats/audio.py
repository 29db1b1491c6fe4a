"""Recordings of sound: WAV, FLAC, Ogg, Opus, MP3, AIFF by libsndfile, AAC and all others by FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._av import best, facts, opened, packets
from likewise.formats._track import Track
from likewise.formats._windows import Mono, Windows
from likewise.types import Media

__all__ = ["Audio"]

_SUFFIXES = (
    ".wav .wave .flac .ogg .oga .opus .mp3 .mp2 .aif .aiff .aifc .au .snd .caf .w64 .rf64 .m4a .m4b .aac .wma .amr"
)
_FRAMED = (b"RIFF", b"RF64", b"riff", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"caff")
_LAYERED = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xfd")
"""How files begin that libsndfile reads."""
_BLOCK = 1 << 16
_RATES = (100, 1_000_000)
_TAGS = ("title", "artist", "album", "genre", "date", "comment")


@final
class Audio(Wordless):
    """Windows of one channel at the rate of the file: the mean of its channels, from -1 to 1, each with its time."""

    name = "audio"
    suffixes = tuple(_SUFFIXES.split())
    modalities = ("audio",)

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.sense == "audio" else Claim.NO

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        sound = _sound(file) if file.head.startswith(_FRAMED + _LAYERED) else None
        yield from _contained(file, plan) if sound is None else _framed(sound, file, plan)


def _sound(file: File) -> Any:
    """The file as libsndfile opens it; None where it cannot."""
    import soundfile

    file.handle.seek(0)
    try:
        return soundfile.SoundFile(file.handle)
    except (soundfile.LibsndfileError, RuntimeError):
        return None


def _framed(sound: Any, file: File, plan: Plan) -> Iterator[Media]:
    import soundfile

    with sound:
        rate = int(sound.samplerate)
        if not _RATES[0] <= rate <= _RATES[1]:
            raise FormatError("damaged", f"it says that it has {rate:,} samples a second")
        file.metadata.update(rate=rate, channels=sound.channels, sound=f"{sound.format} {sound.subtype}".lower())
        file.metadata.update({name: value for name in _TAGS if (value := getattr(sound, name, ""))})
        mono, windows = Mono(), Windows(plan, rate)
        count = max(1, _BLOCK // sound.channels)
        while True:
            file.tick()
            try:
                block = sound.read(count, dtype="float32", always_2d=True)
            except (soundfile.LibsndfileError, RuntimeError) as error:
                file.warnings.append(f"it breaks off after {windows.end:.1f} s: {error}")
                break
            if not len(block):
                break
            yield from windows.feed(mono.take(block))
        file.metadata["duration"] = round(windows.end, 3)
        yield from windows.finish()
        mono.tell(file)


def _contained(file: File, plan: Plan) -> Iterator[Media]:
    with opened(file) as container:
        facts(container, file)
        streams = best(container, "audio")
        if not streams:
            raise FormatError("no_content", "there is no sound in it")
        track = Track(plan, file, (container.start_time or 0) / 1e6)
        for _, frames in packets(container, streams, file):
            yield from track.feed(frames)
        yield from track.finish()
