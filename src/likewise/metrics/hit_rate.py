"""Hit rate: whether anything relevant was found at all (success at k)."""

from __future__ import annotations

from likewise.metrics._kinds import Numbers, ranked

__all__ = ["hit_rate"]


@ranked
def hit_rate(found: Numbers, ideal: Numbers, k: int | None) -> float:  # noqa: ARG001
    """1 where one answer is relevant, else 0."""
    return float((found > 0).any())
