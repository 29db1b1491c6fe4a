"""Decoders that read images among words: what Qwen2-VL (Wang et al. 2024, arXiv:2409.12191) and its relatives share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from likewise.errors import ModelError
from likewise.modalities.patched import Patched
from likewise.networks import Facts, Inputs, Node, Ops, Weights, hidden
from likewise.networks._decoder import Block
from likewise.networks._encoder import heads, joined
from likewise.networks._rotary import Rotary, rotate, tables
from likewise.networks._sight import sight
from likewise.networks._steps import Pooling, pooled
from likewise.types import Vectors

__all__ = ["SEEN", "TEXT", "Reader", "attended", "looked", "preparing", "turns"]

TEXT: Final[Inputs] = (("ids", "int32", 2), ("mask", "float32", 2))
SEEN: Final[Inputs] = (
    ("patches", "float32", 3),
    ("seats", "int32", 3),
    ("seen", "float32", 2),
    ("ids", "int32", 2),
    ("mask", "float32", 2),
    ("sources", "int32", 2),
    ("places", "int32", 3),
)
"""As `Patched` gives them."""

_LONGEST: Final = 8192  # patches along a side: images of more are refused by their pixels long before
Angles = tuple[Node, Node]


@final
@dataclass(frozen=True, slots=True)
class Reader:
    """The decoder: ids and image tokens to states; `axes` says which place turns each pair (text, height or width)."""

    weights: Weights
    block: Block
    layers: int
    vocabulary: int
    rotary: Rotary
    axes: tuple[int, ...]

    def text(self, ops: Ops, ids: Node, mask: Node) -> dict[str, Node]:
        """The vector of a text `(n, dim)` and its tokens."""
        angles = self.rotary.rows(ops, ids)
        return self._read(ops, self._words(ops, ids), mask, angles, ())

    def image(self, ops: Ops, images: Node, deep: tuple[Node, ...], told: tuple[Node, ...]) -> dict[str, Node]:
        """The vector of an image `(n, dim)`: `images` are its tokens `(n, k, dim)`, `deep` are added layer by layer."""
        ids, mask, sources, places = told
        words = ops.multiply(self._words(ops, ids), ops.expand(ops.less(ops.real(sources), ops.constant(0.5)), 2))
        x = ops.add(words, self._sent(ops, images, sources))
        cos, sin = (self._chosen(ops, table, places) for table in (self.rotary.cos, self.rotary.sin))
        return self._read(ops, x, mask, (cos, sin), tuple(self._sent(ops, part, sources) for part in deep))

    def _words(self, ops: Ops, ids: Node) -> Node:
        return ops.gather(ops.constant(self.weights("embed_tokens.weight", self.vocabulary, self.block.dim)), ids)

    def _sent(self, ops: Ops, images: Node, sources: Node) -> Node:
        """Image tokens at their places in the text `(n, s, dim)`, zeros between."""
        flat = ops.reshape(images, (-1, self.block.dim))
        nothing = ops.constant(np.zeros((1, self.block.dim), np.float32))
        return ops.gather(ops.concat([nothing, flat], 0), sources)

    def _chosen(self, ops: Ops, table: Vectors, places: Node) -> Node:
        """Cosines or sines `(n, 1, s, width / 2)`, each pair by its own axis of the places `(n, s, 3)`."""
        parts = []
        for axis in range(3):
            of = np.array([float(a == axis) for a in self.axes], np.float32)
            at = ops.reshape(ops.slice(places, 2, axis, axis + 1), (0, -1))
            parts.append(ops.gather(ops.constant(table * of), at))
        return ops.expand(ops.add(ops.add(parts[0], parts[1]), parts[2]), 1)

    def _read(self, ops: Ops, x: Node, mask: Node, angles: Angles, deep: tuple[Node, ...]) -> dict[str, Node]:
        bias = sight(ops, mask, causal=True)
        for layer in range(self.layers):
            x = self.block(ops, x, bias, angles, f"layers.{layer}")
            if layer < len(deep):
                x = ops.add(x, deep[layer])
        x = self.block.norm(ops, x, "norm")
        return {"embedding": pooled(ops, x, mask, Pooling(("lasttoken",)), ()), "tokens": x}


def turns(facts: Facts, width: int, interleaved: bool, usual: list[int]) -> tuple[Rotary, tuple[int, ...]]:
    """The angles of places, and which axis turns every pair: sections one after the other, or by turns (Qwen3-VL)."""
    said = facts.inside("rope_parameters" if "rope_parameters" in facts else "rope_scaling")
    kind = said.text("rope_type", said.text("type", "default"))
    if kind not in ("default", "mrope"):
        raise said.refused("rope_type" if "rope_type" in said else "type", "default or mrope")
    theta = said.number("rope_theta", facts.number("rope_theta", 1_000_000.0))
    sections = [int(part) for part in said.listed("mrope_section") or usual]
    half = width // 2
    if len(sections) != 3 or sum(sections) != half:
        raise said.wrong("mrope_section", f"three numbers that add up to {half}")
    if interleaved:
        axes = [axis if j < 3 * sections[axis] else 0 for j in range(half) for axis in (j % 3,)]
    else:
        axes = [axis for axis, count in enumerate(sections) for _ in range(count)]
    return tables(theta, width, facts.integer("max_position_embeddings")), tuple(axes)


def looked(ops: Ops, seats: Node, width: int) -> Angles:
    """Angles `(n, 1, p, width / 2)` of patches by their rows and columns `(n, p, 2)`: half of the pairs for each."""
    table = tables(10_000.0, width // 2, _LONGEST)
    found = []
    for part in (table.cos, table.sin):
        sides = (ops.reshape(ops.slice(seats, 2, axis, axis + 1), (0, -1)) for axis in (0, 1))
        found.append(ops.expand(ops.concat([ops.gather(ops.constant(part), side) for side in sides], -1), 1))
    return found[0], found[1]


def attended(ops: Ops, x: Node, weights: Weights, name: str, count: int, angles: Angles, seen: Node) -> Node:
    """Attention of patches `(n, p, dim)` to all of their image, query and key turned by their seats."""
    dim = weights.found(f"{name}.proj.weight")
    if dim is None:
        raise ModelError(f"{weights.path} lacks the tensor {name}.proj.weight: it is not a whole model")
    size = len(dim)
    weight, bias = weights(f"{name}.qkv.weight", 3 * size, size), weights(f"{name}.qkv.bias", 3 * size)
    scale = np.float32((size // count) ** -0.5)
    query, key, value = (
        heads(ops, ops.linear(x, part * factor, shift * factor), count)
        for part, shift, factor in zip(
            np.split(weight, 3), np.split(bias, 3), (scale, np.float32(1), np.float32(1)), strict=True
        )
    )
    query, key = (rotate(ops, part, angles, size // count) for part in (query, key))
    mixed = joined(ops, ops.attention(query, key, value, hidden(ops, seen)))
    return ops.linear(mixed, *weights.linear(f"{name}.proj", size, size))


def preparing(folder: Path, usual: Patched, **more: Any) -> Patched:
    """The preparer that preprocessor_config.json asks for; `usual` where it is missing, as in a test of networks."""
    file = folder / "preprocessor_config.json"
    said: Mapping[str, Any] = {}
    if file.is_file():
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"{file} cannot be read: {error}. Fetch the model again") from error
    facts = Facts(file, said)
    size = facts.inside("size")
    return Patched(
        patch=facts.integer("patch_size", usual.patch),
        merge=facts.integer("merge_size", usual.merge),
        frames=facts.integer("temporal_patch_size", usual.frames),
        least=facts.integer("min_pixels", size.integer("shortest_edge", usual.least)),
        most=facts.integer("max_pixels", size.integer("longest_edge", usual.most)),
        mean=_three(facts, "image_mean", usual.mean),
        std=_three(facts, "image_std", usual.std),
        **more,
    )


def _three(facts: Facts, name: str, usual: tuple[float, float, float]) -> tuple[float, float, float]:
    values = facts.listed(name) or list(usual)
    if len(values) != 3 or not all(type(value) in (int, float) for value in values):
        raise facts.wrong(name, "three numbers")
    return float(values[0]), float(values[1]), float(values[2])
