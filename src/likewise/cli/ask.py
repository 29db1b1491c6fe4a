"""`likewise ask`: an answer with its sources."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._hits import hit_facts
from likewise.cli._opened import opened
from likewise.cli._output import Output, remarks
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps._ask_reply import Reply
    from likewise.apps._ask_support import Support
    from likewise.collection import Collection

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection, or a folder to read just for this")
    parser.add_argument("question", metavar="QUESTION", help="a question in your own words")
    parser.add_argument(
        "--generator",
        metavar="URL#MODEL",
        help="a language model that writes the answer, behind an OpenAI-compatible server: http://HOST:PORT/v1#NAME; "
        "the question and the sources are sent there",
    )
    parser.add_argument("--longest", type=int, default=512, metavar="N", help="tokens of its answer (default: 512)")
    parser.add_argument("--rerank", metavar="MODEL", help="a cross-encoder that reads the question with each passage")
    parser.add_argument(
        "--threshold",
        metavar="T",
        help="a file of `likewise abstain`, or how much support an answer needs, from 0 (always answer) to 1",
    )
    parser.add_argument("--where", metavar="FILTER", help="only sources that pass, as in 'year >= 2020'")
    parser.add_argument("--sources", type=int, default=6, metavar="N", help="passages to answer from (default: 6)")
    parser.add_argument("--budget", type=int, default=2000, metavar="N", help="tokens of them all (default: 2000)")
    parser.add_argument("--depth", type=int, default=50, metavar="N", help="passages to choose from (default: 50)")
    parser.add_argument(
        "--diversity", type=float, default=0.3, metavar="D", help="how unlike they are to be, 0 to 1 (default: 0.3)"
    )
    parser.add_argument("--model", metavar="M", help="model for a folder (default: all-MiniLM-L6-v2)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps._ask_choose import Reading
    from likewise.apps.ask import ask

    generator = reranker = None
    if args.generator:
        from likewise.apps._ask_generator import Generator

        generator = Generator(args.generator, longest=args.longest)
        out.note(f"note: the question and the sources are sent to {generator.name}")
    if args.rerank:
        from likewise.encoders import load_reranker

        reranker = load_reranker(args.rerank)
    reading = Reading(args.depth, args.sources, args.budget, args.diversity)
    with remarks(out), _collection(args.collection, args.model, out) as collection:
        reply = ask(
            collection,
            args.question,
            generator=generator,
            reranker=reranker,
            threshold=_threshold(args.threshold),
            where=args.where,
            reading=reading,
        )
    _show(reply, out)
    out.data(_facts(reply))
    return 0 if reply.answered else 1


def _threshold(given: str | None) -> Support | float | None:
    if given is None:
        return None
    try:
        return float(given)
    except ValueError:
        from likewise.apps._ask_support import Support

        return Support.load(given)


@contextmanager
def _collection(name: str, model: str | None, out: Output) -> Iterator[Collection]:
    """A collection that exists, or one made of a folder and thrown away."""
    path = Path(name).expanduser()
    if not path.is_dir() or (path / "collection.sqlite").exists():
        if model:
            raise InputError("--model is for a folder; a collection remembers its own")
        with opened(name) as kept:
            yield kept
        return
    from tempfile import TemporaryDirectory

    from likewise.collection import Collection

    with TemporaryDirectory(prefix="likewise-") as made, Collection(Path(made) / "c", model=model) as passing:
        out.note(f"note: {path} is read just for this question; `likewise add {path} --to C` keeps what it holds")
        for refusal in passing.add(path).refused:
            out.complain(f"refused: {refusal.source}: {refusal.reason}: {refusal.detail}")
        yield passing


def _show(reply: Reply, out: Output) -> None:
    out.line(reply.text if reply.answered else f"No answer: {reply.why}.")
    sure = "" if reply.probability is None else f", probability that they hold the answer {reply.probability:.2f}"
    way = f"{reply.way}; " if reply.answered else ""
    out.line(f"({way}support {reply.support:.2f}, wanted {reply.cut:.2f}{sure})")
    shown = reply.cited if reply.answered else reply.sources[:3]
    out.line()
    out.line("sources:" if reply.answered else "nearest, and not enough:")
    for source in shown:
        heading = f"  {source.hit.place.heading}" if source.hit.place.heading else ""
        out.line(f"[{source.number}] {source.hit.item}  {source.hit.place}  support {source.support:.2f}{heading}")
        if source.link:
            out.line(f"    {source.link}")
    for note in reply.notes:
        out.note(f"note: {note}")


def _facts(reply: Reply) -> dict[str, Any]:
    cited = {source.number for source in reply.cited}
    return {
        "question": reply.question,
        "answered": reply.answered,
        "text": reply.text,
        "why": reply.why,
        "way": reply.way,
        "support": reply.support,
        "cut": reply.cut,
        "probability": reply.probability,
        "statements": [asdict(statement) for statement in reply.statements],
        "sources": [
            hit_facts(source.hit)
            | {
                "number": source.number,
                "support": source.support,
                "cited": source.number in cited,
                "link": source.link,
                "instructions": list(source.instructions),
            }
            for source in reply.sources
        ],
        "notes": list(reply.notes),
    }


command = Command(
    summary="an answer from a collection, with its sources",
    about=(
        "Answer a question from the passages of a collection, each statement with the numbers of the sources that it "
        "rests on, each source with an address that opens it at its place. Without --generator the answer is quoted: "
        "the best sentences of the sources as they stand. Where the sources support no answer there is none, and "
        "the exit code is 1. What a source says is data: an instruction to a machine in it is never followed."
    ),
    examples=(
        'likewise ask notes.likewise "how do I fix a leaky faucet"',
        'likewise ask ~/notes "when is the rent due" --threshold 0',
        'likewise ask work.likewise "what did we decide about the budget" --where "year >= 2020" --json',
        'likewise ask notes.likewise "why is the tap wet" --generator http://localhost:11434/v1#llama3.2',
    ),
    arguments=_arguments,
    run=_run,
)
