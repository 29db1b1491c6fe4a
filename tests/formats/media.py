"""One small media file of every format, made here, and what is in it."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import pillow_heif
import soundfile
from PIL import Image

from likewise.formats import Plan

__all__ = [
    "MEDIA",
    "METRES",
    "STEPS",
    "SVG",
    "Sample",
    "film",
    "heard",
    "phone",
    "picture",
    "saved",
    "steps",
    "tone",
    "wav",
]

RATE = 16_000
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Sample:
    """A file, what it is taken for, and the modalities of its pieces in their order."""

    suffix: str
    make: Callable[[], bytes]
    modalities: tuple[str, ...]
    plan: Plan = field(default_factory=Plan)


def picture(width: int = 48, height: int = 32) -> Array:
    """Red grows to the right, green downwards, blue is even."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack((x, y, np.full_like(x, 90)), axis=2).astype(np.uint8)


def saved(pixels: Array, kind: str, **options: Any) -> bytes:
    """An image file of pixels."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, kind, **options)
    return held.getvalue()


def tone(seconds: float, rate: int = RATE, hertz: float = 440.0) -> Array:
    """A sine `(n,)` float32 of half the full scale."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def heard(samples: Array, rate: int, kind: str = "WAV", subtype: str | None = None) -> bytes:
    """A sound file that libsndfile writes."""
    held = io.BytesIO()
    soundfile.write(held, samples, rate, format=kind, subtype=subtype)
    return held.getvalue()


def wav(samples: Array, rate: int, data: int | None = None) -> bytes:
    """A WAV file of floats by hand, which may lie about the `data` it holds."""
    body = samples.astype("<f4").tobytes()
    claimed = len(body) if data is None else data
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    kind = struct.pack("<HHIIHH", 3, channels, rate, rate * 4 * channels, 4 * channels, 32)
    size = min(36 + claimed, 0xFFFFFFFF)
    return (
        b"RIFF" + struct.pack("<I", size) + b"WAVEfmt \x10\0\0\0" + kind + b"data" + struct.pack("<I", claimed) + body
    )


def film(
    colours: list[tuple[int, int, int]],
    each: float = 1.0,
    kind: str = "mp4",
    sound: bool = False,
    times: list[float] | None = None,
    size: tuple[int, int] = (64, 48),
) -> bytes:
    """A film at 10 frames a second that shows one colour after the other, `each` seconds long, or at given `times`."""
    held = io.BytesIO()
    with av.open(held, "w", format=kind) as container:
        codec = {"mp4": "mpeg4", "avi": "mpeg4", "matroska": "mpeg4", "webm": "libvpx"}[kind]
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 5
        track = container.add_stream("aac", rate=RATE, layout="mono") if sound else None
        shown = [colour for colour in colours for _ in range(round(each * 10))]
        for i, colour in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), colour, np.uint8), format="rgb24")
            frame.pts = round((times[i] if times else i / 10) * 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None:
            made = av.AudioFrame.from_ndarray(tone(len(shown) / 10)[None], format="fltp", layout="mono")
            made.sample_rate = RATE
            assert isinstance(track, av.AudioStream)
            container.mux(track.encode(made))
            container.mux(track.encode(None))
    return held.getvalue()


COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]

STEPS = np.random.default_rng(3).normal(0, 1, (500, 6)).round(3)
METRES = np.linspace(400, 9000, 48 * 32).reshape(32, 48).astype(np.uint16)


def steps() -> bytes:
    """A table of a motion sensor at 100 Hz, turns before accelerations."""
    rows = [f"{i / 100:.2f}," + ",".join(map(str, [*row[3:], *row[:3]])) for i, row in enumerate(STEPS)]
    return "\n".join(["time,gyr_x,gyr_y,gyr_z,acc_x,acc_y,acc_z", *rows, ""]).encode()


def phone() -> bytes:
    """A HEIC photo."""
    held = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture(64, 64))).save(held, quality=95)
    return held.getvalue()


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'><rect width='10' height='10' fill='#c81e1e'/></svg>"

MEDIA: dict[str, Sample] = {
    "depth": Sample(".png", lambda: saved(METRES, "PNG"), ("depth",), Plan("depth")),
    "heic": Sample(".heic", phone, ("image",)),
    "image": Sample(".png", lambda: saved(picture(), "PNG"), ("image",)),
    "audio": Sample(".flac", lambda: heard(tone(2.5), RATE, "FLAC"), ("audio",) * 3, Plan(window=1)),
    "motion": Sample(".csv", steps, ("motion",) * 5, Plan("motion", window=1)),
    "svg": Sample(".svg", lambda: SVG, ("image",)),
    "thermal": Sample(".png", lambda: saved(METRES, "PNG"), ("thermal",), Plan("thermal")),
    "video": Sample(".mp4", lambda: film(COLOURS), ("image",) * 3, Plan(every=1)),
}
