"""DINOv3 (Siméoni et al. 2025, arXiv:2508.10104): places turn queries and keys, registers stand before patches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from likewise.networks import Node, Ops, Senses, Tower
from likewise.networks._dino import described
from likewise.networks._patches import PIXELS, Names, PreNorm, grid, led, patches
from likewise.types import Vectors

__all__ = ["DINOv3"]

_NAMES: Final = Names(
    norm1="norm1",
    query="attention.q_proj",
    key="attention.k_proj",
    value="attention.v_proj",
    mix="attention.o_proj",
    norm2="norm2",
    up="mlp.up_proj",
    down="mlp.down_proj",
    scale1="layer_scale1.lambda1",
    scale2="layer_scale2.lambda1",
)


@dataclass(frozen=True, slots=True)
class _Turns:
    """Cosines and sines `(s, width)` by which queries and keys of all tokens are turned; leading tokens are not."""

    cosines: Vectors
    sines: Vectors

    def __call__(self, ops: Ops, x: Node) -> Node:
        """x `(n, heads, s, width)`, turned."""
        half = self.cosines.shape[-1] // 2
        left, right = ops.split(x, [half, half], 3)
        crossed = ops.concat([ops.multiply(right, ops.constant(-1.0)), left], 3)
        turned = ops.multiply(crossed, ops.constant(self.sines[None, None]))
        return ops.add(ops.multiply(x, ops.constant(self.cosines[None, None])), turned)


@final
class DINOv3(Senses):
    """`model_type` dinov3_vit, in the layout of transformers' `DINOv3ViTModel`."""

    prefixes = ("model.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        rows, columns = grid(self.facts, self.shown)
        self.facts.split("hidden_size", "num_attention_heads")
        self.facts.only({"apply_layernorm": True})
        units = rows * columns + 1 + self._registers
        return {"image": Tower(PIXELS, self.facts.integer("hidden_size"), units, self._image)}

    @property
    def _registers(self) -> int:
        return self.facts.integer("num_register_tokens", 0, least=0)

    def _image(self, ops: Ops, pixels: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        dim = facts.integer("hidden_size")
        kernel = weights("embeddings.patch_embeddings.weight", dim, 3, *facts.pair("patch_size"))
        x = patches(ops, pixels, kernel, weights("embeddings.patch_embeddings.bias", dim))
        leading = [weights("embeddings.cls_token", 1, 1, dim)[0]]
        if self._registers:
            leading.append(weights("embeddings.register_tokens", 1, self._registers, dim)[0])
        x = led(ops, x, np.concatenate(leading))
        block, turns = self._block(), self._turns()
        for layer in range(facts.integer("num_hidden_layers")):
            x = block(ops, x, f"layer.{layer}", turn=turns)
        return described(ops, block.norm(ops, x, "norm"), self._registers)

    def _block(self) -> PreNorm:
        facts = self.facts
        gate = "mlp.gate_proj" if facts.flag("use_gated_mlp", False) else ""
        names = replace(_NAMES, gate=gate)
        return PreNorm(
            self.weights,
            facts.integer("hidden_size"),
            facts.integer("num_attention_heads"),
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "gelu"),
            facts.number("layer_norm_eps", 1e-5),
            names,
            bare=True,
        )

    def _turns(self) -> _Turns:
        """Angles of the middles of patches, from -1 to 1 along both sides."""
        rows, columns = grid(self.facts, self.shown)
        width = self.facts.split("hidden_size", "num_attention_heads")
        rates = 1.0 / self.facts.number("rope_theta", 100.0) ** np.arange(0, 1, 4 / width)
        sides = [2 * (np.arange(count) + 0.5) / count - 1 for count in (rows, columns)]
        places = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
        angles = np.tile((2 * np.pi * places[:, :, None] * rates).reshape(len(places), -1), 2)
        leading = np.zeros((1 + self._registers, width))
        angles = np.concatenate([leading, angles])
        return _Turns(np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32))
