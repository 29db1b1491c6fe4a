"""`likewise why-not`: why something is not among the answers."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument("question", metavar="QUESTION", help="what was asked")
    parser.add_argument("item", metavar="ITEM", help="what was expected: the id of an item (a path) or of a passage")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many answers were asked for (default: 10)")
    parser.add_argument("--where", metavar="FILTER", help="the filter that was asked with")
    parser.add_argument("--mode", choices=("hybrid", "dense", "text"), default="hybrid", help="as in `likewise search`")


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection:
        from likewise.apps.why_not import why_not

        found = why_not(collection, args.question, args.item, k=args.k, where=args.where, mode=args.mode)
    out.line(found.item)
    for reason in found.reasons:
        out.line(f"  {reason.code}: {reason.detail}")
    out.data(asdict(found) | {"found": found.found})
    return 0


command = Command(
    summary="why something is not among the answers",
    about=(
        "Why an item is not among the answers to a question: it was never added or was refused, the filter leaves it "
        "out, it is too far by meaning or holds none of the words, or the approximate index lost it; with its place "
        "by meaning (counted exactly), by words and by both."
    ),
    examples=(
        'likewise why-not notes.likewise "how do I fix a leaky faucet" ~/notes/plumbing.md',
        'likewise why-not work.likewise "budget" report.pdf --where "year >= 2025" -k 5 --json',
    ),
    arguments=_arguments,
    run=_run,
)
