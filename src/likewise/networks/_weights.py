"""The tensors of a checkpoint, asked for by name and shape."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, final

from likewise.errors import ModelError
from likewise.types import Vectors

__all__ = ["Tensors", "Weights"]


class Tensors(Protocol):
    """Tensors that are asked for by their names: a mapping will do."""

    def __getitem__(self, name: str, /) -> Vectors: ...

    def __contains__(self, name: object, /) -> bool: ...


@final
class Weights:
    """Tensors by their checkpoint names; the same network is saved alone or below one of `prefixes`.

    ModelError for a tensor that is missing or has another shape.
    """

    def __init__(self, path: Path, tensors: Tensors, prefixes: Iterable[str] = ()) -> None:
        self.path = path
        self._tensors = tensors
        self._prefixes: tuple[str, ...] = ("", *prefixes)

    def __call__(self, name: str, *shape: int) -> Vectors:
        found = self._find(name)
        if found is None:
            raise ModelError(f"{self.path} lacks the tensor {name}: it is not a whole model of the kind it says it is")
        tensor = self._tensors[found]
        if tensor.shape != shape:
            raise ModelError(f"{self.path}: {found} has the shape {tensor.shape}, config.json says {shape}")
        return tensor

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def optional(self, name: str, *shape: int) -> Vectors | None:
        """The tensor, or None where the checkpoint has none of that name."""
        return self(name, *shape) if name in self else None

    def number(self, name: str) -> float | None:
        """A tensor of one number, which some save as `()` and some as `(1,)`, or None where there is none."""
        found = self._find(name)
        if found is None:
            return None
        tensor = self._tensors[found]
        return float(self(name, *((1,) if tensor.shape else ())).reshape(()))

    def found(self, name: str) -> Vectors | None:
        """The tensor, whatever its shape, or None: what is mended before it is asked for by shape."""
        there = self._find(name)
        return None if there is None else self._tensors[there]

    def linear(self, name: str, out: int, into: int, bias: bool = True) -> tuple[Vectors, Vectors | None]:
        """Weight `(out, into)` and, unless the architecture has none, bias `(out,)` of a linear layer."""
        return self(f"{name}.weight", out, into), self(f"{name}.bias", out) if bias else None

    def norm(self, name: str, dim: int, bias: bool = True) -> tuple[Vectors, Vectors | None]:
        """Weight and, unless the architecture has none, bias `(dim,)` of a layer norm."""
        return self(f"{name}.weight", dim), self(f"{name}.bias", dim) if bias else None

    def below(self, *prefixes: str) -> Weights:
        """The tensors whose names begin with one of these, asked for by the rest of their names."""
        made = Weights(self.path, self._tensors)
        made._prefixes = tuple(ours + theirs for ours in self._prefixes for theirs in prefixes)
        return made

    def _find(self, name: str) -> str | None:
        return next((p + name for p in self._prefixes if p + name in self._tensors), None)
