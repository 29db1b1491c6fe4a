"""`likewise add`: read files and folders into a collection."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._receipt import print_receipt

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders to read")
    parser.add_argument("--to", required=True, metavar="COLLECTION", help="the collection; made if it is not there")
    parser.add_argument("--model", metavar="M", help="name or folder of the model, for a new collection")


def _run(args: Namespace, out: Output) -> int:
    from likewise.collection import Collection

    with Collection(Path(args.to).expanduser(), model=args.model) as collection, out.bars() as bars:
        receipt = collection.add(*args.paths, progress=bars)
    return print_receipt(receipt, args.to, out)


command = Command(
    summary="read files and folders into a collection",
    about=(
        "Read files and folders into a collection, which is made if it is not there. Files that are in it "
        "already are taken up again only if they changed. A file that cannot be read is named with the "
        "reason, and the exit code is 1; the others are added all the same. A run that is interrupted goes "
        "on where it was when it is repeated."
    ),
    examples=(
        "likewise add ~/notes --to notes.likewise",
        "likewise add report.pdf slides.pptx mails/ --to work.likewise",
    ),
    arguments=_arguments,
    run=_run,
)
