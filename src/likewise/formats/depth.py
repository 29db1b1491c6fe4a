"""Maps of depth: whole numbers of PNG and TIFF, fractions of TIFF, PFM and NPY, disparities of a pair of cameras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np

from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._grid import claim, grid
from likewise.types import Media

__all__ = ["Depth"]


@final
class Depth(Wordless):
    """Metres `(height, width)` float32, 0 where they are not known: whole numbers are millimetres, fractions metres.

    The plan's `unit` says otherwise (Kinect and RealSense 0.001, TUM RGB-D 0.0002); with its `focal` and `baseline` the
    numbers are disparities in pixels: depth = focal * baseline / disparity.
    """

    name = "depth"
    suffixes = (".png", ".tif", ".tiff", ".pfm", ".pgm", ".npy")
    modalities = ("depth",)
    on_request = True

    def claim(self, file: File) -> Claim:
        return claim(file)

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        numbers = grid(file)
        whole = numbers.dtype.kind in "uib"
        pair = plan.focal * plan.baseline
        unit = plan.unit or (1.0 if pair or not whole else 0.001)
        values = numbers.astype(np.float64) * unit
        known = np.isfinite(values) & (values > 0)
        values = np.where(known, values, 1.0)
        metres = np.where(known, pair / values if pair else values, 0.0).astype(np.float32)
        metres[~np.isfinite(metres)] = 0
        file.metadata.update(width=metres.shape[1], height=metres.shape[0], known=round(float(known.mean()), 4))
        if known.any():
            file.metadata.update(nearest=float(metres[known].min()), farthest=float(metres[known].max()))
        yield Media("depth", metres)
