"""`likewise anomalies`: what does not belong, and why."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._placed_table import placed_table
from likewise.cli._source import add_source, source

if TYPE_CHECKING:
    from likewise.apps.anomalies import Anomalies, Anomaly

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("--normal", metavar="OTHER", help="what is known to be normal; read in the same way")
    parser.add_argument(
        "--method",
        default="knn",
        choices=("knn", "lof", "isolation"),
        help="by the nearest neighbours (default), by how much denser those stand, by a forest",
    )
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many neighbours are asked (default: 10)")
    parser.add_argument(
        "--alarms", type=float, default=0.01, metavar="S", help="with --normal: share of false alarms (default: 0.01)"
    )
    parser.add_argument("--top", type=int, default=20, metavar="N", help="how many are shown at least (default: 20)")
    parser.add_argument("--to", metavar="FILE", help="write all rows with the score and whether it is an anomaly")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the forest (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.anomalies import anomalies

    placed_table(args.to)
    with remarks(out):
        points = source(args, out)
        found = anomalies(
            points,
            source(args, out, "normal") if args.normal else None,
            method=args.method,
            k=args.k,
            alarms=args.alarms,
            top=args.top,
            seed=args.seed,
        )
    if args.to:
        from likewise.apps._written import with_columns, write_rows

        flagged = {one.passage.id for one in found.ranked if one.flagged}
        extra = [
            {"score": score, "anomaly": "yes" if i in flagged else "no"}
            for i, score in zip(found.ids, found.scores, strict=True)
        ]
        write_rows(args.to, with_columns(args.source, points, extra))
    _show(out, found)
    out.data(
        {
            "points": len(found.ids),
            "flagged": found.flagged,
            "rule": found.rule,
            "ranked": [_plain(one) for one in found.ranked],
            "refused": found.refused,
        }
    )
    return 1 if found.refused else 0


def _show(out: Output, found: Anomalies) -> None:
    from likewise.apps._words_of import shown

    for one in found.ranked:
        out.line(f"{'!' if one.flagged else ' '} {one.score:.3f}  {shown(one.passage)}")
        out.line(f"          {one.why}")
    out.line(f"{found.flagged:,} of {len(found.ids):,} stand out (!): {found.rule}")


def _plain(one: Anomaly) -> dict[str, object]:
    return {
        "id": one.passage.id,
        "item": one.passage.item,
        "text": one.passage.text,
        "score": one.score,
        "p": one.p,
        "flagged": one.flagged,
        "nearest": one.nearest.id,
        "cosine": one.cosine,
        "words": one.words,
        "why": one.why,
    }


command = Command(
    summary="what does not belong, and why",
    about=(
        "Find points of a collection, a folder, a table or vectors that stand apart from the others, or with --normal "
        "from what is known to be normal, at a share of false alarms of your choice. Each is explained: its nearest "
        "neighbour, and the words that stand nowhere else."
    ),
    examples=(
        "likewise anomalies tickets.csv --column body",
        "likewise anomalies today.jsonl --normal lastyear.jsonl --alarms 0.001 --to judged.csv",
        "likewise anomalies notes.lw --per-item --method lof -k 20 --json",
    ),
    arguments=_arguments,
    run=_run,
)
