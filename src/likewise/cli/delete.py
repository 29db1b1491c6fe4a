"""`likewise delete`: forget items of a collection."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument("ids", nargs="+", metavar="ID", help="ids of items, as `likewise search` shows them")


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection:
        deleted = collection.delete(*args.ids)
    out.line(f"{deleted:,} of {len(set(args.ids)):,} deleted")
    out.data({"collection": args.collection, "asked": len(set(args.ids)), "deleted": deleted})
    return 0 if deleted == len(set(args.ids)) else 1


command = Command(
    summary="forget items of a collection",
    about=(
        "Forget items by their ids (for a file, the path that `likewise search` shows): texts, vectors and "
        "all. The files themselves are left alone. An id that is not there makes the exit code 1."
    ),
    examples=("likewise delete notes.likewise /home/me/notes/old.md",),
    arguments=_arguments,
    run=_run,
)
