"""`likewise sync`: take up what changed in the files of a collection."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output
from likewise.cli._receipt import print_receipt

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection, out.bars() as bars:
        receipt = collection.sync(progress=bars)
    return print_receipt(receipt, args.collection, out)


command = Command(
    summary="take up what changed in the files of a collection",
    about=(
        "Look again at every file and folder that was added: new files are added, changed ones read again, "
        "those that vanished are removed. What did not change is neither read nor encoded again."
    ),
    examples=("likewise sync notes.likewise",),
    arguments=_arguments,
    run=_run,
)
