"""Compatibility of vector spaces: which vectors may meet, measured where fingerprints differ."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

import numpy as np

from likewise.errors import SpaceError
from likewise.types import Space

__all__ = ["PROBES", "TOLERANCE", "Relation", "from_json", "relate", "require", "to_json"]

TOLERANCE: Final = 1e-3
"""Largest cosine distance between the probes of two spaces that count as one."""

PROBES: Final[tuple[tuple[Literal["query", "document"], str], ...]] = (
    ("query", "how do I fix a leaky faucet"),
    ("document", "A dripping tap is mended by replacing the washer inside."),
    ("document", "In 1648 the treaty of Westphalia ended thirty years of war; 7,000,000 people had died."),
    ("document", "def area(r): return 3.14159 * r ** 2  # Größe, площадь, 面積"),
    ("document", "x"),
)
"""What a text space is asked, to tell it by its behaviour; the vectors are its probe, in this order."""

_MEANING: Final = ("weights", "tokenizer", "pooling", "prompts", "max_length", "dim", "normalize")


@dataclass(frozen=True, slots=True)
class Relation:
    """How two spaces stand to each other; `distance` is the largest cosine distance between their probes."""

    kind: Literal["exact", "equivalent", "incompatible"]
    distance: float | None
    why: str


def relate(a: Space, b: Space) -> Relation:
    """exact: one fingerprint; equivalent: the same model run otherwise, near enough by its probe; else incompatible."""
    if a.id == b.id:
        return Relation("exact", 0.0, "the fingerprints are the same")
    other = [name for name in _MEANING if getattr(a, name) != getattr(b, name)]
    if other:
        return Relation("incompatible", None, f"they differ in {', '.join(other)}")
    distance = _distance(a, b)
    if distance is None:
        return Relation("incompatible", None, "their fingerprints differ and they hold no probes to compare")
    run = [name for name in ("model", "precision", "runtime") if getattr(a, name) != getattr(b, name)]
    why = f"they differ in {', '.join(run)}; their probes are {distance:.2g} apart, {TOLERANCE:g} is allowed"
    return Relation("equivalent" if distance <= TOLERANCE else "incompatible", distance, why)


def _distance(a: Space, b: Space) -> float | None:
    if not a.probe or len(a.probe) != len(b.probe) or len(a.probe) % (4 * a.dim):
        return None
    left, right = (np.frombuffer(s.probe, dtype="<f4").reshape(-1, s.dim).astype(np.float64) for s in (a, b))
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    if not (np.isfinite(norms).all() and (norms > 0).all()):
        return None
    return max(0.0, float((1 - (left * right).sum(axis=1) / norms).max()))


def require(a: Space, b: Space) -> Relation:
    """The relation of two spaces whose vectors may meet; SpaceError naming both where they may not."""
    relation = relate(a, b)
    if relation.kind == "incompatible":
        raise SpaceError(
            f"vectors of {a} and of {b} cannot be compared: {relation.why}. "
            "Encode both with the same model and settings, or encode the older ones again"
        )
    return relation


def to_json(space: Space) -> str:
    """One line of JSON that `from_json` reads back without loss; the probe is hexadecimal."""
    return json.dumps(asdict(space) | {"probe": space.probe.hex()}, sort_keys=True)


def from_json(text: str) -> Space:
    """The space that `to_json` wrote. Raises SpaceError for anything else."""
    try:
        facts: dict[str, Any] = json.loads(text)
        facts["prompts"] = tuple((str(role), str(prefix)) for role, prefix in facts["prompts"])
        facts["probe"] = bytes.fromhex(facts["probe"])
        wanted = {field.name for field in fields(Space)}
        if set(facts) != wanted:
            raise ValueError(f"it holds {sorted(facts)}, wanted {sorted(wanted)}")
        return Space(**facts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpaceError(f"a space cannot be read from {text[:80]!r}: {error}") from error
