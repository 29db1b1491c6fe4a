"""What a contestant costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.types import Role

__all__ = ["Costs", "alone"]

_WARM: Final = 3


@final
@dataclass(frozen=True, slots=True)
class Costs:
    """Items encoded a second; milliseconds for one query alone, the median and the 95th percentile; bytes of a vector.

    `memory` is the peak of its process in bytes, Python and the texts of the tasks counted; None where it had none of
    its own. BM25: documents indexed a second, a query answered, bytes of the index a document.
    """

    items_per_second: float
    latency: float
    latency_95: float
    bytes_per_vector: float
    memory: int | None = None


def alone(encoder: Encoder, some: Sequence[tuple[Any, Role]]) -> tuple[float, float]:
    """Milliseconds that one input alone takes: the median and the 95th percentile. The first calls are not counted."""
    for one, role in some[:_WARM]:
        encoder.encode([one], role)
    times = []
    for one, role in some:
        start = perf_counter()
        encoder.encode([one], role)
        times.append(1_000 * (perf_counter() - start))
    return float(np.median(times)), float(np.quantile(times, 0.95))
