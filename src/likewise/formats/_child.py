"""The process that parses: takes open files over a socket, gives parts as JSON lines, and may be killed at any time.

    python -P -m likewise.formats._child SOCKET PARENT MEMORY [MODULE ...]

A request is one JSON line with one descriptor; the answers to it are JSON lines: `kind` once, `part` or `media` and
`tick` as they come, then `end` or `error`. The bytes of its arrays follow a `media` line. Nothing that a library prints
can reach the socket.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise import parts
from likewise.errors import FormatError, MissingLibrary
from likewise.formats import File, Format, Wordless
from likewise.formats._limits import Limits
from likewise.formats._signatures import signature
from likewise.formats._viewing import chosen, pieces
from likewise.formats._wanted import rebuilt
from likewise.formats._wire import pack
from likewise.types import Part, Scalar

__all__ = ["main"]

Array = NDArray[Any]

_LONGEST = 1 << 16
"""Characters of a part at most; a longer one is cut."""
_PULSE = 0.5
"""Seconds between two signs of life."""
_FORBIDDEN = frozenset(
    (
        *("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"),
        *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.kill"),
        *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.symlink", "os.link"),
    )
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SPOILT = dict.fromkeys((0, *range(0xD800, 0xE000)), "\ufffd")


@final
class _Ticking(io.RawIOBase):
    """A descriptor whose every read is a sign of life."""

    def __init__(self, descriptor: int, line: _Line) -> None:
        self._file, self._line = io.FileIO(descriptor, "r"), line

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int | None:
        self._line.tick()
        return self._file.readinto(buffer)

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        super().close()


@final
class _Line:
    """The way back to the parent."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._last = sock, 0.0

    def send(self, what: str, *values: object) -> None:
        self._last = time.monotonic()
        self._socket.sendall(_ENCODER.encode((what, *values)).encode() + b"\n")

    def attach(self, array: Array) -> None:
        """The bytes that a frame has announced."""
        self._socket.sendall(array.reshape(-1).view(np.uint8).data if array.size else b"")

    def tick(self) -> None:
        if time.monotonic() - self._last > _PULSE:
            self.send("tick")


