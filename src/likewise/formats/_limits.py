"""How much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.errors import InputError

__all__ = ["Limits"]

_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may cost before it is refused; sizes in bytes, times in seconds.

    A file that is read for its text may hold `size`, one that is viewed `recording`: films are decoded in passing.
    `stall` is the longest wait without a sign of life, `seconds + seconds_per_megabyte * size` the longest wait in
    all; only waiting counts, so a slow caller costs the file nothing. `characters` and `expansion` (characters for
    each byte of the file, beyond a first ten million) bound what comes out. `entries` and `unpacked` bound a zip
    container before it is unpacked. `pixels` bounds an image or a frame before it is decoded, `content` the bytes of
    one decoded piece, `pieces` their number. A child process is replaced after `files` files.
    """

    size: int = 4 << 30
    memory: int = 1 << 30
    stall: float = 10.0
    seconds: float = 30.0
    seconds_per_megabyte: float = 5.0
    characters: int = 4_000_000_000
    expansion: int = 200
    entries: int = 20_000
    unpacked: int = 1 << 30
    pixels: int = 64_000_000
    content: int = 1 << 28
    pieces: int = 50_000
    recording: int = 64 << 30
    files: int = 500

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise InputError(f"limit {name}={getattr(self, name)!r} must be above zero")

    def wall(self, size: int) -> float:
        """The longest wait in all for a file of `size` bytes, in seconds."""
        return self.seconds + self.seconds_per_megabyte * size / _MEGABYTE

    def output(self, size: int) -> int:
        """The most characters that a file of `size` bytes may give."""
        return min(self.characters, 10_000_000 + self.expansion * size)
