"""`likewise search`: ask a collection."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from likewise.cli._command import Command
from likewise.cli._hits import hit_facts, print_hit
from likewise.cli._opened import opened
from likewise.cli._output import Output

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument("query", metavar="QUERY", help="what you look for, in your own words")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many answers (default: 10)")
    parser.add_argument(
        "--where", metavar="FILTER", help="only where this holds, as in 'year >= 2020 and kind = \"pdf\"'"
    )
    parser.add_argument(
        "--mode",
        choices=("hybrid", "dense", "text"),
        default="hybrid",
        help="by meaning and words (hybrid, default), by meaning alone (dense) or by words alone (text)",
    )
    parser.add_argument(
        "--rerank", metavar="MODEL", help="a cross-encoder that reads the question with each of the best passages"
    )
    parser.add_argument(
        "--depth", type=int, default=50, metavar="N", help="how many passages --rerank reads (default: 50)"
    )


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection:
        from likewise.apps.search import search

        reranker = None
        if args.rerank:
            from likewise.encoders import load_reranker

            reranker = load_reranker(args.rerank)
        answers = search(
            collection,
            args.query,
            k=args.k,
            where=args.where,
            mode=args.mode,
            reranker=reranker,
            depth=args.depth,
        )
    for number, answer in enumerate(answers, start=1):
        print_hit(number, answer.hit, out, (answer.best.start, answer.best.end) if answer.best else None)
    out.data([hit_facts(a.hit) | {"best": asdict(a.best) if a.best else None} for a in answers])
    if not answers:
        out.note("nothing found")
    return 0 if answers else 1


command = Command(
    summary="ask a collection",
    about=(
        "Find the passages of a collection that answer a question, best first: file, place, score and text, "
        "with the sentence that answers best marked. Finding nothing makes the exit code 1."
    ),
    examples=(
        'likewise search notes.likewise "how do I fix a leaky faucet"',
        'likewise search work.likewise "budget for next year" --where \'kind = "pdf" and year >= 2020\'',
        'likewise search notes.likewise "E1042" --mode text -k 3 --json',
        'likewise search notes.likewise "why is the tap wet" --rerank cross-encoder/ms-marco-MiniLM-L6-v2',
    ),
    arguments=_arguments,
    run=_run,
)
