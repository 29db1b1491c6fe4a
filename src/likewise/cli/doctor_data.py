"""`likewise doctor-data`: what is the matter with data, before it is trained on or judged by."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._placed import placed
from likewise.cli._source import add_source, read

if TYPE_CHECKING:
    from likewise.apps._data_finding import Finding, Trouble
    from likewise.apps.doctor_data import Examined

__all__ = ["command"]

_MARKS = {"mend": "MEND", "look": "look", "fine": "fine"}


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser, nargs="?")
    parser.add_argument("--test", metavar="SOURCE", help="the data that models will be judged by: is it in SOURCE too?")
    parser.add_argument(
        "--pairs", metavar="FILE", help="table of training pairs with columns anchor, positive and perhaps negative"
    )
    parser.add_argument(
        "--label",
        default="",
        metavar="FIELD",
        help="field of the class (default: label, class, category, intent, target)",
    )
    parser.add_argument(
        "--threshold", type=float, default=0.95, metavar="C", help="cosine from which two say the same (default: 0.95)"
    )
    parser.add_argument("--examples", type=int, default=3, metavar="N", help="rows shown for a finding (default: 3)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of samples (default: 0)")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write every row that is concerned, and why, to a .csv")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.doctor_data import doctor_data

    if args.to is not None:
        placed(args.to)
    found = doctor_data(
        read(args.source, args) if args.source else None,
        read(args.test, args) if args.test else None,
        pairs=args.pairs,
        label=args.label,
        model=args.model,
        threshold=args.threshold,
        seed=args.seed,
    )
    for line in _lines(found, args.examples):
        out.line(line)
    if args.to is not None:
        found.save(args.to)
        out.line(f"every row concerned is in {args.to}")
    out.data(_plain(found))
    return 0 if found.ok else 1


def _plain(found: Examined) -> dict[str, Any]:
    return asdict(found) | {"ok": found.ok, "leave_out": found.leave_out}


def _lines(found: Examined, examples: int) -> Iterator[str]:
    beside = f", {found.test_rows:,} test rows" if found.test_rows else ""
    yield f"{found.rows:,} rows{beside}, looked at with {found.model}"
    for finding in found.findings:
        yield from _finding(finding, examples)
    if found.leave_out:
        yield f"without {len(found.leave_out):,} rows the data would be better (--to FILE names them)"


def _finding(finding: Finding, examples: int) -> Iterator[str]:
    interval = ""
    if finding.share is not None and finding.level != "fine":
        interval = f"  [{finding.share.mean:.2%}, 95 %: {finding.share.low:.2%} to {finding.share.high:.2%}]"
    yield f"{_MARKS[finding.level]}  {finding.check}: {finding.what}{interval}"
    if finding.advice:
        yield f"      {finding.advice}"
    yield from (f"      - {_trouble(one)}" for one in finding.troubles[:examples])


def _trouble(one: Trouble) -> str:
    other = f" beside {one.other}" if one.other else ""
    score = f" ({one.score:.3f})" if one.score is not None else ""
    return f"{one.id}{other}{score}: {one.why}"


command = Command(
    summary="what is the matter with data: copies, leaks, labels, lengths",
    about=(
        "Look at data before anything is trained on it or judged by it: duplicates, test data that is in the training "
        "data, labels that copies or neighbours contradict, false negatives among training pairs, languages, lengths "
        "and what is cut off, imbalance. Every finding has a share with its 95 % interval, rows to look at and what to "
        "do; the exit code is 1 where something must be mended. Nothing is changed."
    ),
    examples=(
        "likewise doctor-data train.csv --test test.csv --label intent",
        "likewise doctor-data notes.likewise",
        "likewise doctor-data --pairs pairs.jsonl --test questions.csv --to rows.csv",
    ),
    arguments=_arguments,
    run=_run,
)
