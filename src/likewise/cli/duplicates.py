"""`likewise duplicates`: what is there twice, what stays and what may go."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._placed_table import placed_table
from likewise.cli._source import add_source, source
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps.duplicates import Duplicates
    from likewise.types import Points

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("--against", metavar="OTHER", help="what of SOURCE is in OTHER too (leakage); read in one way")
    parser.add_argument(
        "--threshold", type=float, metavar="C", help="cosine from which two mean the same (default: 0.9)"
    )
    parser.add_argument(
        "--calibration", metavar="FILE", help="of `likewise calibrate` or `verify-pairs`: take the threshold from it"
    )
    parser.add_argument(
        "--jaccard",
        type=float,
        default=0.8,
        metavar="J",
        help="share of letters from which two are near (default: 0.8)",
    )
    parser.add_argument(
        "--level",
        action="append",
        dest="levels",
        choices=("exact", "near", "semantic"),
        help="look for these only; repeatable (default: all three)",
    )
    parser.add_argument(
        "--keep",
        default="longest",
        choices=("longest", "first", "last", "shortest"),
        help="which of a group stays (default: longest)",
    )
    parser.add_argument("--show", type=int, default=10, metavar="N", help="how many groups are printed (default: 10)")
    parser.add_argument("--to", metavar="FILE", help="write the rows of the table SOURCE that stay")
    parser.add_argument("--delete", action="store_true", help="delete from the collection SOURCE the items that may go")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the search (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.duplicates import LEVELS, duplicates

    _fit(args)
    with remarks(out):
        points = source(args, out)
        found = duplicates(
            points,
            source(args, out, "against") if args.against else None,
            threshold=_threshold(args, points),
            jaccard=args.jaccard,
            levels=args.levels or LEVELS,
            keep=args.keep,
            seed=args.seed,
        )
    if args.to:
        _write(args, found)
    deleted = _delete(args, found, out) if args.delete else 0
    _show(args, out, found, deleted)
    out.data(
        {
            "points": found.points,
            "groups": [
                {
                    "kept": {"id": group.kept.id, "item": group.kept.item, "text": group.kept.text},
                    "twins": [
                        {"id": t.passage.id, "item": t.passage.item, "how": t.how, "score": t.score}
                        for t in group.twins
                    ],
                }
                for group in found.groups
            ],
            "gone": found.gone,
            "items": found.items,
            "deleted": deleted,
            "recall": found.recall,
            "way": found.way,
            "refused": found.refused,
        }
    )
    return 1 if found.refused else 0


def _fit(args: Namespace) -> None:
    from likewise.apps._points import is_collection
    from likewise.apps._table import is_table

    if args.delete and args.where:
        raise InputError("--delete takes whole items: leave --where out, which shows parts of a collection")
    if args.delete and not is_collection(args.source):
        raise InputError(f"--delete is for collections, and {args.source} is none; for a table there is --to FILE")
    if args.to and not is_table(args.source):
        raise InputError(f"--to writes the rows of a table that stay, and {args.source} is none; --json has the ids")
    placed_table(args.to)


def _threshold(args: Namespace, points: Points) -> float:
    """As given, else as a calibration says: its cut, or where a match is as likely as not."""
    if args.calibration is None:
        return 0.9 if args.threshold is None else float(args.threshold)
    if args.threshold is not None:
        raise InputError("--threshold and --calibration both say from which cosine two mean the same: give one")
    from likewise.apps._calibration import Calibration

    calibration = Calibration.load(args.calibration)
    calibration.check(points.space)
    least = calibration.threshold(0.5) if calibration.cut is None else calibration.cut
    if not 0 < least <= 1:
        raise InputError(f"{args.calibration} gives the threshold {least}: no cosine tells a match; give --threshold")
    return least


def _show(args: Namespace, out: Output, found: Duplicates, deleted: int) -> None:
    from likewise.apps._words_of import shown

    for group in found.groups[: max(args.show, 0)]:
        out.line(shown(group.kept))
        for twin in group.twins[: max(args.show, 1)]:
            out.line(f"  {twin.how:8} {twin.score:.3f}  {shown(twin.passage)}")
        if len(group.twins) > args.show:
            out.line(f"  ... and {len(group.twins) - args.show:,} more")
    told = ", ".join(f"{found.count(how)} {how}" for how in ("exact", "near", "semantic"))
    there = f" stand in {args.against} too" if args.against else " may go"
    out.line(f"{found.gone:,} of {found.points:,}{there} ({told}) in {len(found.groups):,} groups")
    if found.recall is None:
        out.note(f"note: too few pairs to measure how many were missed ({found.way})")
    elif found.recall < 1:
        out.note(f"note: {found.recall:.1%} of all pairs were found, measured on a sample ({found.way})")
    if args.delete:
        out.line(f"{deleted:,} items deleted")
    elif found.items and not args.to:
        out.note(f"note: nothing was deleted; {_way(args.source, len(found.items))}")


def _way(source: str, items: int) -> str:
    """How to be rid of what may go."""
    from likewise.apps._points import is_collection
    from likewise.apps._table import is_table

    if is_collection(source):
        return f"--delete would take {items:,} items out of the collection"
    return f"--to FILE writes a table without {items:,} rows" if is_table(source) else "--json has the ids"


def _write(args: Namespace, found: Duplicates) -> None:
    from likewise.apps._table import row_id, rows
    from likewise.apps._written import write_rows

    gone = set(found.items)
    kept = [row for at, row in enumerate(rows(args.source)) if row_id(row, at) not in gone]
    write_rows(args.to, kept)


def _delete(args: Namespace, found: Duplicates, out: Output) -> int:
    """Delete what may go; an item that holds pieces of other kinds too, such as pictures, stays."""
    from collections import Counter

    from likewise.collection import Collection

    with Collection(args.source) as collection:
        held = Counter(passage.item for passage in collection.points(args.kind).passages)
        pieces = {entry.id: entry.passages for entry in collection.items()}
        whole = {item: pieces.get(item) == held[item] for item in found.items}
        for item, alone in whole.items():
            if not alone:
                out.complain(f"kept: {item}: it holds more than {args.kind}")
        gone = [item for item, alone in whole.items() if alone]
        return collection.delete(*gone) if gone else 0


command = Command(
    summary="what is there twice, and what may go",
    about=(
        "Find duplicates in a collection, a folder, a table or vectors: word for word (exact), letter by letter "
        "but for a few (near), and in meaning (semantic: cosine). Of every group one stays, and everything that goes "
        "is like the one that stays. With --against: what of one source stands in another, such as a test set in a "
        "training set. Nothing is deleted unless --delete says so."
    ),
    examples=(
        "likewise duplicates notes.lw",
        "likewise duplicates tickets.csv --column body --threshold 0.95 --to distinct.csv",
        "likewise duplicates train.jsonl --against test.jsonl --json",
        "likewise duplicates notes.lw --per-item --level exact --level near --delete",
        "likewise duplicates vectors.npy --threshold 0.95",
    ),
    arguments=_arguments,
    run=_run,
)
