"""`likewise evaluate`: how good a model is at tasks of one's own."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks, to_json
from likewise.cli._placed import placed
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.evaluation import Outcome, Task

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="name or folder of the model; NAME@int8 asks for a precision")
    parser.add_argument(
        "--task", action="append", default=[], dest="tasks", metavar="DIR", help="a folder or table; repeatable"
    )
    parser.add_argument("--kind", metavar="K", help="what kind of task it is, where the columns do not say")
    parser.add_argument("--split", metavar="S", help="which part to judge by (default: test, validation, dev, train)")
    parser.add_argument(
        "--collection", metavar="C", help="make a first task of the titles and headings of a collection"
    )
    parser.add_argument("--save", metavar="DIR", help="write that first task into a new folder")
    parser.add_argument("--precision", default="auto", metavar="P", help="fp32, bf16, int8 (default: auto)")
    parser.add_argument(
        "--keep", metavar="FOLDER", help="keep vectors here while they are made, and take them from here again"
    )
    parser.add_argument("--to", metavar="OUT.jsonl", help="write the value of every query, pair or item, one a line")


def _run(args: Namespace, out: Output) -> int:
    from likewise.encoders import load
    from likewise.evaluation import evaluate
    from likewise.evaluation._entries import asked_for

    if args.to:
        placed(args.to)
    with remarks(out), ExitStack() as stack:
        tasks = list(_tasks(args))
        name, precision = asked_for(args.model)
        encoder = load(name, precision=args.precision if precision == "auto" else precision)
        bars = stack.enter_context(out.bars())
        outcomes = []
        for outcome in evaluate(encoder, tasks, keep=args.keep, progress=bars):
            if bars is not None:
                bars.close()  # results follow
            _tell(outcome, out)
            outcomes.append(outcome)
    if args.to:
        _write(args.to, outcomes)
    out.data({"model": encoder.name, "space": encoder.space.id, "outcomes": [_plain(one) for one in outcomes]})
    return 1 if any(one.refused for one in outcomes) else 0


def _tasks(args: Namespace) -> Iterator[Task]:
    from likewise.evaluation import read, save

    if not args.tasks and not args.collection:
        raise InputError("no task is named: give --task DIR, or --collection C for a first one")
    if args.save and not args.collection:
        raise InputError("--save writes the task made by --collection; name one")
    for path in args.tasks:
        yield from read(path, kind=args.kind, split=args.split)
    if args.collection:
        from likewise.collection import Collection
        from likewise.evaluation.first_set import first_set

        with Collection(args.collection) as collection:
            made = first_set(collection)
        if args.save:
            save(made, args.save)
        yield made


def _tell(outcome: Outcome, out: Output) -> None:
    found = outcome.interval
    out.line(
        f"{outcome.task}  {outcome.kind}  {outcome.metric} {outcome.score:.4f}  "
        f"(95 %: {found.low:.4f} to {found.high:.4f}; {len(outcome.units):,} {_many(outcome)})"
    )
    for note in outcome.notes:
        out.note(f"note: {outcome.task}: {note}")
    for report in outcome.refused:
        out.complain(f"refused: {outcome.task}: {report.id}: {report.error}")


def _many(outcome: Outcome) -> str:
    named = {"query": "queries"}
    return outcome.unit if len(outcome.units) == 1 else named.get(outcome.unit, f"{outcome.unit}s")


def _plain(outcome: Outcome) -> dict[str, Any]:
    found = outcome.interval
    return {
        "task": outcome.task,
        "kind": outcome.kind,
        "metric": outcome.metric,
        "score": outcome.score,
        "low": found.low,
        "high": found.high,
        "unit": outcome.unit,
        "units": len(outcome.units),
        "scores": dict(outcome.scores),
        "refused": [{"id": report.id, "error": report.error} for report in outcome.refused],
        "notes": list(outcome.notes),
    }


def _write(name: str, outcomes: list[Outcome]) -> None:
    """One line for every unit; null where one alone has no value."""
    from pathlib import Path

    lines = [
        to_json({"task": one.task, "metric": one.metric, one.unit: unit, "value": value})
        for one in outcomes
        for unit, value in zip(one.units, one.values.tolist(), strict=True)
    ]
    try:
        Path(name).expanduser().write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{name} cannot be written: {error.strerror}") from error


command = Command(
    summary="how good a model is at tasks of your own",
    about=(
        "Score a model on tasks by MTEB's protocols: retrieval, reranking, likeness (STS), pairs, classification, "
        "clustering, translations and zero-shot classes, out of BEIR folders, MTEB's tables or a CSV of your own "
        "(docs/evaluation.md). Every score has its 95 % interval over queries, pairs or items. What cannot be encoded "
        "is named, and the exit code is 1."
    ),
    examples=(
        "likewise evaluate all-MiniLM-L6-v2 --task scifact/ --split train",
        "likewise evaluate ./my-model --task questions.csv --task labels/ --json",
        "likewise evaluate all-MiniLM-L6-v2 --task scifact/ --keep vectors/",
        "likewise evaluate all-MiniLM-L6-v2 --collection notes.likewise --save first-task/",
    ),
    arguments=_arguments,
    run=_run,
)