def main() -> None:
    """Serve files until the parent closes the socket."""
    descriptor, parent, memory = (int(x) for x in sys.argv[1:4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sock = socket.socket(fileno=descriptor)
    formats = _formats(sys.argv[4:])
    _confine(parent, memory)
    line = _Line(sock)
    line.send("ready")
    while request := _request(sock):
        facts, handed = request
        limits = Limits(**facts["limits"])
        with contextlib.ExitStack() as held:
            handle = held.enter_context(io.BufferedReader(_Ticking(handed, line), 1 << 16))
            file = File(handle, facts["suffix"], facts["size"], limits, tick=line.tick)
            _serve(file, partial(_view, want=facts["view"]) if facts["view"] else _read, formats, line)


def _request(sock: socket.socket) -> tuple[dict[str, Any], int] | None:
    message, descriptors, _, _ = socket.recv_fds(sock, 1 << 16, 1)
    return (json.loads(message), descriptors[0]) if message and descriptors else None


def _formats(extra: list[str]) -> list[Format]:
    """One of each format; one whose library is not installed is missing, and its files are unsupported."""
    made: list[Format] = []
    for name in parts.names("formats"):
        with contextlib.suppress(MissingLibrary):
            made.append(parts.find("formats", name)())
    for module in extra:
        leaf = importlib.import_module(module)
        made.extend(getattr(leaf, name)() for name in leaf.__all__)
    return made


def _confine(parent: int, memory: int) -> None:
    """Bound memory, forbid files, processes and connections, and die with the parent."""
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        with contextlib.suppress(ValueError, OSError):  # some systems do not let it be set
            resource.setrlimit(what, (limit, limit))
    sys.dont_write_bytecode = True
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)
    sys.addaudithook(_forbid)


def _forbid(event: str, _: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a reader of files may not use {event}")


def _serve(file: File, work: Callable[[File, list[Format], _Line], None], formats: list[Format], line: _Line) -> None:
    try:
        work(file, formats, line)
        line.send("end", *_outcome(file))
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)
    except BaseException as error:  # a library may raise anything at all, and a panic is no Exception
        reason, detail = _reason(error)
        line.send("error", reason, detail, *_outcome(file))


def _read(file: File, formats: list[Format], line: _Line) -> None:
    chosen = _choose(file, formats)
    line.send("kind", chosen.name)
    count = 0
    for part in chosen.read(file):
        for piece in _pieces(_clean(part)):
            place = piece.place
            spot = (place.start, place.end, place.unit, place.number, place.name, place.line, place.heading)
            line.send("part", piece.text, piece.kind, piece.level, *spot)
            count += 1
    if not count:
        raise FormatError("no_text", "it is sound, but there is no text in it (a scan, a drawing, or blank)")


def _view(file: File, formats: list[Format], line: _Line, want: Mapping[str, Any]) -> None:
    preparers, asked, plan = rebuilt(want)
    leaf = chosen(file, formats, asked)
    line.send("kind", leaf.name)
    for media in pieces(file, leaf, plan, preparers, asked):
        values, arrays = pack(media)
        line.send("media", *values)
        for array in arrays:
            line.attach(array)


def _choose(file: File, formats: list[Format]) -> Format:
    able = (f for f in formats if not isinstance(f, Wordless))
    best, claim = max(((f, f.claim(file)) for f in able), key=lambda pair: pair[1])
    if claim:
        return best
    what = signature(file.head)
    if what == "an old Office file":
        file.handle.seek(max(0, file.size - (1 << 20)))
        if _ENCRYPTED in file.head or _ENCRYPTED in file.handle.read(1 << 20):
            raise FormatError("encrypted", "it is protected by a password")
        raise FormatError("unsupported", "it is an old Office file; save it as .docx, .xlsx or .pptx to have it read")
    if what:
        raise FormatError("unsupported", f"it is {what}, which is not read")
    raise FormatError("binary", "it holds bytes that are no text, and no known format")


def _reason(error: BaseException) -> tuple[str, str]:
    if isinstance(error, FormatError):
        return error.reason, _scrub(error.detail)[:500]
    if isinstance(error, MemoryError):
        return "memory", "its reader wanted more memory than the limit"
    if isinstance(error, ModuleNotFoundError) and (wanted := parts.missing(error)):
        return "missing_library", f"reading it needs {wanted}"
    if isinstance(error, RecursionError):
        return "damaged", "it is nested too deeply"
    return "damaged", _scrub(f"{type(error).__name__}: {error}")[:500]


def _scrub(text: str) -> str:
    """Text without NUL and lone surrogates, character for character."""
    return text if text.isascii() and "\0" not in text else text.translate(_SPOILT)


def _clean(part: Part) -> Part:
    text, place = _scrub(part.text), part.place
    name, heading = _scrub(place.name)[:200], _scrub(place.heading)[:500]
    if (text, name, heading) == (part.text, place.name, place.heading):
        return part
    return replace(part, text=text, place=replace(place, name=name, heading=heading))


def _pieces(part: Part) -> Iterator[Part]:
    """A part cut into pieces that are not too long, at line ends and spaces; blank pieces are left out."""
    text, at = part.text, 0
    while at < len(text):
        end = len(text)
        if end - at > _LONGEST:
            end = at + _LONGEST
            end = max(text.rfind(mark, at + _LONGEST // 2, end) + 1 for mark in ("\n", " ")) or end
        if not text[at:end].isspace():
            yield _cut(part, at, end)
        at = end


def _cut(part: Part, start: int, end: int) -> Part:
    if (start, end) == (0, len(part.text)):
        return part
    place = part.place
    lines = part.text.count("\n", 0, start)
    spot = replace(
        place, start=place.start + start, end=place.start + end, line=place.line + lines if place.line else None
    )
    return replace(part, text=part.text[start:end], place=spot)


def _outcome(file: File) -> tuple[dict[str, Scalar], list[str]]:
    metadata: dict[str, Scalar] = {
        _scrub(key)[:100]: _scrub(value)[:1000] if isinstance(value, str) else value
        for key, value in list(file.metadata.items())[:100]
        if value not in ("", None)
    }
    return metadata, [_scrub(w)[:500] for w in file.warnings[:100]]


if __name__ == "__main__":
    main()
