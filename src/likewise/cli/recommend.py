"""`likewise recommend`: what somebody may like next."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._source import add_source

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser, pieces=False)
    parser.add_argument("--liked", action="append", default=[], metavar="ID", help="liked, the newest last; repeatable")
    parser.add_argument("--disliked", action="append", default=[], metavar="ID", help="disliked; repeatable")
    parser.add_argument(
        "--history", metavar="FILE", help="a table with a column id (and maybe liked: yes or no), the newest last"
    )
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many (default: 10)")
    parser.add_argument(
        "--diversity", type=float, default=0.2, metavar="D", help="how unlike they are to be, 0 to 1 (default: 0.2)"
    )
    parser.add_argument("--half-life", type=float, metavar="N", help="a liked item counts half after N newer ones")
    parser.add_argument("--exclude", action="append", default=[], metavar="ID", help="never show it; repeatable")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.recommend import recommend

    liked, disliked = _history(args.history) if args.history else ([], [])
    made = recommend(
        args.source,
        [*liked, *args.liked],
        [*disliked, *args.disliked],
        k=args.k,
        diversity=args.diversity,
        half_life=args.half_life,
        exclude=args.exclude,
        where=args.where,
        model=args.model,
        kind=args.kind,
        text=args.column,
    )
    out.refused(made.refused)
    for number, one in enumerate(made.items, 1):
        out.line(f"{number}. {one.passage.item}  score {one.score:.4f}  {_short(one.passage.text, 100)}")
        reasons = "; ".join(f"{b.item} ({b.cosine:.2f})  {_short(b.text, 50)}".rstrip() for b in one.because)
        out.line(f"   because of {reasons}" if reasons else "   nothing liked is near it")
    out.data(asdict(made))
    out.note(f"{made.of:,} items, {made.known:,} known already, {made.excluded:,} excluded")
    return 1 if made.refused or not made.items else 0


def _history(name: str) -> tuple[list[str], list[str]]:
    """What was liked and disliked, in the order of a table; without a column `liked` all was liked."""
    from likewise.apps._table import column, rows
    from likewise.errors import InputError

    table = rows(name)
    key = column(table, None, ("id", "item", "text"), name)
    liked: list[str] = []
    disliked: list[str] = []
    for at, row in enumerate(table, 1):
        said = row.get("liked", "yes").strip().casefold()
        if said not in _YES | _NO:
            raise InputError(f"{name}, row {at}: liked is {row['liked']!r}, wanted yes or no")
        (liked if said in _YES else disliked).append(row[key])
    return liked, disliked


_YES = frozenset({"yes", "y", "true", "1", "1.0"})
_NO = frozenset({"no", "n", "false", "0", "0.0", "-1"})


def _short(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 3] + "..."


command = Command(
    summary="what somebody may like next, and why",
    about=(
        "Items near what was liked and far from what was disliked, different from each other, each with the liked "
        "items that speak for it. It looks at contents alone: it knows what an item is about, not what others liked."
    ),
    examples=(
        "likewise recommend films.csv --liked 'Toy Story' --liked Babe --disliked Alien",
        "likewise recommend notes.likewise --history read.csv --half-life 10 --where 'year >= 2020' --json",
    ),
    arguments=_arguments,
    run=_run,
)
