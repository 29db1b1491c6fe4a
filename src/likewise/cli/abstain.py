"""`likewise abstain`: learn when `ask` should not answer."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output
from likewise.cli._placed import placed
from likewise.errors import InputError

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument(
        "questions",
        metavar="QUESTIONS",
        help="a table (.csv .tsv .jsonl .parquet) with columns question and source: the id of the item that answers it",
    )
    parser.add_argument("--to", required=True, metavar="FILE", help="where the threshold is written, as JSON")
    parser.add_argument(
        "--lost",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of answerable questions that may go unanswered (default: 0.1)",
    )


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps._table import column, rows

    placed(args.to)
    table = rows(args.questions)
    asked = column(table, None, ("question", "query", "text"), args.questions)
    source = column(table, None, ("source", "item", "id"), args.questions)
    if asked == source:
        raise InputError(f"{args.questions}: question and source are one column; name them so")
    with opened(args.collection) as collection, out.bars() as bars:
        from likewise.apps.abstain import abstain

        pairs = [(row[asked], row[source]) for row in table]
        made = abstain(collection, pairs, lost=args.lost, progress=bars)
    made.save(args.to)
    kept, refused = made.kept, made.refused
    out.line(f"{args.to}: answer from support {made.cut:.3f} on, learned from {made.questions} questions")
    facts = {"to": args.to, "cut": made.cut, "questions": made.questions, "space": str(made.space)}
    for name, what, share in (("kept", "answered with their source", kept), ("refused", "refused without it", refused)):
        if share is not None:
            out.line(f"  {what}: {share.mean:.1%} [{share.low:.1%}, {share.high:.1%}]")
            facts[name] = [share.mean, share.low, share.high]
    out.line("  these are the questions that it was learned from; others will do a little worse")
    out.data(facts)
    return 0


command = Command(
    summary="learn when `ask` should not answer",
    about=(
        "From questions whose sources in the collection are known, learn how much support an answer needs: each is "
        "asked with its source and as if it were not there. `likewise ask --threshold FILE` takes it. Twenty questions "
        "are the least; some hundred make it sure."
    ),
    examples=(
        "likewise abstain notes.likewise questions.csv --to threshold.json",
        'likewise ask notes.likewise "how do I fix a leaky faucet" --threshold threshold.json',
    ),
    arguments=_arguments,
    run=_run,
)
