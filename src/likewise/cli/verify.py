"""`likewise verify`: check that a collection is whole."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument("--repair", action="store_true", help="mend what is derived: index and full text")


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection:
        verdict = collection.verify(repair=args.repair)
    for problem in verdict.problems:
        mended = problem in verdict.repaired
        out.line(f"{'mended ' if mended else 'problem'}  {problem}")
    counts = f"{verdict.items:,} items, {verdict.passages:,} passages, {verdict.vectors:,} vectors"
    out.line(f"{'whole' if verdict.ok else 'NOT WHOLE'}: {counts}")
    if verdict.outdated:
        out.line(f"{verdict.outdated:,} of their files changed since they were read: likewise sync {args.collection}")
    if not verdict.ok and not args.repair:
        out.note(f"try: likewise verify {args.collection} --repair")
    out.data(asdict(verdict) | {"ok": verdict.ok})
    return 0 if verdict.ok else 1


command = Command(
    summary="check that a collection is whole",
    about=(
        "Check a collection from end to end: items, passages, vectors, full text and index must agree. With "
        "--repair, what is derived is rebuilt. The exit code is 1 where something is left that is wrong."
    ),
    examples=("likewise verify notes.likewise", "likewise verify notes.likewise --repair"),
    arguments=_arguments,
    run=_run,
)
