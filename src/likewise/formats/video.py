"""Films in any container that FFmpeg reads: pictures and clips of scenes, and their sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._av import best, facts, opened, packets
from likewise.formats._scenes import Scenes
from likewise.formats._track import Track
from likewise.types import Media

__all__ = ["Video"]

_SUFFIXES = (
    ".mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .ts .m2ts .mts .vob .wmv .asf .flv .ogv .3gp .3g2 .mxf .rm .ivf .y4m .dv"
)
_THREADS = 2


@final
class Video(Wordless):
    """Frames or clips of each scene, turned as the container says, and windows of its sound, each with its time."""

    name = "video"
    suffixes = tuple(_SUFFIXES.split())
    modalities = ("image", "audio", "video")

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.sense == "video" else Claim.NO

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:
        with opened(file) as container:
            facts(container, file)
            seen = best(container, "video") if wanted & {"image", "video"} else []
            heard = best(container, "audio") if "audio" in wanted else []
            if not seen and not heard:
                has = ", ".join(sorted({stream.type for stream in container.streams})) or "no stream"
                raise FormatError("no_content", f"it holds {has}, and {' or '.join(sorted(wanted))} is wanted")
            for stream in seen:
                _bound(stream, file)
            yield from _both(container, seen, heard, _Makers(file, plan, wanted, container))


@final
class _Makers:
    """What makes pieces of the pictures and of the sound of one container."""

    def __init__(self, file: File, plan: Plan, wanted: frozenset[str], container: Any) -> None:
        offset = (container.start_time or 0) / 1e6
        self.file = file
        self.scenes = Scenes(file, plan, wanted, offset)
        self.track = Track(plan, file, offset)


def _bound(stream: Any, file: File) -> None:
    """Keep a decoder from frames that are too large, and give it threads."""
    context = stream.codec_context
    if context.width * context.height > file.limits.pixels:
        size = f"{context.width:,} x {context.height:,}"
        raise FormatError("bomb", f"its frames have {size} pixels, the limit is {file.limits.pixels:,} in all")
    context.options = {"max_pixels": str(file.limits.pixels)}
    stream.thread_type = "AUTO"
    with suppress(RuntimeError, ValueError):  # a decoder that is open already keeps what it has
        context.thread_count = _THREADS


def _both(container: Any, seen: list[Any], heard: list[Any], makers: _Makers) -> Iterator[Media]:
    for stream, frames in packets(container, seen + heard, makers.file):
        if stream.type == "video":
            for frame in frames:
                yield from makers.scenes.feed(frame)
        else:
            yield from makers.track.feed(frames)
    if seen:
        yield from makers.scenes.finish()
        _tell(makers)
    if heard:
        yield from makers.track.finish()


def _tell(makers: _Makers) -> None:
    """Say where a film is shorter than it claims, or holds no picture at all."""
    file, lasted = makers.file, makers.scenes.end
    if not makers.scenes.frames:
        raise FormatError("no_content", "there is no picture in its video")
    claimed = file.metadata.get("duration", 0)
    if isinstance(claimed, float) and lasted < claimed * 0.9 - 1:
        file.warnings.append(f"it claims to last {claimed:.1f} s, and its pictures end after {lasted:.1f} s")
