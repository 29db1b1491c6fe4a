"""Images: every format that Pillow reads without another program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._kinds import is_drawing
from likewise.formats._pillow import facts, opened, within
from likewise.formats._rgb import rgb, upright
from likewise.formats._signatures import signature
from likewise.types import Media, Place

__all__ = ["Image"]

_SUFFIXES = (
    ".png .jpg .jpeg .jpe .jfif .gif .webp .avif .tif .tiff .bmp .dib .ico .icns .cur .psd .jp2 .j2k .jpx .ppm .pgm "
    ".pbm .pnm .pfm .tga .pcx .dcx .dds .sgi .rgb .bw .ras .xbm .xpm .qoi .fits .fit .im .msp .spi .blp .gbr .fli .flc "
    ".pxr .apng .mpo .pcd .ftc .ftu .mic"
)
_PAGED = frozenset(("TIFF", "DCX", "IM", "MIC", "SPIDER"))
_STILL = frozenset(("JPEG", "MPO", "PSD", "ICO", "ICNS", "CUR", "FITS", "JPEG2000"))
"""Further frames of these are previews, layers and other sizes of the same picture."""
_TOLD_LATE = frozenset(("WEBP", "AVIF"))
"""Frames of these say how long they last when they are decoded."""
_MOST_FRAMES, _MOST_PIXELS = 2000, 2_000_000_000
"""How far an animation is looked through."""
_SMALLER = 0x00FE
"""The tag of a TIFF page that is a smaller copy of another one where its first bit is set."""


@final
class Image(Wordless):
    """One picture, or one a page, or some of an animation: RGB, turned by its EXIF orientation, transparent on white.

    Numbers of 16 and 32 bits and fractions are scaled to 8 bits; colour profiles are left alone.
    """

    name = "image"
    suffixes = tuple(_SUFFIXES.split())
    modalities = ("image",)

    def claim(self, file: File) -> Claim:
        if file.sense == "image":
            unread = is_drawing(file.head, file.suffix) or signature(file.head) == "a JPEG XL image"
            return Claim.NO if unread else Claim.CONTENT
        return Claim.SUFFIX if file.suffix in self.suffixes and not file.textual else Claim.NO

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        image = opened(file, plan.draft)
        facts(image, file)
        if image.format in _STILL or not _more(image, file):
            piece = _piece(image, file, Place())
            del image  # so that a large one is not kept while its pixels are made ready
            yield piece
        elif image.format in _PAGED:
            yield from _pages(image, file, plan.pages)
        else:
            yield from _frames(image, file, plan.frames)


def _piece(image: Any, file: File, place: Place) -> Media:
    within(image, file)
    image.load()
    return Media("image", upright(rgb(image), image, file.warnings), place)


def _more(image: Any, file: File) -> bool:
    """Whether there is a second frame."""
    try:
        image.seek(1)
    except EOFError:
        return False
    except Exception as error:  # whatever the second one is, the first may be good
        file.warnings.append(f"what follows its first picture cannot be read: {error}")
        image = None
    if image is None:
        return False
    image.seek(0)
    return True


def _pages(image: Any, file: File, most: int) -> Iterator[Media]:
    number = 0
    for index in range(most + 1):
        try:
            image.seek(index)
        except EOFError:
            return
        if index == most:
            file.warnings.append(f"pages after the first {most} were left out")
        elif not index or not _is_preview(image):
            number += 1
            yield _piece(image, file, Place(unit="page", number=number))


def _is_preview(image: Any) -> bool:
    tag = getattr(image, "tag_v2", {}).get(_SMALLER, 0)
    return isinstance(tag, int) and bool(tag & 1)


def _frames(image: Any, file: File, wanted: int) -> Iterator[Media]:
    """Frames in the middle of so many equal parts of an animation."""
    starts = _starts(image, file)
    image.seek(0)
    picks = sorted({int((part + 0.5) * len(starts) / wanted) for part in range(wanted)})
    for index in picks:
        image.seek(index)
        yield _piece(image, file, Place(unit="frame", number=index + 1, seconds=starts[index]))


def _starts(image: Any, file: File) -> list[float]:
    """When each frame is shown, in seconds; a damaged end is left out."""
    image.seek(0)
    image.load()
    starts, at = [0.0], _duration(image)
    most = min(_MOST_FRAMES, _MOST_PIXELS // (image.width * image.height) + 1)
    while len(starts) < most:
        try:
            image.seek(len(starts))
        except EOFError:
            return starts
        except (OSError, SyntaxError, ValueError) as error:
            file.warnings.append(f"frames after the first {len(starts)} cannot be read: {error}")
            return starts
        file.tick()
        if image.format in _TOLD_LATE:
            image.load()
        starts.append(at)
        at += _duration(image)
    file.warnings.append(f"only the first {most} frames were looked at")
    return starts


def _duration(image: Any) -> float:
    duration = image.info.get("duration", 0)
    if not isinstance(duration, int | float) or not 0 <= duration < 1e9:
        raise FormatError("damaged", f"a frame lasts {duration!r} ms")
    return duration / 1000
