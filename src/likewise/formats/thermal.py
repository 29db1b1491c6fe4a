"""Thermal images of 8 and 16 bits, and their temperatures as fractions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np

from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._grid import claim, grid
from likewise.types import Media

__all__ = ["Thermal"]


@final
class Thermal(Wordless):
    """Numbers `(height, width)` float32 times the plan's `unit` (0.01 for cameras that count hundredths of a kelvin).

    What is no number is the least of the others. Of a picture in false colours the brightness is taken.
    """

    name = "thermal"
    suffixes = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".pgm", ".npy")
    modalities = ("thermal",)
    on_request = True

    def claim(self, file: File) -> Claim:
        return claim(file)

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        values = grid(file).astype(np.float64) * (plan.unit or 1.0)
        finite = np.isfinite(values)
        least = float(values[finite].min()) if finite.any() else 0.0
        if not finite.all():
            file.warnings.append(f"{int((~finite).sum()):,} of its pixels are no numbers")
        seen = np.where(finite, values, least).astype(np.float32)
        file.metadata.update(width=seen.shape[1], height=seen.shape[0], least=float(seen.min()), most=float(seen.max()))
        yield Media("thermal", seen)
