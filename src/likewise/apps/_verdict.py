"""What came of comparing two sides, and whether it is within the tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from likewise.apps._agreement import Norms, Ranks, Spread
from likewise.apps._invariance import Invariance
from likewise.apps._tolerance import Tolerance
from likewise.space import Relation

__all__ = ["Agreement", "Lengths", "Lost", "Near", "Vectors"]


@dataclass(frozen=True, slots=True)
class Near:
    """The cosine of one text's two vectors, and where that text begins."""

    id: str
    cosine: float
    text: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A text that was not compared: `side` says whether the text itself, the model, the reference or both failed."""

    id: str
    side: str
    why: str


@dataclass(frozen=True, slots=True)
class Lengths:
    """Over the `told` texts whose tokens both sides tell: how many differ in tokens seen and used, and are cut.

    `differing` names the first twenty of them.
    """

    told: int
    seen_differ: int
    used_differ: int
    cut: int
    cut_by_reference: int
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vectors:
    """The dimensions of one side's vectors, and their lengths (None where there is none)."""

    dim: int
    norms: Norms | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What came of a comparison of a model with a reference; what could not be measured is None.

    `cosine`, and `worst` (the least cosines, least first), need vectors of one dimension; `batches` a model that
    computes. `least_overlap` names the text whose neighbours agree least. `lost` are all texts that were not compared,
    `extra` names vectors of a file that belong to none of the texts.
    """

    model: str
    reference: str
    texts: int
    compared: int
    cosine: Spread | None
    worst: tuple[Near, ...]
    ranks: Ranks | None
    least_overlap: str
    batches: Invariance | None
    vectors: Vectors
    reference_vectors: Vectors
    lengths: Lengths
    relation: Relation | None
    lost: tuple[Lost, ...]
    extra: tuple[str, ...]
    tolerance: Tolerance

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for was compared and is within the tolerance."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What is outside of the tolerance or could not be compared; a text that fails on both sides is neither."""
        return (*self._apart(), *self._missing())

    def _apart(self) -> Iterator[str]:
        wanted = self.tolerance
        if self.cosine is not None and self.cosine.least < wanted.least:
            told = f"{self.cosine.least:.6f} ({self.worst[0].id})"
            yield f"the least cosine is {told}, at least {wanted.least:g} is wanted"
        if self.cosine is not None and self.cosine.mean < wanted.mean:
            yield f"the mean cosine is {self.cosine.mean:.6f}, at least {wanted.mean:g} is wanted"
        if self.ranks is not None and self.ranks.overlap < wanted.overlap:
            yield f"the overlap of neighbours is {self.ranks.overlap:.4f}, at least {wanted.overlap:g} is wanted"
        if self.batches is not None and self.batches.distance > wanted.batch:
            yield (
                f"a vector moves by {self.batches.distance:.2g} with its batch ({self.batches.worst}, "
                f"{self.batches.where}), at most {wanted.batch:g} is wanted"
            )

    def _missing(self) -> Iterator[str]:
        if self.compared and self.cosine is None:
            yield f"vectors of {self.vectors.dim} and of {self.reference_vectors.dim} dimensions have no cosine"
        if not self.compared:
            yield "no text could be compared"
        alone = [lost.id for lost in self.lost if lost.side != "both"]
        if alone:
            yield f"{len(alone)} of {self.texts} texts could not be compared ({_some(alone)})"
        if self.extra:
            yield f"{len(self.extra)} vectors belong to none of the texts ({_some(self.extra)})"
        if self.batches is not None and self.batches.failed:
            names = sorted({name for name, _ in self.batches.failed})
            yield f"{len(names)} texts fail in one company and not in another ({_some(names)})"


def _some(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
