"""`likewise map`: a picture of what is near each other."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._placed import placed
from likewise.cli._source import add_source, source

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map
    from likewise.projections import Projection

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "--to",
        action="append",
        metavar="FILE",
        help="write .html, .png, .csv, .tsv, .jsonl or .parquet; repeatable (default: map.html)",
    )
    parser.add_argument("--method", choices=("umap", "tsne", "pca"), help="default: the first that is installed")
    parser.add_argument(
        "--neighbours", type=int, metavar="N", help="of umap: more show more of the whole (default: 15)"
    )
    parser.add_argument("--min-dist", type=float, metavar="D", help="of umap: how near points may lie (default: 0.1)")
    parser.add_argument("--perplexity", type=float, metavar="P", help="of tsne: neighbours of a point (default: 30)")
    parser.add_argument("--onto", metavar="MAP", help="place what is new on this map, a .parquet of `likewise map`")
    parser.add_argument("--colour", default="", metavar="FIELD", help="field that gives the colours (default: region)")
    parser.add_argument("--title", metavar="TEXT", help="title of the page and the picture (default: name of SOURCE)")
    parser.add_argument("--projector", metavar="FOLDER", help="write files for TensorBoard's embedding projector")
    parser.add_argument("--plotly", metavar="FILE", help="write a figure of Plotly, .html or .json")
    parser.add_argument("--wandb", metavar="PROJECT", help="log to a project of Weights & Biases, offline")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the layout (default: 0)")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps._map_fields import require_colour
    from likewise.apps.map import project

    method, targets = _method(args), _targets(args)
    with remarks(out):
        given = source(args, out)
        if not args.onto:  # an old map has fields of its own, and nothing is laid out
            require_colour(given.passages, args.colour)
        out.note(f"Laying out {len(given):,} points ...")
        drawn = project(given, method, onto=args.onto, seed=args.seed)
        written = _written(drawn, targets, args)
    _tell(drawn, written, out)
    return 1 if given.refused else 0


def _method(args: Namespace) -> str | Projection:
    """The projection with the settings that were given; an old map has its own."""
    if args.onto:
        return args.method or ""
    from likewise.apps._map_settings import settled

    return settled(args.method or "", {n: getattr(args, n) for n in ("neighbours", "min_dist", "perplexity")})


def _targets(args: Namespace) -> list[str]:
    """The files of the map; raises before the layout where something could not be written after it."""
    from likewise.apps._map_drawn import kind_of

    outward = args.projector or args.plotly or args.wandb is not None
    targets: list[str] = args.to or ([] if outward else ["map.html"])
    for target in targets:
        kind_of(placed(target))
    if args.projector:
        folder = Path(args.projector).expanduser()
        placed(next((one for one in (folder, *folder.parents) if one.exists()), folder) / "metadata.tsv")
    if args.plotly:
        from likewise.apps import _map_plotly

        placed(_map_plotly.ready(args.plotly))
    if args.wandb is not None:
        from likewise.apps import _map_wandb

        _map_wandb.ready(args.wandb)
    return targets


def _written(drawn: Map, targets: list[str], args: Namespace) -> list[Path]:
    title = args.title or Path(args.source).expanduser().name
    written = [drawn.save(target, title=title, colour=args.colour) for target in targets]
    if args.projector:
        from likewise.apps._map_projector import projector

        written.append(projector(drawn, args.projector))
    if args.plotly:
        from likewise.apps._map_plotly import plotly

        written.append(plotly(drawn, args.plotly, title, args.colour))
    if args.wandb is not None:
        from likewise.apps._map_wandb import wandb

        written.append(wandb(drawn, args.wandb, title, args.colour))
    return written


def _tell(drawn: Map, written: list[Path], out: Output) -> None:
    new = int(drawn.placed.sum())
    out.line(f"{len(drawn.points):,} points{f', {new:,} of them new' if new else ''}, in {drawn.seconds:.1f} s")
    out.line(drawn.faith)
    if drawn.recall < 1:
        out.line(f"neighbours by an index with recall {drawn.recall:.3f}")
    if drawn.method == "pca":
        out.note("PCA shows large distances only; for neighbourhoods: pip install 'likewise[umap]' or 'likewise[tsne]'")
    for path in written:
        out.line(f"written: {path}")
    out.data(
        {
            "points": len(drawn.points),
            "new": new,
            "method": drawn.method,
            "k": drawn.k,
            "trustworthiness": drawn.trust,
            "neighbours_kept": drawn.kept,
            "looked": drawn.looked,
            "recall": drawn.recall,
            "seconds": drawn.seconds,
            "written": written,
        }
    )


command = Command(
    summary="draw a map of a collection, to look around in",
    about=(
        "Lay the vectors of a collection, a folder, a table or a .npy out in a plane, near to their like, and write a "
        "page that needs nothing else: zoom, search, colour by field, hover to read, click for the item and its "
        "nearest, double click to open. How faithful the map is stands on it. New items go onto an old map with --onto."
    ),
    examples=(
        "likewise map notes.likewise",
        "likewise map tickets.csv --to tickets.html --to tickets.png --colour team",
        "likewise map notes.likewise --to notes.parquet && likewise map notes.likewise --onto notes.parquet",
        "likewise map vectors.npy --method tsne --projector logs/",
    ),
    arguments=_arguments,
    run=_run,
)
