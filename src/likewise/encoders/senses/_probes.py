"""Fixed contents of every kind, made from seeds, by which the spaces of the senses are told by their behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.space import PROBES
from likewise.types import Clip, Item, Motion, Role, Sound

__all__ = ["probes"]

_RATE: Final = 16_000


def probes(modality: str) -> list[tuple[Role, Item]]:
    """A few contents of one modality and the roles in which they are asked."""
    if modality == "text":
        return [(role, Item(str(i), text)) for i, (role, text) in enumerate(PROBES)]
    return [("document", Item(str(seed), _MADE[modality](seed), modality)) for seed in range(3)]


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(20_261_121 + seed)


def _field(seed: int, count: int, height: int, width: int) -> NDArray[np.float64]:
    """Smooth shapes `(count, height, width)` from 0 to 1 that drift from one to the next."""
    rng = _rng(seed)
    waves = rng.uniform(-12, 12, (5, 3))
    phase = rng.uniform(0, 2 * np.pi, 5)
    t, y, x = np.ogrid[0 : 1 : count * 1j, 0 : 1 : height * 1j, 0 : 1 : width * 1j]
    total = sum(np.sin(a * x + b * y + c * t / 4 + p) for (a, b, c), p in zip(waves, phase, strict=True))
    found: NDArray[np.float64] = (np.asarray(total) / 5 + 1) / 2
    return found


def _colours(seed: int, count: int, height: int, width: int) -> NDArray[np.uint8]:
    channels = [_field(10 * seed + c, count, height, width) for c in range(3)]
    noise = _rng(seed).uniform(0, 40, (1, height, width, 1))
    return np.asarray(np.stack(channels, axis=-1) * 215 + noise, dtype=np.uint8)


def _image(seed: int) -> NDArray[np.uint8]:
    return np.asarray(_colours(seed, 1, 240 + 60 * seed, 400 - 50 * seed)[0])


def _sound(seed: int) -> Sound:
    seconds = np.arange((2 + seed) * _RATE) / _RATE
    rng = _rng(seed)
    tones = sum(np.sin(2 * np.pi * hertz * seconds) for hertz in rng.uniform(80, 4000, 6))
    samples = 0.1 * np.asarray(tones) + 0.02 * rng.standard_normal(len(seconds))
    return Sound(samples.astype(np.float32), _RATE)


def _clip(seed: int) -> Clip:
    return Clip(_colours(seed, 32, 120, 160), np.arange(32) / 16)


def _metres(seed: int) -> NDArray[np.float32]:
    return np.asarray(0.5 + 8 * _field(seed, 1, 240, 320)[0], dtype=np.float32)


def _degrees(seed: int) -> NDArray[np.float32]:
    return np.asarray(15 + 25 * _field(seed, 1, 240, 320)[0], dtype=np.float32)


def _motion(seed: int) -> Motion:
    waves = _field(seed, 1, 2000, 6)[0] + 0.05 * _rng(seed).standard_normal((2000, 6))
    return Motion(waves.astype(np.float32), 200.0)


_MADE: Final[dict[str, Callable[[int], object]]] = {
    "image": _image,
    "audio": _sound,
    "video": _clip,
    "depth": _metres,
    "thermal": _degrees,
    "motion": _motion,
}
