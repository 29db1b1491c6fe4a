"""`likewise distil`: a text encoder into a static one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._texts import add_layout, layout, opened

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="name or folder of the teacher")
    parser.add_argument("--to", required=True, metavar="FOLDER", type=Path, help="new folder of the student")
    parser.add_argument("--dim", type=int, default=256, metavar="N", help="dimensions of the student (default: 256)")
    parser.add_argument("--texts", metavar="FILE", help="texts of the kind that will be encoded, to fit the student to")
    parser.add_argument("--words", metavar="FILE", help="words and phrases to learn whole, one a line")
    add_layout(parser)


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.distil import distil
    from likewise.encoders import load

    words = _words(args.words)
    teacher = load(args.model)
    with _texts(args, out) as texts, out.bars() as bars:
        made = distil(teacher, args.to.expanduser(), words=words, texts=texts, dim=args.dim, progress=bars)
    size = sum(file.stat().st_size for file in made.path.rglob("*") if file.is_file())
    out.line(
        f"{made.path}: {made.tokens:,} tokens, {made.dim} dimensions, {size / 1e6:.1f} MB, in {made.seconds:.0f} s"
    )
    out.line(f"vocabulary: {made.dropped:,} tokens of {made.teacher} left out, {made.added:,} words added")
    if made.fit is None:
        out.line("weighted by Zipf's law; with --texts it is fitted to texts of yours, and better")
    else:
        out.line(f"fitted to {made.passages:,} passages, mean cosine to the teacher {made.fit:.3f}")
    out.data(
        {"path": made.path, "bytes": size, "teacher": made.teacher, "tokens": made.tokens, "dim": made.dim}
        | {"dropped": made.dropped, "added": made.added, "passages": made.passages, "fit": made.fit}
        | {"seconds": made.seconds}
    )
    return 0


def _words(name: str | None) -> list[str]:
    if name is None:
        return []
    with opened(name) as stream:
        return [line.strip() for line in stream.read().decode("utf-8-sig", "replace").splitlines() if line.strip()]


@contextmanager
def _texts(args: Namespace, out: Output) -> Iterator[Iterator[str]]:
    """The texts to fit to; a row that cannot be read is named and passed over."""
    from likewise.apps._rows import read_rows

    if args.texts is None:
        yield iter(())
        return

    def readable() -> Iterator[str]:
        for row in read_rows(stream, layout(args.texts, args), args.column):
            if row.error:
                out.complain(f"line {row.line}: {row.error}")
            else:
                yield row.text

    with opened(args.texts) as stream:
        yield readable()


command = Command(
    summary="make a static encoder from any text encoder: about a hundred times as fast",
    about=(
        "Distil a text encoder into a static one: a table of token vectors that runs no network, in model2vec's "
        "layout. It is about a hundred times as fast as its teacher and finds less well. With texts of the kind that "
        "will be encoded (some 40,000 sentences) it is fitted to the teacher's vectors of them, which is worth the "
        "minutes."
    ),
    examples=(
        "likewise distil all-MiniLM-L6-v2 --to quick",
        "likewise distil all-MiniLM-L6-v2 --to quick --texts sentences.txt",
        "likewise distil all-MiniLM-L6-v2 --to small --dim 64 --words names.txt",
        "likewise embed sentences.txt --model ./quick --to sentences.npy",
    ),
    arguments=_arguments,
    run=_run,
)
