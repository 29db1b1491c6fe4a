"""Containers of sound and film, opened with PyAV (FFmpeg) so that they reach nothing but their own bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from likewise.errors import FormatError
from likewise.formats import File

__all__ = ["best", "facts", "opened", "packets"]

_DEMUXERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,dv,eac3,flac,flv,gif,gxf,h264,hevc,ivf,m4v,matroska,mjpeg,mlp,"
    "mov,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,rm,shn,spdif,tak,truehd,tta,voc,w64,wav,wsaud,wv,xwma,"
    "yuv4mpegpipe"
)
"""What reads one file. Playlists, which name other files and addresses, are not among them."""
_TAGS = ("title", "artist", "album", "genre", "date", "creation_time", "comment")
_BROKEN = 1000
"""Packets in a row that may be spoilt before the rest is given up."""


@contextmanager
def opened(file: File) -> Iterator[Any]:
    """A container; its members are listed, nothing is decoded. Raises FormatError `damaged`."""
    import av

    av.logging.set_level(None)
    file.handle.seek(0)
    options = {"protocol_whitelist": "none", "format_whitelist": _DEMUXERS, "max_streams": "64"}
    try:
        container = av.open(file.handle, options=options, metadata_errors="ignore")
    except (av.error.FFmpegError, ValueError, OSError, EOFError) as error:
        raise FormatError("damaged", f"it cannot be opened: {_said(error)}") from error
    with container:
        yield container


def best(container: Any, kind: str) -> list[Any]:
    """The stream of a kind that a player would take: no cover beside a film, no comment beside its sound."""
    found = container.streams.best(kind)
    return [] if found is None else [found]


def facts(container: Any, file: File) -> None:
    """Write down duration, tags, size, rate and codecs."""
    if container.duration:
        file.metadata["duration"] = round(container.duration / 1e6, 3)
    tags = {key.lower(): value for key, value in container.metadata.items()}
    file.metadata.update({name: tags[name] for name in _TAGS if tags.get(name)})
    for stream in best(container, "video"):
        file.metadata["width"], file.metadata["height"] = stream.codec_context.width, stream.codec_context.height
        file.metadata["codec"] = stream.codec_context.name
        if stream.average_rate:
            file.metadata["frame_rate"] = round(float(stream.average_rate), 3)
    for stream in best(container, "audio"):
        file.metadata["rate"], file.metadata["channels"] = stream.codec_context.sample_rate, stream.channels
        file.metadata["sound"] = stream.codec_context.name


def packets(container: Any, streams: list[Any], file: File) -> Iterator[tuple[Any, list[Any]]]:
    """What each packet decodes to, as (stream, frames); packets that are spoilt are passed over, with a warning."""
    import av

    broken = row = good = 0
    why = ""
    try:
        for packet in container.demux(streams):
            file.tick()
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                broken, row, why = broken + 1, row + 1, _said(error)
                if row >= _BROKEN:
                    break
                continue
            row, good = 0 if frames else row, good + len(frames)
            yield packet.stream, frames
    except (av.error.FFmpegError, OSError, ValueError) as error:
        broken, why = broken + 1, _said(error)
    if broken and not good:
        raise FormatError("damaged", f"none of it can be decoded: {why}")
    if broken:
        file.warnings.append(f"{broken} packets of it cannot be decoded and were passed over: {why}")


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
