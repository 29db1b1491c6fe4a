"""`likewise summarize`: the members of a set that represent it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._source import add_source, read

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("-k", type=int, default=5, metavar="N", help="how many represent it (default: 5)")
    parser.add_argument("--sentences", action="store_true", help="by sentences instead of passages or rows")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is drawn (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.summarize import summarize
    from likewise.errors import InputError

    if args.per_item and args.sentences:
        raise InputError("--per-item takes whole items, --sentences takes them apart: choose one")
    source = args.source
    if args.per_item:
        source = read(source, args)
    made = summarize(
        source,
        args.k,
        by_sentence=args.sentences,
        model=args.model,
        kind=args.kind,
        where=args.where,
        text=args.column,
        seed=args.seed,
    )
    out.refused(made.refused)
    for number, one in enumerate(made.representatives, 1):
        out.line(f"{number}. {one.passage.item}  {one.passage.place}  stands for {one.stands_for:,}")
        out.line(f"   {' '.join(one.passage.text.split())[:300]}")
    chance = made.random
    out.line(
        f"of {made.of:,}: the mean cosine with the nearest is {made.covered:.3f}; "
        f"drawn at random {chance.mean:.3f} [{chance.low:.3f}, {chance.high:.3f}]"
    )
    out.data(asdict(made))
    return 1 if made.refused else 0


command = Command(
    summary="the items or sentences that represent a set",
    about=(
        "Choose a few members of a collection, folder, table or file of vectors near which the others lie, the most "
        "telling first, each with how many it stands for; and how near all lie to them, beside members drawn at random."
    ),
    examples=(
        "likewise summarize notes.likewise -k 7",
        "likewise summarize reviews.csv --column review --sentences -k 10",
        "likewise summarize all.likewise --kind image -k 12 --json",
    ),
    arguments=_arguments,
    run=_run,
)
