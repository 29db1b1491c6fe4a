"""Where words go: results to stdout, everything else to stderr; safe for any text and any terminal."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO, final

if TYPE_CHECKING:
    from likewise.cli._progress import Bars
    from likewise.types import Report

__all__ = ["Output", "remarks", "to_json"]

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


@final
class Output:
    """The two streams of a command, as its common options ask for them."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False, progress: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._progress = progress or (not quiet and _is_terminal(sys.stderr))
        self._marks = (_BOLD, _PLAIN) if _is_terminal(sys.stdout) and "NO_COLOR" not in os.environ else ("**", "**")

    def line(self, text: str = "", mark: tuple[int, int] | None = None) -> None:
        """A line of the result for people, nothing under --json; the characters `mark` are bold, or between **."""
        if self.as_json:
            return
        start, end = mark or (0, 0)
        before, marked, after = (_clean(piece) for piece in (text[:start], text[start:end], text[end:]))
        opened, closed = self._marks if marked else ("", "")
        self.raw(f"{before}{opened}{marked}{closed}{after}\n")

    def data(self, value: object) -> None:
        """The result for programs, one JSON document; nothing without --json."""
        if self.as_json:
            self.raw(to_json(value, indent=2) + "\n")

    def raw(self, text: str) -> None:
        """Text to stdout as it is; a character that the stream cannot carry is escaped, never an error."""
        print(_carried(text, sys.stdout), end="", flush=True)

    def note(self, text: str) -> None:
        """A remark on stderr; silent under --quiet."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """A line on stderr that --quiet does not silence."""
        print(_carried(_clean(text), sys.stderr), file=sys.stderr, flush=True)

    def refused(self, reports: Iterable[Report]) -> None:
        """What was left out, and why: a line of each on stderr."""
        for report in reports:
            self.complain(f"refused: {report.id}: {report.error}")

    def bars(self) -> AbstractContextManager[Bars | None]:
        """Progress bars for long work: on a terminal or by --progress, else None."""
        if not self._progress:
            return nullcontext()
        from likewise.cli._progress import Bars

        return Bars()


@contextmanager
def remarks(out: Output) -> Iterator[None]:
    """Warnings of the library as remarks, one line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        finally:
            for warning in caught:
                out.note(f"note: {warning.message}")


def to_json(value: object, indent: int | None = None) -> str:
    """JSON that any parser takes: in plain Unicode where it is, else escaped to ASCII."""
    plain = _plain(value)
    text = json.dumps(plain, ensure_ascii=False, indent=indent, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return json.dumps(plain, ensure_ascii=True, indent=indent, allow_nan=False)
    return text


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and paths as what JSON knows; NaN and infinity as null."""
    import dataclasses

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, (str, int)) else str(value)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _clean(text: str) -> str:
    """Text without control characters, so that no document can steer the terminal."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if _is_control(c) else c for c in text)


def _is_control(character: str) -> bool:
    return (character < " " and character not in "\n\t") or "\x7f" <= character <= "\x9f"


def _carried(text: str, stream: TextIO) -> str:
    """Text that the stream can encode; bytes of a file name that are not UTF-8 pass through where they can."""
    encoding = stream.encoding or "ascii"
    try:
        text.encode(encoding, stream.errors or "strict")
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text
