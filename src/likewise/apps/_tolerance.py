"""How much two sides may differ and still count as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from likewise.errors import InputError
from likewise.types import Space

__all__ = ["TOLERANCES", "Tolerance", "allowed"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The least cosine of any text, the least mean of them, the largest distance that a text's batch may make, and
    the least overlap of nearest texts (0: none is asked for)."""

    least: float
    mean: float
    batch: float
    overlap: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not -1 <= value <= 2:
                raise InputError(
                    f"tolerance {field.name}={value} is no cosine, distance or share: take one from 0 to 1"
                )

    def changed(self, asked: Mapping[str, float]) -> Tolerance:
        """This one with some values changed by name. Raises InputError for a name that is none of them."""
        strange = set(asked) - {field.name for field in fields(self)}
        if strange:
            known = ", ".join(field.name for field in fields(self))
            raise InputError(f"tolerance {', '.join(sorted(strange))} is not known: take {known}")
        return replace(self, **asked)


TOLERANCES: Final = {
    "fp32": Tolerance(least=0.9999, mean=0.9999, batch=1e-5),
    "bf16": Tolerance(least=0.999, mean=0.999, batch=1e-4),
    "int8": Tolerance(least=0.99, mean=0.998, batch=1e-4),
}
"""By the coarser precision of the two sides; other precisions, and sides that do not tell theirs, count as bf16."""


def allowed(*spaces: Space | None) -> Tolerance:
    """What the precisions of some sides allow: of all their tolerances the widest."""
    found = [TOLERANCES.get(space.precision.partition(":")[0] if space else "", TOLERANCES["bf16"]) for space in spaces]
    return min(found, key=lambda tolerance: (tolerance.least, -tolerance.batch))
