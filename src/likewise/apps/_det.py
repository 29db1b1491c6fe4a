"""A detection error trade-off as a file: points for programs (.csv), a picture on normal deviates (.svg)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Final

from likewise.errors import InputError

__all__ = ["write_det"]

_TICKS: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
_SIZE: Final = 480
_EDGE: Final = 60
_INK: Final = "#1f5fa8"


def write_det(points: Sequence[tuple[float, float, float]], eer: float, path: str | os.PathLike[str]) -> None:
    """Write points (cosine, false matches, false non-matches) as .csv, or drawn as .svg.

    Both axes are normal deviates, so that the curve of two normal distributions is a straight line (Martin et al., "The
    DET curve in assessment of detection task performance", 1997).
    """
    name = Path(path).expanduser()
    if name.suffix.lower() == ".csv":
        rows = [f"{cosine:.6f},{let:.6f},{missed:.6f}" for cosine, let, missed in points]
        text = "\n".join(["cosine,false_matches,false_nonmatches", *rows])
    elif name.suffix.lower() == ".svg":
        text = _drawn(points, eer)
    else:
        raise InputError(f"{name}: a DET curve is written as .csv or .svg")
    name.write_text(text + "\n", encoding="utf-8")


def _at(rate: float, across: bool) -> float:
    """Where a rate lies on an axis, in pixels."""
    low, high = (NormalDist().inv_cdf(one) for one in (_TICKS[0] / 2, _TICKS[-1]))
    share = (NormalDist().inv_cdf(min(max(rate, _TICKS[0] / 2), _TICKS[-1])) - low) / (high - low)
    room = _SIZE - 2 * _EDGE
    return _EDGE + share * room if across else _SIZE - _EDGE - share * room


def _drawn(points: Sequence[tuple[float, float, float]], eer: float) -> str:
    inner = f"{_EDGE}", f"{_SIZE - _EDGE}"
    grid = []
    for tick in _TICKS:
        x, y = _at(tick, True), _at(tick, False)
        grid += [
            f'<path d="M{x:.1f} {inner[0]}V{inner[1]}M{inner[0]} {y:.1f}H{inner[1]}" stroke="#ddd"/>',
            f'<text x="{x:.1f}" y="{_SIZE - _EDGE + 16}" text-anchor="middle">{tick:.1%}</text>',
            f'<text x="{_EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.1%}</text>',
        ]
    line = " ".join(f"{_at(let, True):.1f},{_at(missed, False):.1f}" for _, let, missed in points)
    x, y = _at(eer, True), _at(eer, False)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" font-family="sans-serif" '
            'font-size="10" fill="#333">',
            "<title>Detection error trade-off</title>",
            f'<rect width="{_SIZE}" height="{_SIZE}" fill="white"/>',
            *grid,
            f'<polyline points="{line}" fill="none" stroke="{_INK}" stroke-width="2"/>',
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_INK}"/>',
            f'<text x="{x + 8:.1f}" y="{y - 6:.1f}">EER {eer:.2%}</text>',
            f'<text x="{_SIZE / 2}" y="{_SIZE - 16}" text-anchor="middle" font-size="12">false matches</text>',
            f'<text x="16" y="{_SIZE / 2}" text-anchor="middle" font-size="12" '
            f'transform="rotate(-90 16 {_SIZE / 2})">false non-matches</text>',
            "</svg>",
        ]
    )
