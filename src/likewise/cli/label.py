"""`likewise label`: what pictures, sounds, clips and texts show, by class names alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.errors import InputError

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="FILE", help="files to label; a folder stands for those in it")
    parser.add_argument("--model", required=True, metavar="M", help="a joint model, or the .toml of one with labels")
    parser.add_argument(
        "--class", action="append", default=[], dest="classes", metavar="NAME", help="what it may be; repeatable"
    )
    parser.add_argument("--classes", metavar="FILE", dest="file", help="a file with the name of a class on each line")
    parser.add_argument(
        "--template",
        action="append",
        default=[],
        metavar="TEXT",
        help="what is made of a name, as in 'a photo of a {}.'; several are averaged",
    )
    parser.add_argument("--top", type=int, default=5, metavar="N", help="how many classes are shown (default: 5)")
    parser.add_argument("--pieces", action="store_true", help="label every piece of a recording or film at its place")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.label import label

    with remarks(out):
        found = label(
            _files(args.paths),
            [*args.classes, *(_lines(args.file) if args.file else ())],
            model=args.model,
            templates=args.template,
            top=args.top,
            pieces=args.pieces,
        )
    for one in found.labelled:
        place = f"  {one.place}" if one.place.seconds is not None else ""
        if one.error:
            out.complain(f"refused: {one.id}: {one.error}")
            continue
        told = ", ".join(f"{name} {score:.3f}" for name, score in one.classes)
        out.line(f"{one.id}{place}  {told}")
    out.data(
        {
            "rule": found.rule,
            "labelled": [
                {
                    "source": one.id,
                    "seconds": one.place.seconds,
                    "until": one.place.until,
                    "classes": [{"name": name, "score": score} for name, score in one.classes],
                    "error": one.error,
                }
                for one in found.labelled
            ],
        }
    )
    return 1 if any(one.error for one in found.labelled) else 0


def _files(names: list[str]) -> list[Path]:
    """The files named, and those below the folders named."""
    from likewise.sources.folder import Folder

    paths = [Path(name).expanduser() for name in names]
    for path in paths:
        if not path.exists():
            raise InputError(f"there is no file or folder {path}")
    return [found.path for path in paths for found in Folder([path]) if not found.folder]


def _lines(name: str) -> list[str]:
    """The names of classes that a file holds."""
    try:
        lines = Path(name).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name} cannot be read as text: {error}") from error
    return [line.strip() for line in lines if line.strip()]


command = Command(
    summary="what pictures, sounds and texts show, by names alone",
    about=(
        "Score files against names of classes that nobody trained on (zero-shot), with a model that knows both: CLIP "
        "for pictures, CLAP for sounds, any encoder for texts. The names of a network of your own with labels, such "
        "as YAMNet, need not be given. A file that cannot be labelled is named, and the exit code is 1."
    ),
    examples=(
        "likewise label photos/ --model openai/clip-vit-base-patch32 --class cat --class dog",
        "likewise label bark.ogg --model ./yamnet.toml --top 3 --json",
        "likewise label film.mp4 --model ./clip --classes names.txt --template 'a photo of a {}.' --pieces",
    ),
    arguments=_arguments,
    run=_run,
)
