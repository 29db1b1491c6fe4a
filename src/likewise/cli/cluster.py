"""`likewise cluster`: the topics of a collection, what fits none, and a tree over all."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._placed_table import placed_table
from likewise.cli._source import add_source, source

if TYPE_CHECKING:
    from likewise.apps.cluster import Clusters, Node
    from likewise.types import Points

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "--method",
        default="hdbscan",
        choices=("hdbscan", "kmeans"),
        help="by density, which finds how many there are (default), or by k-means",
    )
    parser.add_argument("--count", type=int, metavar="N", help="of kmeans: how many (default: the most stable number)")
    parser.add_argument(
        "--smallest", type=int, metavar="N", help="of hdbscan: fewest points of a cluster (default: the 200th part)"
    )
    parser.add_argument("--tree", action="store_true", help="print the tree of topics too")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="how many topics are printed (default: 20)")
    parser.add_argument("--to", metavar="FILE", help="write all rows with the number and the name of their topic")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same topics (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.cluster import cluster

    placed_table(args.to)
    with remarks(out):
        points = source(args, out)
        found = cluster(points, method=args.method, count=args.count, smallest=args.smallest, seed=args.seed)
    if args.to:
        _write(args, points, found)
    _show(args, out, found)
    out.data(
        {
            "topics": [
                {
                    "number": topic.number,
                    "name": topic.name,
                    "size": topic.size,
                    "words": topic.words,
                    "typical": [{"id": p.id, "item": p.item, "text": p.text} for p in topic.typical],
                }
                for topic in found.topics
            ],
            "apart": found.apart,
            "groups": dict(zip(found.ids, found.groups, strict=True)),
            "tree": found.tree,
            "stability": found.stability,
            "refused": found.refused,
        }
    )
    return 1 if found.refused else 0


def _write(args: Namespace, points: Points, found: Clusters) -> None:
    from likewise.apps._written import with_columns, write_rows

    names = {topic.number: topic.name for topic in found.topics} | {-1: ""}
    extra: list[dict[str, str | float | None]] = [
        {"topic": group, "topic_name": names[group], "topic_sure": sure}
        for group, sure in zip(found.groups, found.sure, strict=True)
    ]
    write_rows(args.to, with_columns(args.source, points, extra))


def _show(args: Namespace, out: Output, found: Clusters) -> None:
    from likewise.apps._words_of import shown

    for topic in found.topics[: max(args.show, 0)]:
        out.line(f"{topic.number:3}  {topic.size:,}  {', '.join(word for word, _ in topic.words)}")
        for passage in topic.typical:
            out.line(f"       {shown(passage)}")
    if args.tree and found.tree is not None:
        _branch(out, found.tree, 0)
    out.line(f"{len(found.topics):,} topics of {len(found.ids):,}; {found.apart:,} stand apart")
    for count, score in found.stability:
        out.note(f"note: {count} clusters came out the same again with an adjusted Rand index of {score:.3f}")


def _branch(out: Output, node: Node, depth: int) -> None:
    words = ", ".join(word for word, _ in node.words[:4])
    told = f"{node.topics[0]:3}" if not node.parts else f"{node.likeness:.2f}"
    out.line(f"{'  ' * depth}{told}  {node.size:,}  {words}")
    for part in node.parts:
        _branch(out, part, depth + 1)


command = Command(
    summary="the topics of a collection, with names",
    about=(
        "Divide a collection, a folder, a table or vectors into clusters: by density, which finds how many there are, "
        "or by k-means. Each is named by the words that stand in it and not in the others, with typical examples; what "
        "fits none is kept apart; a tree says which are near each other. The same seed gives the same clusters."
    ),
    examples=(
        "likewise cluster tickets.csv --column body --to topics.csv",
        "likewise cluster notes.lw --per-item --tree",
        "likewise cluster vectors.npy --method kmeans --count 20 --json",
    ),
    arguments=_arguments,
    run=_run,
)
