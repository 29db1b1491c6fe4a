"""`likewise embed`: texts in, vectors out."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._texts import add_layout, layout, opened

if TYPE_CHECKING:
    from likewise.apps._sinks import Sink
    from likewise.apps.embed import Embedded
    from likewise.cli._progress import Bars
    from likewise.types import Space

__all__ = ["command"]

_SHOWN = 20


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the texts; - is standard input (default)")
    parser.add_argument(
        "--to", metavar="OUT", type=Path, help="write OUT.npy, OUT.parquet or OUT.jsonl; default: JSON lines to stdout"
    )
    parser.add_argument("--model", metavar="M", help="name or folder of the model; default: all-MiniLM-L6-v2")
    parser.add_argument(
        "--role", choices=("document", "query"), default="document", help="what the texts are (default: document)"
    )
    add_layout(parser)
    parser.add_argument(
        "--precision", default="auto", metavar="P", help="number format: auto (default), fp32, bf16 or int8"
    )
    parser.add_argument(
        "--overflow",
        choices=("truncate", "error", "mean"),
        default="truncate",
        help="what is too long for the model is cut (default), refused, or averaged over pieces; always reported",
    )


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps._rows import read_rows
    from likewise.apps.embed import embed
    from likewise.encoders import load

    with ExitStack() as stack:
        stream = stack.enter_context(opened(args.file))
        rows = read_rows(stream, layout(args.file, args), args.column)
        encoder = load(args.model, precision=args.precision)
        sink = stack.enter_context(_sink(args.to, encoder.space))
        tick = _ticker(stack.enter_context(out.bars()), args.file)
        done = embed(rows, encoder, sink, args.role, overflow=args.overflow, tick=tick)
    _report(args, out, done, encoder.space)
    return 1 if done.failed else 0


def _report(args: Namespace, out: Output, done: Embedded, space: Space) -> None:
    for line, error in done.complaints[:_SHOWN]:
        out.complain(f"line {line}: {error}")
    if done.failed > _SHOWN:
        out.complain(f"... and {done.failed - _SHOWN:,} more lines without a vector")
    rate = done.written / done.seconds if done.seconds else 0.0
    out.note(
        f"{done.written:,} of {done.rows:,} texts encoded in {done.seconds:.1f} s ({rate:,.0f} texts/s); "
        f"{done.truncated:,} cut short, {done.failed:,} failed; space {space}"
    )
    if args.to is not None:
        out.line(str(args.to))
        counts = {"rows": done.rows, "written": done.written, "failed": done.failed, "truncated": done.truncated}
        out.data({"to": args.to, "space": space.id, "dim": space.dim, **counts, "seconds": round(done.seconds, 3)})


def _sink(target: Path | None, space: Space) -> Sink:
    from likewise.apps._sinks import JsonLines, open_sink

    return JsonLines(sys.stdout, space) if target is None else open_sink(target.expanduser(), space)


def _ticker(bars: Bars | None, name: str) -> Callable[[int], None] | None:
    if bars is None:
        return None
    total = _count_lines(Path(name)) if name != "-" else None
    return lambda done: bars.show("encode", done, total, "texts")


def _count_lines(path: Path) -> int | None:
    """Lines of a regular file, which is about as many texts; None for a pipe."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


command = Command(
    summary="turn texts into vectors",
    about=(
        "Turn texts into vectors: one text per line, a field of JSON lines or a column of CSV in, one vector "
        "per text out. Memory stays bounded however long the input is. A line that cannot be read or encoded "
        "is reported by its number, never written as a vector, and makes the exit code 1."
    ),
    examples=(
        'echo "a leaky faucet" | likewise embed',
        "likewise embed sentences.txt --to sentences.npy",
        "likewise embed articles.jsonl --column body --to articles.parquet",
        "likewise embed questions.csv --column question --role query --to questions.jsonl",
    ),
    arguments=_arguments,
    run=_run,
)
