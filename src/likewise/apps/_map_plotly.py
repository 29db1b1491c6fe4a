"""A map as a figure of Plotly."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from likewise.apps._map_fields import Field, fields
from likewise.apps._words_of import shown
from likewise.errors import InputError, MissingLibrary
from likewise.parts import missing

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["plotly", "ready"]

_LONGEST: Final = 160


def plotly(drawn: Map, path: str | os.PathLike[str], title: str = "", colour: str = "") -> Path:
    """Write a figure: .html with Plotly's own script within, .json as every Plotly reads it (`plotly.io.from_json`).

    Raises MissingLibrary without Plotly, InputError for another ending and where it cannot be written.
    """
    target = ready(path)
    figure = _figure(drawn, title, colour)
    try:
        if target.suffix.lower() == ".html":
            figure.write_html(target, include_plotlyjs=True)
        else:
            figure.write_json(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def ready(path: str | os.PathLike[str]) -> Path:
    """The file that a figure would be written to; raises as `plotly` does, before there is a map."""
    target = Path(path).expanduser()
    if target.suffix.lower() not in (".html", ".json"):
        raise InputError(f"{target} is no figure of Plotly: name a .html or .json")
    try:
        import plotly.graph_objects  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingLibrary(f"a figure of Plotly needs {missing(error)}") from error
    return target


def _figure(drawn: Map, title: str, colour: str) -> Any:
    from plotly.graph_objects import Figure, Scattergl

    found, by, _ = fields(drawn, colour)
    field = next((one for one in found if one.name == by), None)
    figure = Figure()
    for name, rows, marker in _traces(field, len(drawn.points)):
        figure.add_trace(
            Scattergl(
                x=drawn.plane[rows, 0],
                y=drawn.plane[rows, 1],
                mode="markers",
                name=html.escape(name),
                marker={"size": 5, "opacity": 0.8, **marker},
                text=[html.escape(shown(drawn.points.passages[row], _LONGEST)) for row in rows],
                hoverinfo="text",
            )
        )
    axis = {"visible": False}
    figure.update_layout(
        title={"text": html.escape(title), "subtitle": {"text": drawn.faith}},
        xaxis=axis,
        yaxis={**axis, "scaleanchor": "x"},
        legend={"title": {"text": html.escape(by)}},
        template="plotly_white",
    )
    return figure


def _traces(field: Field | None, n: int) -> list[tuple[str, list[int], dict[str, Any]]]:
    """A trace for every category, the largest first; one with a colour bar for numbers; else one."""
    if field is not None and field.codes is not None:
        groups: dict[int, list[int]] = {}
        for row, code in enumerate(field.codes.tolist()):
            groups.setdefault(code, []).append(row)
        order = sorted(groups, key=lambda code: (-len(groups[code]), code))
        return [(field.values[code] if code >= 0 else "(none)", groups[code], {}) for code in order]
    if field is not None and field.numbers is not None:
        bar = {"color": field.numbers, "colorscale": "Viridis", "showscale": True}
        return [(field.name, list(range(n)), bar)]
    return [("", list(range(n)), {})]
