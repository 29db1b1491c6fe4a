"""`likewise search`: ask a collection."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from likewise.cli._command import Command
from likewise.cli._hits import hit_facts, print_hit
from likewise.cli._opened import opened
from likewise.cli._output import Output
from likewise.errors import InputError

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument("query", nargs="?", metavar="QUERY", help="what you look for, in your own words")
    for kind, what in (("image", "picture"), ("audio", "sound"), ("video", "clip")):
        parser.add_argument(f"--{kind}", metavar="FILE", help=f"a {what} to look for; FILE#00:42 is that moment of it")
    parser.add_argument(
        "--like", metavar="WHAT", help="an item or passage by its id, item#00:42 for a moment of it, or a file"
    )
    parser.add_argument(
        "--minus",
        action="append",
        default=[],
        metavar="WORDS",
        help="words to turn away from; repeatable, in a space that knows words",
    )
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="KIND",
        help="only these kinds: text, image, audio, video, or a format such as pdf; repeatable",
    )
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


def _more(args: Namespace) -> dict[str, Any]:
    """What is asked beside words, as far as anything is."""
    said = {name: getattr(args, name) for name in ("image", "audio", "video", "like")}
    said |= {"minus": args.minus, "kinds": args.kind}
    return {name: value for name, value in said.items() if value}


def _run(args: Namespace, out: Output) -> int:
    more = _more(args)
    if args.query is None and not more:
        raise InputError("nothing is asked: give words, or --image, --audio, --video, --like (see --help)")
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
            **more,
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
        "with the sentence that answers best marked. A picture, a sound or a clip can be asked for too; what is "
        "given together is added up in a space that knows all of it. Answers of several spaces are ordered by "
        "rank, each with the name of its space and its score there. Finding nothing makes the exit code 1."
    ),
    examples=(
        'likewise search notes.likewise "how do I fix a leaky faucet"',
        'likewise search work.likewise "budget for next year" --where \'kind = "pdf" and year >= 2020\'',
        'likewise search notes.likewise "E1042" --mode text -k 3 --json',
        "likewise search all.likewise --image photo.jpg --kind image",
        "likewise search all.likewise --like film.mp4#00:42",
        'likewise search all.likewise "at night" --image street.jpg --minus rain',
        'likewise search notes.likewise "why is the tap wet" --rerank cross-encoder/ms-marco-MiniLM-L6-v2',
    ),
    arguments=_arguments,
    run=_run,
)
