"""Rotary positions (Su et al. 2021, arXiv:2104.09864): pairs of dimensions of query and key, turned by their place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from likewise.networks import Facts, Node, Ops
from likewise.types import Vectors

__all__ = ["Rotary", "rotary", "rotate", "tables"]


@final
@dataclass(frozen=True, slots=True)
class Rotary:
    """Cosines and sines `(positions, width / 2)` of every place and pair."""

    cos: Vectors
    sin: Vectors

    def rows(self, ops: Ops, ids: Node) -> tuple[Node, Node]:
        """Those of the s places of ids `(n, s)`: once for all layers, then `rotate`."""
        return ops.rows(self.cos, ids), ops.rows(self.sin, ids)


def rotate(ops: Ops, x: Node, angles: tuple[Node, Node], width: int, interleaved: bool = False) -> Node:
    """Turn x `(n, heads, s, width)`; a pair is dimensions i and i + width / 2, or 2i and 2i + 1 where interleaved."""
    cos, sin = angles
    half = width // 2
    if interleaved:
        x = ops.reshape(ops.transpose(ops.reshape(x, (0, 0, -1, half, 2)), (0, 1, 2, 4, 3)), (0, 0, -1, width))
    left, right = ops.split(x, (half, half), -1)
    turned = (
        ops.subtract(ops.multiply(left, cos), ops.multiply(right, sin)),
        ops.add(ops.multiply(right, cos), ops.multiply(left, sin)),
    )
    # an interleaved x stays in halves: query and key are reordered alike, and only their products count
    return ops.concat(turned, -1)


def rotary(facts: Facts, width: int, theta: float = 10000.0, kind: str = "") -> Rotary:
    """The rotary positions that a config.json asks for, in the layouts of transformers 4 and 5.

    `kind` names one of several sets of them (transformers' layer types), `theta` is for files that say none.
    Raises ModelError for a scaling that is not known here.
    """
    said = facts.inside("rope_parameters" if "rope_parameters" in facts else "rope_scaling")
    said = said.inside(kind) if kind and kind in said else said
    base = said.number("rope_theta", facts.number("rope_theta", theta))
    return tables(base, width, facts.integer("max_position_embeddings"), said)


def tables(theta: float, width: int, positions: int, scaling: Facts | None = None) -> Rotary:
    """Angles of the first `positions` places; `scaling` holds what config.json says of it, None for none."""
    # float32 throughout, as transformers computes them: at place 8,000 an angle is only good to 5e-4
    rates = np.float32(1.0) / np.float32(theta) ** (np.arange(0, width, 2, dtype=np.float32) / np.float32(width))
    factor = 1.0
    if scaling is not None:
        kind = scaling.text("rope_type", scaling.text("type", "default"))
        if kind not in _SCALINGS:
            raise scaling.refused("rope_type" if "rope_type" in scaling else "type", " or ".join(_SCALINGS))
        scaling.only({"partial_rotary_factor": 1})
        rates, factor = _SCALINGS[kind](_Plain(rates, theta, positions, scaling))
    angles = np.arange(positions, dtype=np.float32)[:, None] * rates.astype(np.float32)
    return Rotary(np.cos(angles) * np.float32(factor), np.sin(angles) * np.float32(factor))


@final
@dataclass(frozen=True, slots=True)
class _Plain:
    """The turn of every pair from one place to the next `(width / 2,)`, unscaled, and what config.json says of it."""

    rates: Vectors
    theta: float
    positions: int
    said: Facts


def _same(plain: _Plain) -> tuple[Vectors, float]:
    """No scaling: `dynamic` has none either up to the positions that config.json names, and no text is longer here."""
    return plain.rates, 1.0


def _linear(plain: _Plain) -> tuple[Vectors, float]:
    """Places drawn together (Chen et al. 2023, arXiv:2306.15595)."""
    return plain.rates / np.float32(plain.said.number("factor")), 1.0


def _ntk(plain: _Plain) -> tuple[Vectors, float]:
    """A larger theta and all rates slowed alike, as GTE has it: https://kexue.fm/archives/9706, equation 6."""
    if "mixed_b" in plain.said:
        raise plain.said.refused("mixed_b", "null")
    factor, width = plain.said.number("factor"), 2 * len(plain.rates)
    exponents = np.arange(0, width, 2, dtype=np.float32) / np.float32(width)
    base = np.float32(plain.theta * factor)
    return np.float32(1.0) / base**exponents / np.float32(factor ** (2 / width)), 1.0


def _yarn(plain: _Plain) -> tuple[Vectors, float]:
    """Slow pairs are drawn together, fast ones stay, those between in proportion (YaRN, arXiv:2309.00071)."""
    before = plain.said.integer("original_max_position_embeddings", plain.positions)
    factor = plain.said.number("factor", plain.positions / before)
    width = 2 * len(plain.rates)

    def pair(turns: float) -> float:
        """The pair that makes so many turns over the places of before."""
        return width * math.log(before / (turns * 2 * math.pi)) / (2 * math.log(plain.theta))

    low, high = pair(plain.said.number("beta_fast", 32.0)), pair(plain.said.number("beta_slow", 1.0))
    if plain.said.flag("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, width - 1)
    span = high - low or 0.001
    drawn = np.clip((np.arange(len(plain.rates), dtype=np.float32) - np.float32(low)) / np.float32(span), 0.0, 1.0)
    mixed = plain.rates / np.float32(factor) * drawn + plain.rates * (1 - drawn)
    return mixed, plain.said.number("attention_factor", _loudness(plain.said, factor))


def _loudness(said: Facts, factor: float) -> float:
    def of(weight: float) -> float:
        return 0.1 * weight * math.log(factor) + 1.0 if factor > 1 else 1.0

    some, every = said.number("mscale", 0.0), said.number("mscale_all_dim", 0.0)
    return of(some) / of(every) if some and every else of(1.0)


def _llama3(plain: _Plain) -> tuple[Vectors, float]:
    """Pairs of long waves are slowed, those of short ones stay, those between in proportion (Llama 3.1)."""
    before = plain.said.integer("original_max_position_embeddings", plain.positions)
    factor = plain.said.number("factor")
    low, high = plain.said.number("low_freq_factor"), plain.said.number("high_freq_factor")
    turns = np.float32(before) / (np.float32(2 * math.pi) / plain.rates)
    kept = np.clip((turns - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    return (1 - kept) * plain.rates / np.float32(factor) + kept * plain.rates, 1.0


_SCALINGS: Final[dict[str, Callable[[_Plain], tuple[Vectors, float]]]] = {
    "default": _same,
    "dynamic": _same,
    "linear": _linear,
    "ntk": _ntk,
    "yarn": _yarn,
    "llama3": _llama3,
}
"""By the `rope_type` (`type` in older files) of config.json."""
