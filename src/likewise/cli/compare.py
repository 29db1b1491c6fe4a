"""`likewise compare`: which model is best on your own data, and which differences are real."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks, to_json
from likewise.cli._placed import placed
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.evaluation import Comparison, Task

__all__ = ["command"]

_SUFFIXES = (".json", ".md", ".html")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="names or folders of models; NAME@int8 asks for a precision"
    )
    parser.add_argument(
        "--task",
        action="append",
        default=[],
        dest="tasks",
        metavar="PATH",
        help="a folder or table that holds a task (see likewise evaluate); repeatable",
    )
    parser.add_argument(
        "--collection", metavar="C", help="make a first task of the titles and headings of a collection"
    )
    parser.add_argument("--kind", metavar="KIND", help="kind of the tasks, where their columns do not tell it")
    parser.add_argument("--split", metavar="NAME", help="which part of the data (default: test, else what there is)")
    parser.add_argument("--no-bm25", action="store_true", help="leave out BM25, which is measured otherwise")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep vectors here, and take them from here again")
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="write the report, as .json (with the value of every query), .md or .html; repeatable",
    )
    parser.add_argument("--times", type=int, default=2_000, metavar="N", help="bootstrap draws (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the draws (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.evaluation import compare

    for path in args.to:
        if path.suffix.lower() not in _SUFFIXES:
            raise InputError(f"{path}: a report is written as {', '.join(_SUFFIXES)}")
        placed(path)
    with remarks(out), out.bars() as bars:
        found = compare(
            args.models,
            _tasks(args),
            bm25=not args.no_bm25,
            keep=args.keep,
            times=args.times,
            seed=args.seed,
            progress=bars,
        )
    for line in _lines(found):
        out.line(line)
    for note in found.notes:
        out.note(f"note: {note}")
    for path in args.to:
        _write(found, path.expanduser())
        out.line(f"written to {path}")
    out.data(found.plain())
    refused = {name: count for name, count in found.refused.items() if count}
    for name, count in refused.items():
        out.complain(f"{name}: {count:,} inputs could not be encoded; they count as vectors of zeros")
    return 1 if refused else 0


def _write(found: Comparison, path: Path) -> None:
    from likewise.evaluation._report import markdown, page

    text = {".md": markdown, ".html": page}.get(path.suffix.lower(), lambda one: to_json(one.plain(), indent=1) + "\n")
    path.write_text(text(found), encoding="utf-8")


def _lines(found: Comparison) -> Iterator[str]:
    from likewise.evaluation._report import rows, verdict

    table = list(rows(found))
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield verdict(found)


def _tasks(args: Namespace) -> list[Task]:
    from likewise.evaluation import read

    if not args.tasks and not args.collection:
        raise InputError("no task is named: give --task PATH, or --collection C for a first one")
    found = [task for path in args.tasks for task in read(path, kind=args.kind, split=args.split)]
    if args.collection:
        from likewise.collection import Collection
        from likewise.evaluation.first_set import first_set

        with Collection(args.collection) as collection:
            found.append(first_set(collection))
    return found


command = Command(
    summary="which model is best on your data, and which differences are real",
    about=(
        "Judge several models on the same tasks, BM25 always among them, and say which is best: intervals by paired "
        "bootstrap over queries, corrected for everything that is compared, the set that is tied with the best, wins "
        "and losses query by query, and how many more queries would decide a tie; beside that items a second, "
        "milliseconds a query, bytes and memory, and whom nobody beats in all of them. Each model runs in a process of "
        "its own, one after the other."
    ),
    examples=(
        "likewise compare all-MiniLM-L6-v2 ./my-model --task scifact/",
        "likewise compare ./a ./b ./c --task questions/ --task labels.csv --to report.html --to report.json",
        "likewise compare all-MiniLM-L6-v2 ./my-model --collection notes.likewise",
        "likewise compare all-MiniLM-L6-v2@fp32 all-MiniLM-L6-v2@int8 --task scifact/ --keep vectors/",
    ),
    arguments=_arguments,
    run=_run,
)
