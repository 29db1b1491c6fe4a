"""Patches of an image as tokens, and the pre-norm block that they go through (Dosovitskiy et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from likewise.networks import Facts, Inputs, Node, Ops, Weights
from likewise.networks._encoder import heads, joined
from likewise.types import Vectors

__all__ = ["LATER", "PIXELS", "Names", "PreNorm", "clip_names", "grid", "led", "patches", "placed"]

Linear = tuple[Vectors, Vectors | None]
Turn = Callable[[Ops, Node], Node]

PIXELS: Final[Inputs] = (("pixels", "float32", 4),)
"""The input of a tower for images, `(n, 3, height, width)`."""


@dataclass(frozen=True, slots=True)
class Names:
    """How a checkpoint calls the parts of one layer; `scale` ends the names of what branches are multiplied with.

    With `packed` one linear layer of that name gives query, key and value, in this order, with `gated` one the gate and
    what it opens. `biases` are the names of those of query, key and value where they stand apart from the weights.
    """

    norm1: str = "layernorm_before"
    query: str = "attention.attention.query"
    key: str = "attention.attention.key"
    value: str = "attention.attention.value"
    mix: str = "attention.output.dense"
    norm2: str = "layernorm_after"
    up: str = "intermediate.dense"
    down: str = "output.dense"
    gate: str = ""
    gated: str = ""
    scale1: str = ""
    scale2: str = ""
    packed: str = ""
    biases: tuple[str, ...] = ()


LATER: Final = Names(
    query="attention.q_proj",
    key="attention.k_proj",
    value="attention.v_proj",
    mix="attention.o_proj",
    up="mlp.fc1",
    down="mlp.fc2",
)
"""As transformers 5 names them in memory; checkpoints have the names of ViT."""


@dataclass(frozen=True, slots=True)
class PreNorm:
    """One layer: norm and attention, norm and perceptron, each beside a residual.

    With `names.gate` the perceptron is gated (SwiGLU and its like); scales of branches are folded into their weights.
    A checkpoint may lack biases of query, key and value, with `bare` those of other linear layers too.
    """

    weights: Weights
    dim: int
    heads: int
    wide: int
    activation: str
    epsilon: float
    names: Names = Names()
    bare: bool = False

    def __call__(self, ops: Ops, x: Node, layer: str, bias: Node | None = None, turn: Turn | None = None) -> Node:
        """States `(n, s, dim)` after the layer; `turn` turns query and key `(n, heads, s, width)` by their places."""
        mixed = self.attend(ops, self.norm(ops, x, f"{layer}.{self.names.norm1}"), layer, bias, turn)
        return self.think(ops, ops.add(x, mixed), layer)

    def attend(self, ops: Ops, x: Node, layer: str, bias: Node | None = None, turn: Turn | None = None) -> Node:
        """Attention over all tokens `(n, s, dim)`."""
        query, key, value = (heads(ops, ops.linear(x, *part), self.heads) for part in self.parts(layer))
        if turn is not None:
            query, key = turn(ops, query), turn(ops, key)
        mixed = joined(ops, ops.attention(query, key, value, bias))
        return ops.linear(mixed, *self.branch(layer, self.names.mix, self.names.scale1, self.dim))

    def parts(self, layer: str) -> tuple[Linear, Linear, Linear]:
        """The linear layers of query, key and value; the scale of attention is folded into the query's."""
        scale = np.float32((self.dim // self.heads) ** -0.5)
        (weight, shift), key, value = self._parts(layer)
        return (weight * scale, None if shift is None else shift * scale), key, value

    def _parts(self, layer: str) -> list[Linear]:
        """Weight and bias of query, key and value."""
        names, dim = self.names, self.dim
        if names.packed:
            weight = self.weights(f"{layer}.{names.packed}.weight", 3 * dim, dim)
            bias = self.weights.optional(f"{layer}.{names.packed}.bias", 3 * dim)
            return list(zip(np.split(weight, 3), [None] * 3 if bias is None else np.split(bias, 3), strict=True))
        parts = (names.query, names.key, names.value)
        biases = names.biases or [f"{part}.bias" for part in parts]
        return [
            (self.weights(f"{layer}.{part}.weight", dim, dim), self.weights.optional(f"{layer}.{bias}", dim))
            for part, bias in zip(parts, biases, strict=True)
        ]

    def think(self, ops: Ops, x: Node, layer: str) -> Node:
        """The perceptron behind its norm, added to what came in."""
        names, inner = self.names, self.norm(ops, x, f"{layer}.{self.names.norm2}")
        if names.gated:
            weight = self.weights(f"{layer}.{names.gated}.weight", 2 * self.wide, self.dim)
            bias = self.weights(f"{layer}.{names.gated}.bias", 2 * self.wide)
            gate, up = ops.split(ops.linear(inner, weight, bias), [self.wide] * 2, 2)
            up = ops.multiply(ops.activation(gate, self.activation), up)
        elif names.gate:
            gate, up = (self._widened(ops, inner, f"{layer}.{name}") for name in (names.gate, names.up))
            up = ops.multiply(ops.activation(gate, self.activation), up)
        else:
            up = ops.activation(self._widened(ops, inner, f"{layer}.{names.up}"), self.activation)
        return ops.add(x, ops.linear(up, *self.branch(layer, names.down, names.scale2, self.wide)))

    def _widened(self, ops: Ops, x: Node, name: str) -> Node:
        return ops.linear(x, *self._linear(name, self.wide, self.dim))

    def _linear(self, name: str, out: int, into: int) -> Linear:
        return self.weights.linear(name, out, into, not self.bare or f"{name}.bias" in self.weights)

    def branch(self, layer: str, name: str, scale: str, into: int) -> Linear:
        """The last linear layer of a branch, `(dim, into)`, multiplied by the scale of the branch, if any."""
        weight, bias = self._linear(f"{layer}.{name}", self.dim, into)
        if not scale:
            return weight, bias
        by = self.weights(f"{layer}.{scale}", self.dim)
        return weight * by[:, None], None if bias is None else bias * by

    def norm(self, ops: Ops, x: Node, name: str) -> Node:
        """A layer norm of this network."""
        return ops.layer_norm(x, *self.weights.norm(name, self.dim), self.epsilon)


def clip_names(attention: str = "self_attn") -> Names:
    """As CLIP calls the parts of a layer, `attention` by that name."""
    query, key, value, mix = (f"{attention}.{part}_proj" for part in ("q", "k", "v", "out"))
    return Names("layer_norm1", query, key, value, mix, "layer_norm2", "mlp.fc1", "mlp.fc2")


def grid(facts: Facts, shown: tuple[int, int] | None = None) -> tuple[int, int]:
    """Rows and columns of patches of an image that is `shown`, or as large as config.json says."""
    (height, width), (down, across) = shown or facts.pair("image_size"), facts.pair("patch_size")
    return height // down, width // across


def patches(ops: Ops, pixels: Node, weight: Vectors, bias: Vectors | None) -> Node:
    """Pixels `(n, 3, height, width)` to a token for each patch `(n, s, dim)`, row by row; weight `(dim, 3, ph, pw)`."""
    found = ops.convolution(pixels, weight, bias, stride=weight.shape[2:])
    return ops.transpose(ops.reshape(found, (0, 0, -1)), (0, 2, 1))


def led(ops: Ops, x: Node, *leading: Vectors) -> Node:
    """Tokens `(n, s, dim)` behind others that are the same for every item, each `(count, dim)`."""
    one = ops.multiply(ops.slice(x, 1, 0, 1), ops.constant(0.0))  # (n, 1, dim), whatever n is
    return ops.concat([*(ops.add(one, ops.constant(rows[None])) for rows in leading), x], 1)


def placed(table: Vectors, had: tuple[int, int], wanted: tuple[int, int], smooth: bool = False) -> Vectors:
    """A table of places `(rows * columns, dim)` of one grid for another, by bicubic interpolation.

    It is `torch.nn.functional.interpolate(mode="bicubic")`, with `smooth` its antialias: four neighbours, or as many as
    the coarser grid has beside a place; Keys' cubic (1981) with a = -0.75, or -0.5; the corners of the grids aligned.
    """
    if had == wanted:
        return table
    rows, columns = (_cubic(old, new, smooth) for old, new in zip(had, wanted, strict=True))
    image = table.reshape(*had, -1).astype(np.float64)
    found = np.einsum("yh,hwd,xw->yxd", rows, image, columns, optimize=True)
    return np.asarray(found.reshape(wanted[0] * wanted[1], -1), dtype=np.float32)


def _cubic(had: int, wanted: int, smooth: bool) -> NDArray[np.float64]:
    """What every old place gives to every new one, `(wanted, had)`."""
    step = had / wanted
    wide, a = (max(step, 1.0), -0.5) if smooth else (1.0, -0.75)
    reach = int(np.ceil(2 * wide)) + 1
    found = np.zeros((wanted, had))
    at = (np.arange(wanted) + 0.5) * step - 0.5
    for by in range(-reach, reach + 1):
        place = np.floor(at).astype(np.int64) + by
        given = _keys(np.abs(at - place) / wide, a)
        if smooth:  # places beyond the edge do not count
            given = np.where((place >= 0) & (place < had), given, 0.0)
        np.add.at(found, (np.arange(wanted), np.clip(place, 0, had - 1)), given)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _keys(far: NDArray[np.float64], a: float) -> NDArray[np.float64]:
    near = ((a + 2) * far - (a + 3)) * far * far + 1
    wide = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    return np.asarray(np.where(far <= 1, near, np.where(far < 2, wide, 0.0)))
