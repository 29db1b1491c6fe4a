"""Texts that a command is given: a file or standard input, as lines, JSON lines or a table."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps._rows import Layout

__all__ = ["add_layout", "layout", "opened"]

_LAYOUTS: dict[str, Layout] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
}


def add_layout(parser: ArgumentParser) -> None:
    """The options that say how the texts are laid out."""
    parser.add_argument(
        "--input",
        choices=("lines", "jsonl", "csv", "tsv"),
        help="layout of the input; default: by the suffix of FILE, else lines",
    )
    parser.add_argument("--column", metavar="NAME", help="JSON field or CSV column that holds the text; default: text")


def opened(name: str) -> AbstractContextManager[BinaryIO]:
    """The file of texts, or standard input for `-`. Raises InputError where there is none."""
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).expanduser().open("rb")
    except IsADirectoryError as error:
        raise InputError(f"{name} is a folder; `likewise add {name} --to COLLECTION` reads folders") from error
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}; give a file of texts, or - for standard input") from error


def layout(name: str, args: Namespace) -> Layout:
    """How the texts of a file are laid out: as --input says, else as its suffix does, else in lines."""
    return args.input or _LAYOUTS.get(Path(name).suffix.lower(), "lines")
