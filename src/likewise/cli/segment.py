"""`likewise segment`: where a text, film, recording or sequence of vectors changes its subject."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._source import read

if TYPE_CHECKING:
    from likewise.apps._segment_made import Segment

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a text in any format, a film or a recording; a folder of such; a collection, a table or vectors (.npy)",
    )
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
    parser.add_argument("--column", metavar="NAME", help="column of a table that holds the text (default: text)")
    parser.add_argument(
        "--kind", default="text", metavar="KIND", help="of a collection: text, image, audio ... (default: text)"
    )
    parser.add_argument("--where", metavar="FILTER", help="of a collection: only what passes, such as 'year >= 2020'")
    parser.add_argument("--per-item", action="store_true", help="of a collection: its whole items in order, as rows")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.segment import segment

    with remarks(out):
        made = segment(
            read(args.source, args) if args.per_item else args.source,
            model=args.model,
            count=args.count,
            fineness=args.fineness,
            every=args.every,
            kind=args.kind,
            where=args.where,
            text=args.column,
        )
    out.refused(made.refused)
    for number, one in enumerate(made.segments, 1):
        words = f"  {', '.join(one.words)}" if one.words else ""
        alike = "" if one.cohesion is None else f"  {one.pieces} pieces, cohesion {one.cohesion:.2f}"
        out.line(f"{number}. {_where(one)}{alike}{words}")
        if one.title:
            out.line(f"   {' '.join(one.title.split())[:200]}")
    out.data(asdict(made))
    return 1 if made.refused else 0


def _where(one: Segment) -> str:
    """The place of a stretch, after its item where there are several; of rows the first and the last."""
    if not one.first:
        return f"{one.item}  {one.place}".lstrip()
    if one.place == type(one.place)():
        return f"{one.item}  rows {one.first} to {one.last}".lstrip()
    ends = " to ".join(dict.fromkeys(end.removeprefix(one.item) for end in (one.first, one.last)))
    return f"{one.item}  {one.place}  {ends}"


command = Command(
    summary="where a text, film, recording or sequence of rows changes its subject",
    about=(
        "Cut a text between sentences where its subject changes, each stretch with its place, the words of it alone "
        "and the sentence in its middle; a film at its shots, or with a model of pictures where they show something "
        "else; a recording, with a model of sounds, where it begins to sound otherwise. The "
        "rows of a table or of vectors are cut in their order, the items of a collection by their passages, the files "
        "of a folder each by itself."
    ),
    examples=(
        "likewise segment book.epub --fineness 0.5",
        "likewise segment minutes.docx --count 6 --json",
        "likewise segment film.mp4",
        "likewise segment concert.flac --model ./yamnet.toml --every 2",
        "likewise segment chat.csv --column message",
        "likewise segment notes.likewise --where 'year >= 2020'",
    ),
    arguments=_arguments,
    run=_run,
)
