"""`likewise add`: read files and folders into a collection."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._receipt import print_receipt

if TYPE_CHECKING:
    from likewise.formats import Plan

__all__ = ["command"]

_SENSES = {
    "image": "photos and frames of films",
    "audio": "sounds",
    "video": "clips",
    "depth": "depth images",
    "thermal": "thermal images",
    "motion": "motions",
}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders to read")
    parser.add_argument("--to", required=True, metavar="COLLECTION", help="the collection; made if it is not there")
    parser.add_argument("--model", metavar="M", help="name or folder of the model of texts, for a new collection")
    for modality, of in _SENSES.items():
        parser.add_argument(
            f"--{modality}-model", metavar="M", help=f"the model of {of}: a name, folder or .toml; remembered"
        )
    parser.add_argument(
        "--take",
        action="append",
        default=[],
        type=_rule,
        metavar="PATTERN=KIND",
        help="what files are whose paths match, as in '*/depth/*=depth'; repeatable, remembered",
    )
    parser.add_argument(
        "--every", type=float, metavar="SECONDS", help="the longest scene of a film that is one piece (default: 10)"
    )
    parser.add_argument(
        "--window", type=float, metavar="SECONDS", help="how long the pieces of a recording are (default: 10)"
    )
    parser.add_argument(
        "--vectors",
        choices=("float32", "float16", "int8", "binary"),
        help="what a new collection keeps its vectors as (default: float32; `likewise compress` measures the loss)",
    )
    parser.add_argument(
        "--dim", type=int, metavar="N", help="cut the vectors of a new collection to N dimensions (Matryoshka)"
    )


def _rule(text: str) -> tuple[str, str]:
    pattern, sign, kind = text.rpartition("=")
    if not sign or kind not in _SENSES:
        raise ArgumentTypeError(f"{text!r} is no PATTERN=KIND with one of {', '.join(_SENSES)}")
    return pattern, kind


def _plan(args: Namespace) -> Plan | None:
    """How files become pieces, where anything is said of it."""
    said = {name: value for name in ("every", "window") if (value := getattr(args, name)) is not None}
    if not said and not args.take:
        return None
    from likewise.formats import Plan

    return Plan(rules=tuple(args.take), **said)


def _run(args: Namespace, out: Output) -> int:
    from likewise.collection import Collection

    where = Path(args.to).expanduser()
    senses = {modality: model for modality in _SENSES if (model := getattr(args, f"{modality}_model"))}
    with (
        remarks(out),
        Collection(
            where, model=args.model, vectors=args.vectors, dim=args.dim, senses=senses, plan=_plan(args)
        ) as collection,
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
        "on where it was when it is repeated. Photos, recordings and clips go in beside the texts where there is a "
        "model for them; each model's space is kept apart."
    ),
    examples=(
        "likewise add ~/notes --to notes.likewise",
        "likewise add ~/notes --to small.likewise --vectors int8",
        "likewise add ~/photos ~/notes --to all.likewise --image-model openai/clip-vit-base-patch32",
        "likewise add ~/sounds --to all.likewise --audio-model ./yamnet.toml",
        "likewise add report.pdf slides.pptx mails/ --to work.likewise",
    ),
    arguments=_arguments,
    run=_run,
)
