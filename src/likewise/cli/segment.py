"""`likewise segment`: where a text, film or recording changes its subject."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a text in any format, a film or a recording")
    parser.add_argument(
        "--model", metavar="M", help="texts: default all-MiniLM-L6-v2; films: none, or one of pictures; of sounds"
    )
    parser.add_argument("--count", type=int, metavar="N", help="so many stretches (default: as many as pay)")
    parser.add_argument(
        "--fineness", type=float, default=1.0, metavar="F", help="2 cuts finer, 0.5 coarser (default: 1)"
    )
    parser.add_argument(
        "--every", type=float, default=10.0, metavar="S", help="seconds of a piece of a film or recording (default: 10)"
    )


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.segment import segment

    with remarks(out):
        made = segment(args.file, model=args.model, count=args.count, fineness=args.fineness, every=args.every)
    for report in made.refused:
        out.complain(f"refused: {report.id}: {report.error}")
    for number, one in enumerate(made.segments, 1):
        words = f"  {', '.join(one.words)}" if one.words else ""
        alike = "" if one.cohesion is None else f"  {one.pieces} pieces, cohesion {one.cohesion:.2f}"
        out.line(f"{number}. {one.place}{alike}{words}")
        if one.title:
            out.line(f"   {' '.join(one.title.split())[:200]}")
    out.data(asdict(made))
    return 1 if made.refused else 0


command = Command(
    summary="where a text, film or recording changes its subject",
    about=(
        "Cut a text between sentences where its subject changes, each stretch with its place, the words of it alone "
        "and the sentence in its middle; a film at its shots, or with a model of pictures where they show something "
        "else; a recording, with a model of sounds, where it begins to sound otherwise."
    ),
    examples=(
        "likewise segment book.epub --fineness 0.5",
        "likewise segment minutes.docx --count 6 --json",
        "likewise segment film.mp4",
        "likewise segment concert.flac --model ./yamnet.toml --every 2",
    ),
    arguments=_arguments,
    run=_run,
)
