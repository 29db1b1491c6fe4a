"""Labelled pairs that a command is given: a table of texts or of ids, or a field by which items match."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.cli._output import Output
    from likewise.types import Report

__all__ = ["add_pairs", "asked_pairs", "tell_refused"]

_SHOWN = 10


def add_pairs(parser: ArgumentParser) -> None:
    """The arguments that say which pairs match."""
    parser.add_argument(
        "pairs",
        nargs="?",
        metavar="PAIRS",
        help="table (.csv .tsv .jsonl .parquet) with columns a, b and match (1 or 0)",
    )
    parser.add_argument(
        "--in",
        dest="source",
        metavar="SOURCE",
        help="a collection, folder, table or .npy whose items the pairs name; without it they are texts themselves",
    )
    parser.add_argument(
        "--by",
        default="",
        metavar="FIELD",
        help="without PAIRS: items of SOURCE with one value match, or of one `folder`",
    )
    parser.add_argument("--left", metavar="NAME", help="column of the one side (default: a)")
    parser.add_argument("--right", metavar="NAME", help="column of the other (default: b)")
    parser.add_argument("--label", metavar="NAME", help="column that says whether they match (default: match)")
    parser.add_argument("--model", metavar="M", help="model for texts (default: all-MiniLM-L6-v2)")
    parser.add_argument(
        "--roles",
        choices=("document", "query"),
        default="document",
        help="query: the left side asks and the right one answers; document (default): both are alike",
    )
    parser.add_argument(
        "--kind", default="text", metavar="KIND", help="of a collection: text (default), image, audio ..."
    )
    parser.add_argument("--where", metavar="FILTER", help="of a collection: only what passes, such as 'year >= 2020'")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of draws and divisions (default: 0)")


def asked_pairs(args: Namespace, *, needed: bool = True) -> dict[str, Any]:
    """What the arguments give to `calibrate` and `verify_pairs`; labelled pairs are `needed`, or may not be given."""
    from likewise.apps._points import points

    if (needed and (args.pairs is None) == (not args.by)) or (args.by and not args.source):
        raise InputError("give a table of labelled PAIRS, or --in SOURCE and --by FIELD")
    source = None
    if args.source:
        source = points(args.source, model=args.model, kind=args.kind, where=args.where, per_item=bool(args.by))
    return {
        "pairs": args.pairs,
        "source": source,
        "by": args.by,
        "model": args.model,
        "roles": (args.roles, "document"),
        "columns": (args.left, args.right, args.label),
        "seed": args.seed,
    }


def tell_refused(refused: tuple[Report, ...], out: Output) -> None:
    """Name what could not be compared, on stderr."""
    out.refused(refused[:_SHOWN])
    if len(refused) > _SHOWN:
        out.complain(f"... and {len(refused) - _SHOWN:,} more that cannot be compared")
