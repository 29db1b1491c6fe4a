"""What a command works on: a collection, a folder, a table of texts or vectors."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from likewise.cli._output import Output
    from likewise.types import Points

__all__ = ["add_source", "read", "source"]


def add_source(parser: ArgumentParser, *, nargs: str | None = None, pieces: bool = True) -> None:
    """The argument that names a source, and the options that say how it is read; without `pieces` by whole items."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs=nargs,
        help="a collection, a folder of files, a table (.csv .tsv .jsonl .parquet .txt) or vectors (.npy)",
    )
    group = parser.add_argument_group("how the source is read")
    group.add_argument("--model", metavar="M", help="model for files and texts (default: all-MiniLM-L6-v2)")
    group.add_argument("--column", metavar="NAME", help="column of a table that holds the text (default: text)")
    group.add_argument(
        "--kind", default="text", metavar="KIND", help="of a collection: text, image, audio ... (default: text)"
    )
    group.add_argument("--where", metavar="FILTER", help="of a collection: only what passes, such as 'year >= 2020'")
    if pieces:
        group.add_argument("--per-item", action="store_true", help="of a collection: whole items instead of passages")


def source(args: Namespace, out: Output, name: str = "source") -> Points:
    """The points that the arguments name; what has no vector is told on stderr."""
    found = read(getattr(args, name), args)
    out.refused(found.refused)
    return found


def read(source: str, args: Namespace) -> Points:
    """The points of a source, read as the options say."""
    from likewise.apps._points import points

    return points(source, model=args.model, kind=args.kind, where=args.where, per_item=args.per_item, text=args.column)
