"""A map as a picture: points, names of regions, a legend, and how faithful it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from likewise.apps._map_fields import Field, fields
from likewise.apps._map_html import squared
from likewise.apps._map_regions import Region

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["picture"]

_WIDE, _HIGH, _LEGEND, _TOP, _FOOT = 1600, 1200, 330, 92, 56
_FINER: Final = 2
"""Points are drawn this many times as large and then reduced, which smooths their edges."""
_PAPER, _INK, _SOFT = (251, 251, 250), (29, 33, 41), (98, 106, 118)
_OTHER: Final = (154, 161, 171)
PALETTE: Final = (
    *((78, 121, 167), (242, 142, 43), (225, 87, 89), (89, 161, 79), (176, 122, 161), (31, 163, 168), (216, 168, 0)),
    *((156, 117, 95), (255, 127, 165), (61, 91, 217), (140, 184, 31), (194, 65, 12), (122, 92, 199), (15, 138, 95)),
    *((208, 66, 155), (107, 143, 181), (163, 103, 42), (69, 168, 221), (201, 139, 214), (125, 140, 42)),
)
"""The colours of the page (`_map_page/colours.js`)."""
_RAMP: Final = np.array(
    [
        *((68, 1, 84), (70, 50, 127), (54, 92, 141), (39, 127, 142)),
        *((31, 161, 135), (74, 194, 109), (159, 218, 58), (253, 231, 37)),
    ]
)

Ink = tuple[int, int, int]
Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


def picture(drawn: Map, title: str, colour: str) -> Image.Image:
    """The map as an RGB picture of 1600 x 1200."""
    found, by, regions = fields(drawn, colour)
    field = next((one for one in found if one.name == by), None)
    inks, legend = _inks(field, len(drawn.points))
    box = min(_WIDE - _LEGEND, _HIGH - _TOP - _FOOT)
    left = (_WIDE - _LEGEND - box) // 2
    spots = squared(drawn.plane) * [1, -1]
    at = (spots + 1) / 2 * (box - 40) + 20 + [left, _TOP]
    image = _dotted(at, inks)
    draw = ImageDraw.Draw(image)
    draw.text((40, 26), _cut(draw, title, _font(32), _WIDE - 80), _INK, _font(32))
    draw.text((40, _HIGH - 42), f"{len(drawn.points):,} points.  {drawn.faith}", _SOFT, _font(20))
    _names(draw, at, drawn, regions)
    _legend(draw, by, field, legend)
    return image


def _dotted(at: NDArray[np.floating], inks: NDArray[np.uint8]) -> Image.Image:
    """Discs on paper; later ones lie on earlier ones, in an order that no category wins."""
    radius = float(np.clip(420 / np.sqrt(len(at) + 200), 2.4, 10)) * 0.55 * _FINER
    canvas = np.empty((_HIGH * _FINER, _WIDE * _FINER, 3), np.float32)
    canvas[:] = _PAPER
    reach = int(np.ceil(radius))
    around = np.arange(-reach, reach + 1)
    disc = [(dy, dx) for dy in around for dx in around if dy * dy + dx * dx <= radius * radius]
    order = np.random.default_rng(0).permutation(len(at))
    spots = np.round(at[order] * _FINER).astype(int)
    alpha = 0.85
    for part in np.array_split(np.arange(len(order)), max(1, len(order) // 2000)):
        y, x = spots[part, 1], spots[part, 0]
        for dy, dx in disc:
            below = canvas[y + dy, x + dx]
            canvas[y + dy, x + dx] = below + alpha * (inks[order[part]] - below)
    return Image.fromarray(canvas.astype(np.uint8)).resize((_WIDE, _HIGH), Image.Resampling.BOX)


Legend = list[tuple[str, Ink, int]]


def _inks(field: Field | None, n: int) -> tuple[NDArray[np.uint8], Legend]:
    """The colour of every point `(n, 3)` and what the legend says."""
    if field is None:
        return np.tile(np.array(PALETTE[0], np.uint8), (n, 1)), []
    if field.numbers is not None:
        return _ramped(field.numbers), []
    if field.codes is None:
        return _inks(None, n)
    many = np.bincount(field.codes + 1, minlength=len(field.values) + 1)
    none, many = int(many[0]), many[1:]
    order = np.argsort(-many, kind="stable")
    inks = np.tile(np.array(_OTHER, np.uint8), (len(field.values) + 1, 1))
    shown = order[: len(PALETTE)]
    inks[shown] = PALETTE[: len(shown)]
    legend: Legend = [(field.values[c] or "(empty)", PALETTE[at], int(many[c])) for at, c in enumerate(shown)]
    if len(order) > len(shown):
        legend.append((f"{len(order) - len(shown)} others", _OTHER, int(many[order[len(shown) :]].sum())))
    if none:
        legend.append(("(none)", _OTHER, none))
    return inks[field.codes], legend


def _ramped(numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
    known = np.isfinite(numbers)
    low, high = numbers[known].min(), numbers[known].max()
    places = (np.where(known, numbers, low) - low) / max(float(high - low), 1e-12) * (len(_RAMP) - 1)
    parts = [np.interp(places, np.arange(len(_RAMP)), _RAMP[:, channel]) for channel in range(3)]
    made = np.stack(parts, axis=1).astype(np.uint8)
    made[~known] = _OTHER
    return made


def _names(draw: ImageDraw.ImageDraw, at: NDArray[np.floating], drawn: Map, regions: tuple[Region, ...]) -> None:
    """Names of the coarsest regions, the largest first, none on another."""
    taken: list[tuple[float, float, float, float]] = []
    for region in sorted((r for r in regions if r.level == 0), key=lambda r: -r.size):
        nearest = np.argmin(((drawn.plane - [region.x, region.y]) ** 2).sum(axis=1))
        x, y = at[nearest]
        x0, y0, x1, y1 = draw.textbbox((x, y), region.text, _font(21), anchor="mm")
        x += max(0.0, 12 - x0) - max(0.0, x1 - (_WIDE - _LEGEND))
        box = (x0 - 6, y0 - 3, x1 + 6, y1 + 3)
        if any(box[0] < b[2] and box[2] > b[0] and box[1] < b[3] and box[3] > b[1] for b in taken):
            continue
        taken.append(box)
        draw.text((x, y), region.text, _INK, _font(21), anchor="mm", stroke_width=4, stroke_fill=_PAPER)


def _legend(draw: ImageDraw.ImageDraw, by: str, field: Field | None, legend: Legend) -> None:
    x, y, room = _WIDE - _LEGEND + 10, _TOP + 30, _LEGEND - 50
    if field is None:
        return
    draw.text((x, y - 34), _cut(draw, by, _font(22), room), _INK, _font(22))
    for name, ink, many in legend:
        draw.ellipse((x, y + 3, x + 16, y + 19), fill=ink)
        count = f"{many:,}"
        wide = draw.textlength(count, _font(18))
        draw.text((x + room - wide, y), count, _SOFT, _font(18))
        draw.text((x + 26, y), _cut(draw, name, _font(18), room - 38 - wide), _INK, _font(18))
        y += 29
    if field.numbers is not None:
        known = field.numbers[np.isfinite(field.numbers)]
        for step in range(room):
            red, green, blue = (round(float(np.interp(step / room * 7, np.arange(8), _RAMP[:, c]))) for c in range(3))
            draw.line((x + step, y, x + step, y + 18), fill=(red, green, blue))
        draw.text((x, y + 24), f"{known.min():g}", _SOFT, _font(18))
        draw.text((x + room, y + 24), f"{known.max():g}", _SOFT, _font(18), anchor="ra")


def _cut(draw: ImageDraw.ImageDraw, text: str, font: Font, room: float) -> str:
    """The text as far as it fits."""
    text = " ".join(text.split())
    if draw.textlength(text, font) <= room:
        return text
    while text and draw.textlength(f"{text}...", font) > room:
        text = text[:-1]
    return f"{text}..."


def _font(size: int) -> Font:
    """A font that knows many scripts where the system has one, else Pillow's own."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)
