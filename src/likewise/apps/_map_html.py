"""A map as one HTML page that holds all it needs: no server, no network, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._map_fields import Field, fields
from likewise.apps._map_link import link
from likewise.apps._map_table import place_of
from likewise.apps._words_of import words_of
from likewise.collection.senses import MODALITIES
from likewise.types import Passage, Vectors

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["page", "squared"]

_SCRIPTS: Final = ("data", "view", "grid", "pace", "paint", "colours", "names", "details", "map")
_LONGEST: Final = 400
_SEEN: Final = ("image", "audio", "video")
_MEANING: Final = (
    "Trustworthiness: 1 where the nearest on the map are the nearest by the vectors; it falls with every intruder by "
    "how far away it really is. Neighbours kept: how many of the nearest by the vectors are among the nearest on the "
    "map. Both are over {looked} points; in brackets the 95 % interval. Distances between islands say little."
)


def page(drawn: Map, title: str, colour: str) -> str:
    """The page; text of items is data of it, never markup or script, and its policy forbids every connection."""
    style, script = _part("page.css"), '"use strict";\n' + "\n".join(_part(f"{name}.js") for name in _SCRIPTS)
    packed = gzip.compress(json.dumps(_held(drawn, colour), ensure_ascii=False).encode("utf-8", "replace"), 6, mtime=0)
    filled = {
        "title": html.escape(title),
        "style": style,
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "data": base64.b64encode(packed).decode(),
        "script": script,
    }
    made = _part("page.html")
    head, _, rest = made.partition("{{data}}")  # the largest, put in last and never looked through
    for name in ("title", "style_hash", "script_hash", "style"):
        head = head.replace(f"{{{{{name}}}}}", filled[name])
    return head + filled["data"] + rest.replace("{{script}}", script)


def squared(plane: Vectors) -> Vectors:
    """The plane moved and scaled, one scale for both axes, to lie within -1 and 1."""
    low, high = plane.min(axis=0), plane.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-12)
    return np.asarray((plane - (low + high) / 2) / half, np.float32)


def _part(name: str) -> str:
    return (files("likewise.apps") / "_map_page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _held(drawn: Map, colour: str) -> dict[str, Any]:
    """What the page's script reads (`data.js`)."""
    found, by, regions = fields(drawn, colour)
    passages = drawn.points.passages
    spots = squared(np.concatenate([drawn.plane, np.array([(r.x, r.y) for r in regions], np.float32).reshape(-1, 2)]))
    spots, named = spots[: len(passages)], spots[len(passages) :].tolist()
    return {
        "about": _about(drawn),
        "faith": drawn.faith,
        "meaning": _MEANING.format(looked=f"{drawn.looked:,}"),
        "xy": _packed(spots, "<f4"),
        "near": _packed(drawn.near.rows, "<u4"),
        "cosines": _packed(np.round(drawn.near.cosines, 4), "<f4"),
        "placed": _packed(drawn.placed, "u1"),
        "ids": [passage.id for passage in passages],
        "titles": [passage.title for passage in passages],
        "texts": [_excerpt(words_of(passage)) for passage in passages],
        "places": [place_of(passage) for passage in passages],
        "links": [link(passage) for passage in passages],
        "media": [_media(passage) for passage in passages],
        "fields": [_described(field) for field in found],
        "colour": by,
        "labels": [
            {"text": region.text, "x": x, "y": y, "level": region.level}
            for region, (x, y) in sorted(zip(regions, named, strict=True), key=lambda r: (r[0].level, -r[0].size))
        ],
    }


def _about(drawn: Map) -> str:
    n = len(drawn.points)
    new = f", {int(drawn.placed.sum()):,} of them new" if drawn.placed.any() else ""
    return f"{n:,} points{new}; vectors of {drawn.points.space.model}, {drawn.points.space.dim} dimensions"


def _excerpt(text: str) -> str:
    flat = " ".join(text[: 2 * _LONGEST].split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 3].rsplit(" ", 1)[0] + "..."


def _media(passage: Passage) -> str:
    kind = passage.metadata.get("kind")
    return str(kind) if kind in _SEEN and kind in MODALITIES else ""


def _described(field: Field) -> dict[str, Any]:
    if field.kind == "category" and field.codes is not None:
        return {"name": field.name, "kind": "category", "values": field.values, "codes": _packed(field.codes, "<i4")}
    if field.kind == "number" and field.numbers is not None:
        return {"name": field.name, "kind": "number", "numbers": _packed(field.numbers, "<f4")}
    return {"name": field.name, "kind": "text", "texts": field.texts}


def _packed(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()
