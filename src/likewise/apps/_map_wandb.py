"""A map logged to Weights & Biases: a table of points with their vectors, and the page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.apps._map_table import rows
from likewise.errors import InputError, MissingLibrary
from likewise.parts import missing

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["ready", "wandb"]


def wandb(drawn: Map, project: str, title: str = "", colour: str = "", folder: str | Path = ".") -> Path:
    """Log a run of one project, offline: nothing is sent until its owner calls `wandb sync` on the folder returned.

    The table `map` has x, y, the metadata and a column for every dimension, which W&B's embedding projector takes; the
    page is logged beside it. Raises MissingLibrary without W&B.
    """
    ready(project)
    import wandb as library

    table = rows(drawn)
    names = list(dict.fromkeys(name for row in table for name in row))
    columns = [*names, *(f"d{at}" for at in range(drawn.points.vectors.shape[1]))]
    run = library.init(project=project, name=title or None, mode="offline", dir=str(folder))
    try:
        data = [
            [*(row.get(name) for name in names), *vector]
            for row, vector in zip(table, drawn.points.vectors.tolist(), strict=True)
        ]
        with tempfile.TemporaryDirectory(prefix="likewise-") as made:
            page = drawn.save(Path(made) / "map.html", title=title, colour=colour)
            run.log({"map": library.Table(columns=columns, data=data), "page": library.Html(str(page), inject=False)})
        run.summary.update(
            {"method": drawn.method, "trustworthiness": drawn.trust.mean, "neighbours_kept": drawn.kept.mean}
        )
        return Path(run.dir).parent
    finally:
        run.finish()


def ready(project: str) -> None:
    """Raises as `wandb` does, before there is a map: MissingLibrary, or InputError for a project without a name."""
    if not project.strip():
        raise InputError("the project of W&B has no name")
    try:
        import wandb  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingLibrary(f"logging to W&B needs {missing(error)}") from error
