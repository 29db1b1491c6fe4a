"""`likewise explain`: which words make two texts similar."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps.explain import Explained, Side
    from likewise.collection import Collection

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("left", metavar="LEFT", help="a text, or with --in the id of an item or passage")
    parser.add_argument("right", metavar="RIGHT", help="another")
    parser.add_argument("--in", dest="collection", metavar="COLLECTION", help="where ids are looked up")
    parser.add_argument("--model", metavar="M", help="model (default: all-MiniLM-L6-v2, or that of the collection)")
    parser.add_argument("--unit", choices=("word", "sentence"), default="word", help="what is weighed (default: word)")
    parser.add_argument(
        "--way",
        choices=("occlusion", "tokens"),
        default="occlusion",
        help="by leaving each out (any model, default), or by the vectors of tokens (models that take their mean)",
    )
    parser.add_argument("--query", action="store_true", help="LEFT is a question: encode it as one")
    parser.add_argument("--top", type=int, default=10, metavar="N", help="how many are shown of each (default: 10)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random orders (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.explain import explain

    if args.top < 1:
        raise InputError(f"top is {args.top}, wanted at least 1")
    left, right, model = args.left, args.right, args.model
    roles: Any = ("query" if args.query else "document", "document")
    options = {"unit": args.unit, "way": args.way, "roles": roles, "seed": args.seed}
    if args.collection:
        if model:
            raise InputError("--model is for texts; a collection remembers its own")
        with opened(args.collection) as collection:
            left, right = _texts(collection, left, right)
            found = explain(left, right, model=collection.encoder, **options)
    else:
        found = explain(left, right, model=model, **options)
    _show(found, args.top, out)
    out.data(_facts(found))
    return 0


def _texts(collection: Collection, left: str, right: str) -> tuple[str, str]:
    """The texts of items or passages of these names; what is no name is a text itself, but not both are."""
    found = [collection.passages(name) for name in (left, right)]
    if not any(found):
        raise InputError(
            f"{collection.path} has no text of an item {left!r} or {right!r}: name one; texts need no --in"
        )
    made = ["\n\n".join(passage.text for passage in some) for some in found]
    return made[0] or left, made[1] or right


def _show(found: Explained, top: int, out: Output) -> None:
    out.line(f"cosine {found.similarity:.4f}, by {found.way} ({found.space.model})")
    for name, side in (("left", found.left), ("right", found.right)):
        out.line()
        out.line(f"{name}: {' '.join(side.text.split())[:100]}")
        for piece in side.best[:top]:
            out.line(f"  {piece.weight:+.4f}  {' '.join(piece.text.split())[:90]}")
        out.line(f"  {_believed(side)}")
    if found.pairs:
        out.line()
        out.line("pairs:")
        for i, j, weight in found.pairs[:top]:
            out.line(f"  {weight:+.4f}  {found.left.pieces[i].text} ~ {found.right.pieces[j].text}")


def _believed(side: Side) -> str:
    test = side.deletion
    if test is None:
        return "too short for the deletion test"
    return (
        f"deletion test: taken away in this order, the mean cosine is {test.area:.3f}, at random {test.random:.3f} "
        f"(score {test.score:+.2f}; better than {test.beats:.0%} of random orders)"
    )


def _facts(found: Explained) -> dict[str, Any]:
    facts = asdict(found) | {"space": str(found.space)}
    for name, side in (("left", found.left), ("right", found.right)):
        if side.deletion is not None:
            facts[name]["deletion"]["score"] = side.deletion.score
    return facts


command = Command(
    summary="which words make two texts similar",
    about=(
        "Weigh the words or sentences of two texts by what they add to the similarity, and test whether that can be "
        "believed: taken away in their order, the similarity should fall faster than in random orders. With --in, "
        "items and passages of a collection are named by their ids."
    ),
    examples=(
        'likewise explain "how do I fix a leaky faucet" "replace the washer to stop the tap from dripping"',
        'likewise explain "leaky faucet" ~/notes/plumbing.md --in notes.likewise --unit sentence --query',
        'likewise explain "a red car" "a crimson vehicle" --way tokens --json',
    ),
    arguments=_arguments,
    run=_run,
)
