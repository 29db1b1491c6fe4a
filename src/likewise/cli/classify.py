"""`likewise classify`: tickets in, labelled tickets out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._placed_table import placed_table
from likewise.cli._source import add_source, source
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps.classify import Classified, Sorted
    from likewise.encoders import Encoder
    from likewise.types import Points

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("--examples", metavar="LABELLED", help="labelled examples; read in the same way as SOURCE")
    parser.add_argument(
        "--label",
        default="label",
        metavar="NAME",
        help="column or metadata with the label of an example, or `folder`: that of its file (default: label)",
    )
    parser.add_argument(
        "--class", action="append", default=[], dest="classes", metavar="NAME[=ABOUT]", help="a class; repeatable"
    )
    parser.add_argument("--classes", metavar="FILE", dest="file", help="a table with columns label and description")
    parser.add_argument(
        "--method",
        default="auto",
        choices=("auto", "logistic", "nearest", "zero-shot"),
        help="logistic regression, nearest class mean, descriptions alone (default: logistic where there are examples)",
    )
    parser.add_argument("--outside", default="", metavar="LABEL", help="label of examples that belong to no class")
    parser.add_argument(
        "--abstain",
        type=float,
        default=0.05,
        metavar="S",
        help="share of the examples it may abstain on (default: 0.05)",
    )
    parser.add_argument("--bound", type=float, metavar="X", help="abstain below this score instead")
    parser.add_argument(
        "--calibration", metavar="FILE", help="without examples: abstain below an even chance by `likewise calibrate`"
    )
    parser.add_argument("--to", metavar="FILE", help="write all rows with label, probability and the score")
    parser.add_argument("--show", type=int, default=10, metavar="N", help="how many are printed (default: 10)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the folds (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.classify import classify

    placed_table(args.to)
    with remarks(out):
        points = source(args, out)
        told = _descriptions(args)
        found = classify(
            points,
            _examples(args, out) if args.examples else None,
            told,
            model=_model(args, points) if told else args.model,
            method=args.method,
            outside=args.outside,
            abstain=args.abstain,
            bound=_bound(args, points),
            seed=args.seed,
        )
    if args.to:
        from likewise.apps._written import with_columns, write_rows

        write_rows(args.to, with_columns(args.source, points, [_columns(one) for one in found.sorted]))
    _show(args, out, found)
    out.data(
        {
            "classes": found.classes,
            "method": found.method,
            "grades": found.grades,
            "calibrated": found.calibrated,
            "abstains": found.abstains,
            "sorted": [
                {
                    "id": one.passage.id,
                    "item": one.passage.item,
                    "text": one.passage.text,
                    **_columns(one),
                    "classes": one.classes,
                    "like": one.like.id if one.like else None,
                }
                for one in found.sorted
            ],
            "refused": found.refused,
        }
    )
    return 1 if found.refused else 0


def _model(args: Namespace, points: Points) -> Encoder | str | None:
    """What knows the words of the descriptions: a collection remembers its own model."""
    if points.space.runtime == "given":
        return args.model and str(args.model)
    from likewise.apps._encoder_of import encoder_of

    return encoder_of(args.source, points.space, args.model)


def _examples(args: Namespace, out: Output) -> Points:
    """The examples, their label under the name `label`."""
    from dataclasses import replace

    from likewise.apps._field import field

    points = source(args, out, "examples")
    if args.label == "label":
        return points
    named = (replace(p, metadata={**p.metadata, "label": field(p, args.label)}) for p in points.passages)
    return replace(points, passages=tuple(named))


def _descriptions(args: Namespace) -> dict[str, str]:
    """Class -> what it is about, from the command line and from a file."""
    from likewise.apps._table import column, rows

    found: dict[str, str] = {}
    for given in args.classes:
        name, _, about = given.partition("=")
        found[name] = about or name
    if args.file:
        table = rows(args.file)
        name = column(table, None, ("label", "text"), args.file)
        found |= {row[name]: row.get("description") or row[name] for row in table}
    return found


def _bound(args: Namespace, points: Points) -> float | None:
    if args.bound is not None or args.calibration is None:
        return None if args.bound is None else float(args.bound)
    if args.examples:
        raise InputError("--calibration is for descriptions alone: examples tell the bound themselves")
    from likewise.apps._calibration import Calibration

    calibration = Calibration.load(args.calibration)
    calibration.check(points.space)
    least = calibration.threshold(0.5)
    if least > 1:
        raise InputError(f"{args.calibration} gives no bound: no cosine makes a match as likely as not; give --bound")
    return least


def _columns(one: Sorted) -> dict[str, str | float | None]:
    return {
        "label": one.label or "",
        "probability": round(one.probability, 4),
        "likeliest": one.classes[0][0],
        "score": round(one.score, 4),
    }


def _show(args: Namespace, out: Output, found: Classified) -> None:
    from likewise.apps._words_of import shown

    for one in found.sorted[: max(args.show, 0)]:
        like = f"  like: {one.like.text[:60]}" if one.like is not None and one.like.text else ""
        name = one.label if one.label is not None else f"(none; {one.classes[0][0]}?)"
        out.line(f"{name}  {one.probability:.3f}  {shown(one.passage)}{like}")
    given = sum(one.label is not None for one in found.sorted)
    out.line(f"{given:,} of {len(found.sorted):,} labelled, {len(found.sorted) - given:,} abstained; {found.abstains}")
    if found.grades is None:
        out.note(f"note: {found.method}: nothing to measure it on; probabilities are not calibrated")
        return
    grades = found.grades
    out.line(
        f"cross-validated on {grades.rows:,} examples of {len(found.classes):,} classes by {found.method}: accuracy "
        f"{grades.accuracy.mean:.3f} ({grades.accuracy.low:.3f} to {grades.accuracy.high:.3f}), F1 {grades.f1:.3f}; "
        f"answered {grades.answered.mean:.1%}, of these right {grades.right.mean:.3f} ({grades.right.low:.3f} to "
        f"{grades.right.high:.3f}); calibration error {grades.calibration:.3f}"
    )


command = Command(
    summary="sort into classes, by descriptions or a few examples",
    about=(
        "Give every text, or every point of a collection, a label: by labelled examples (a few for each class are "
        "enough), by descriptions of the classes alone, or by both. Probabilities are calibrated and scores measured "
        "by cross-validation on the examples. What fits no class gets no label."
    ),
    examples=(
        "likewise classify tickets.csv --column body --examples labelled.csv --to sorted.csv",
        "likewise classify tickets.csv --class 'billing=invoices and payments' --class 'technical=errors, crashes'",
        "likewise classify mail.lw --per-item --examples labelled.jsonl --outside other --json",
    ),
    arguments=_arguments,
    run=_run,
)
