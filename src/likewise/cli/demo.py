"""`likewise demo`: the main job on texts that this computer has."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._hits import hit_facts
from likewise.cli._output import Output

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map
    from likewise.apps.demo import Asked, Demonstration
    from likewise.apps.search import Answer

__all__ = ["command"]

_OWN = """\
The same with a folder of your own:
  likewise add ~/notes --to notes.likewise
  likewise search notes.likewise "how do I fix a leaky faucet"
  likewise map notes.likewise
  likewise sync notes.likewise"""
_WIDTH = 96


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--to", metavar="COLLECTION", help="keep the collection here; default: a folder thrown away after"
    )
    parser.add_argument("--model", metavar="M", help="name or folder of the model; default: all-MiniLM-L6-v2")
    parser.add_argument("--map", default="stdlib-map.html", metavar="FILE", help="the map (default: stdlib-map.html)")
    parser.add_argument("-k", type=int, default=3, metavar="N", help="how many answers to a question (default: 3)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.demo import demo
    from likewise.collection import Collection

    out.note("Reading the documentation strings of Python's standard library into a collection ...")
    with _folder(args.to) as folder, out.bars() as bars, Collection(folder, model=args.model) as collection:
        shown = demo(collection, args.k, progress=bars)
        page = shown.drawn.save(args.map, title=f"The standard library of Python {shown.python}")
    _account(shown, out)
    for asked in shown.asked:
        _print(asked, out)
    typical = median(asked.milliseconds for asked in shown.asked)
    out.line(f"A question takes {typical:.0f} ms, from text to marked sentence (median of {len(shown.asked)}).")
    out.line()
    _map(shown.drawn, page, out)
    out.line(
        f"Kept in {args.to}." if args.to else "Keep the collection next time with: likewise demo --to stdlib.likewise"
    )
    out.line(_OWN)
    out.data(_facts(shown, typical) | {"map": page, "trustworthiness": shown.drawn.trust.mean})
    return 1 if shown.receipt.refused else 0


@contextmanager
def _folder(to: str | None) -> Iterator[Path]:
    """Where the collection goes: the place asked for, else a temporary folder that is gone at the end."""
    if to is not None:
        yield Path(to).expanduser()
        return
    with tempfile.TemporaryDirectory(prefix="likewise-demo-") as folder:
        yield Path(folder) / "stdlib.likewise"


def _account(shown: Demonstration, out: Output) -> None:
    receipt = shown.receipt
    out.line(f"Python {shown.python}, {shown.root}")
    out.line(
        f"read     {shown.docstrings:,} docstrings of {shown.modules:,} modules, {shown.characters:,} characters, in "
        f"{shown.read_seconds:.1f} s: their opening paragraphs; public modules, classes and functions, no methods"
    )
    if receipt.encoded:
        rate = receipt.encoded / receipt.seconds
        out.line(f"encoded  {receipt.encoded:,} passages in {receipt.seconds:.1f} s ({rate:,.0f} passages/s)")
    else:
        out.line("encoded  nothing: all of it was known already")
    out.line()


def _map(drawn: Map, page: Path, out: Output) -> None:
    out.line(f"A map of it, drawn in {drawn.seconds:.0f} s ({drawn.faith}); open it in a browser:")
    out.line(f"  {page.absolute().as_uri()}")
    if drawn.method == "pca":
        out.line("  Neighbourhoods are drawn better after: pip install 'likewise[tsne]'")
    out.line()


def _print(asked: Asked, out: Output) -> None:
    out.line(f"{asked.question}?  ({asked.milliseconds:.0f} ms)")
    for number, answer in enumerate(asked.answers, start=1):
        text, mark = _excerpt(answer)
        head = f"   {number}. {answer.hit.item:32} {answer.hit.score:.3f}  "
        out.line(head + text, (len(head) + mark[0], len(head) + mark[1]))
    out.line()


def _excerpt(answer: Answer) -> tuple[str, tuple[int, int]]:
    """The best sentence on one line, shortened, and what of it to mark."""
    text = " ".join((answer.best.text if answer.best else answer.hit.text).split())
    if len(text) > _WIDTH:
        text = text[: _WIDTH - 4].rsplit(" ", 1)[0] + " ..."
    return text, (0, len(text))


def _facts(shown: Demonstration, typical: float) -> dict[str, Any]:
    return {
        "python": shown.python,
        "root": shown.root,
        "docstrings": shown.docstrings,
        "modules": shown.modules,
        "characters": shown.characters,
        "read_seconds": shown.read_seconds,
        "passages": shown.receipt.passages,
        "encoded": shown.receipt.encoded,
        "seconds": shown.receipt.seconds,
        "median_milliseconds": typical,
        "questions": [
            {
                "question": asked.question,
                "milliseconds": asked.milliseconds,
                "answers": [hit_facts(a.hit) | {"best": a.best} for a in asked.answers],
            }
            for asked in shown.asked
        ],
    }


command = Command(
    summary="see it work on texts that this computer has",
    about=(
        "Read the documentation strings of the installed Python standard library into a collection, ask it "
        "questions by meaning, show answers and timings, and draw a map of it. Takes about a minute, downloads nothing."
    ),
    examples=("likewise demo", "likewise demo --to stdlib.likewise"),
    arguments=_arguments,
    run=_run,
)
