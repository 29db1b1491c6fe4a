"""Compatibility of vector spaces: which vectors may meet, measured where fingerprints differ."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Literal, get_args

import numpy as np

from likewise.errors import SpaceError
from likewise.types import Space, Storage

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

_LATER: Final = {"vectors", "calibration"}
"""Fields that a space of float32 does not write down, as none did before there were codes."""

_MEANING: Final = ("weights", "tokenizer", "pooling", "prompts", "max_length", "dim", "normalize")


@dataclass(frozen=True, slots=True)
class Relation:
    """How two spaces stand to each other; `distance` is the largest cosine distance between their probes.

    Vectors of asymmetric spaces may be compared and not be kept together.
    """

    kind: Literal["exact", "equivalent", "asymmetric", "incompatible"]
    distance: float | None
    why: str


def relate(a: Space, b: Space) -> Relation:
    """exact: one fingerprint; equivalent: the same model run otherwise, near enough by its probe, kept alike or as
    floats; asymmetric: floats beside int8 or binary codes of such a model; else incompatible."""
    if a.id == b.id:
        return Relation("exact", 0.0, "the fingerprints are the same")
    relation = _by_model(a, b)
    if relation.kind == "incompatible" or (a.vectors, a.calibration) == (b.vectors, b.calibration):
        return relation
    coded = [space for space in (a, b) if space.vectors in ("int8", "binary")]
    if len(coded) == 2:
        why = "are int8 and binary codes" if a.vectors != b.vectors else f"are {a.vectors} codes calibrated otherwise"
        return Relation("incompatible", None, f"they {why}, which cannot be told by each other")
    if not coded:
        return Relation("equivalent", relation.distance, f"{relation.why}; one is kept as float16")
    if coded[0].vectors == "int8" and not coded[0].calibration:
        return Relation("incompatible", None, "the int8 codes hold no calibration, so nobody can read them")
    return Relation("asymmetric", relation.distance, f"{relation.why}; one is kept as {coded[0].vectors} codes")


def _by_model(a: Space, b: Space) -> Relation:
    """The relation of the float32 vectors that both are kept from."""
    a, b = (replace(space, vectors="float32", calibration=b"") for space in (a, b))
    if a.id == b.id:
        return Relation("equivalent", 0.0, "the vectors come from one model, run alike")
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


def require(a: Space, b: Space, *, together: bool = False) -> Relation:
    """The relation of two spaces whose vectors may be compared, or `together` be kept in one place.

    Raises SpaceError naming both where they may not.
    """
    relation = relate(a, b)
    if relation.kind == "incompatible" or (together and relation.kind == "asymmetric"):
        raise SpaceError(
            f"vectors of {a} and of {b} cannot be {'kept together' if together else 'compared'}: {relation.why}. "
            "Encode both with the same model and settings, or encode the older ones again"
        )
    return relation


def to_json(space: Space) -> str:
    """One line of JSON that `from_json` reads back without loss; the probe and the calibration are hexadecimal."""
    facts = asdict(space) | {"probe": space.probe.hex(), "calibration": space.calibration.hex()}
    left_out = _LATER if space.vectors == "float32" else ()
    return json.dumps({name: value for name, value in facts.items() if name not in left_out}, sort_keys=True)


def from_json(text: str) -> Space:
    """The space that `to_json` wrote, or an older likewise. Raises SpaceError for anything else."""
    try:
        facts: dict[str, Any] = json.loads(text)
        facts["prompts"] = tuple((str(role), str(prefix)) for role, prefix in facts["prompts"])
        facts["probe"] = bytes.fromhex(facts["probe"])
        facts["calibration"] = bytes.fromhex(facts.get("calibration", ""))
        wanted = {field.name for field in fields(Space)}
        if set(facts) | _LATER != wanted or facts.get("vectors", "float32") not in get_args(Storage):
            raise ValueError(f"it holds {sorted(facts)}, wanted {sorted(wanted)}")
        return Space(**facts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpaceError(f"a space cannot be read from {text[:80]!r}: {error}") from error
