"""Formats that do what no format may do; the child process takes them by the name of this module."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import final

from likewise.formats import Claim, File, Format
from likewise.types import Part, Place

__all__ = ["Bad"]


def _loop(_: File) -> Iterator[Part]:
    yield Part("good")
    while True:
        pass


def _nap(_: File) -> Iterator[Part]:
    yield Part("good")
    time.sleep(0.7)
    yield Part("rested")


def _tick(file: File) -> Iterator[Part]:
    while True:
        file.tick()
        yield from ()


def _eat(_: File) -> Iterator[Part]:
    held = []
    while True:
        held.append(bytearray(1 << 24))
        yield from ()


def _abort(_: File) -> Iterator[Part]:
    yield Part("good")
    os.abort()


def _leave(_: File) -> Iterator[Part]:
    yield Part("good")
    os._exit(0)


def _quit(_: File) -> Iterator[Part]:
    yield Part("good")
    sys.exit(3)


def _print(_: File) -> Iterator[Part]:
    print('["part", "forged"]', flush=True)
    os.write(1, b'["end", {}, []]\n')
    os.write(2, b"noise")
    yield Part("good")


def _recurse(file: File) -> Iterator[Part]:
    yield from _recurse(file)


def _pour(_: File) -> Iterator[Part]:
    while True:
        yield Part("x" * 60_000)


def _spoil(file: File) -> Iterator[Part]:
    file.metadata["title"] = "a\ud800b"
    file.warnings.append("w\udfff")
    yield Part("a\0b\ud800c" + "\n", place=Place(0, 6, name="n\udc80"))
    yield Part(" \n\t ")


def _long(_: File) -> Iterator[Part]:
    yield Part("word " * 100_000, place=Place(10, 500_010))


def _connect(_: File) -> Iterator[Part]:
    socket.create_connection(("127.0.0.1", 9))
    yield Part("never")


def _start(_: File) -> Iterator[Part]:
    subprocess.run(["true"], check=False)
    yield Part("never")


def _write(_: File) -> Iterator[Part]:
    Path("/tmp/likewise-was-here").write_text("x" * 10_000, encoding="ascii")
    yield Part("never")


def _environment(_: File) -> Iterator[Part]:
    yield Part(f"{os.getpid()} {sys.path[0]}")


DEEDS: dict[str, Callable[[File], Iterator[Part]]] = {
    f".{name}": deed
    for name, deed in {
        "loop": _loop,
        "nap": _nap,
        "tick": _tick,
        "eat": _eat,
        "abort": _abort,
        "leave": _leave,
        "quit": _quit,
        "print": _print,
        "recurse": _recurse,
        "pour": _pour,
        "spoil": _spoil,
        "long": _long,
        "connect": _connect,
        "start": _start,
        "write": _write,
        "environment": _environment,
    }.items()
}


@final
class Bad(Format):
    """Does what the suffix says."""

    name = "bad"
    suffixes = tuple(DEEDS)

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.suffix in DEEDS else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        return DEEDS[file.suffix](file)
