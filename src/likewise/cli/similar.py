"""`likewise similar`: what is like this item or this file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from likewise.cli._command import Command
from likewise.cli._hits import hit_facts, print_hit
from likewise.cli._opened import opened
from likewise.cli._output import Output

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument(
        "what", metavar="ID|FILE", help="the id of an item or passage, or a file outside the collection"
    )
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many answers (default: 10)")
    parser.add_argument("--where", metavar="FILTER", help="only where this holds, as in 'kind = \"pdf\"'")


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection:
        hits = collection.similar(args.what, k=args.k, where=args.where)
    for number, hit in enumerate(hits, start=1):
        print_hit(number, hit, out)
    out.data([hit_facts(hit) for hit in hits])
    if not hits:
        out.note("nothing found")
    return 0 if hits else 1


command = Command(
    summary="what is like this item or this file",
    about=(
        "Find what is most like an item of the collection, or like a file that need not be in it, by "
        "meaning. Finding nothing makes the exit code 1."
    ),
    examples=(
        "likewise similar notes.likewise /home/me/notes/plumbing.md",
        "likewise similar work.likewise new-offer.docx -k 3",
    ),
    arguments=_arguments,
    run=_run,
)
