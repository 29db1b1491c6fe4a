"""`likewise add`: read files and folders into a collection."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._receipt import print_receipt

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders to read")
    parser.add_argument("--to", required=True, metavar="COLLECTION", help="the collection; made if it is not there")
    parser.add_argument("--model", metavar="M", help="name or folder of the model, for a new collection")
    parser.add_argument(
        "--vectors",
        choices=("float32", "float16", "int8", "binary"),
        help="what a new collection keeps its vectors as (default: float32; `likewise compress` measures the loss)",
    )
    parser.add_argument(
        "--dim", type=int, metavar="N", help="cut the vectors of a new collection to N dimensions (Matryoshka)"
    )


def _run(args: Namespace, out: Output) -> int:
    from likewise.collection import Collection

    where = Path(args.to).expanduser()
    with (
        remarks(out),
        Collection(where, model=args.model, vectors=args.vectors, dim=args.dim) as collection,
        out.bars() as bars,
    ):
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
        "likewise add ~/notes --to small.likewise --vectors int8",
        "likewise add report.pdf slides.pptx mails/ --to work.likewise",
    ),
    arguments=_arguments,
    run=_run,
)
