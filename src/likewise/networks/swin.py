"""Swin (Liu et al. 2021, arXiv:2103.14030): a vision transformer whose windows grow coarser from stage to stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.errors import ModelError
from likewise.networks import Node, Ops, Senses, Tower
from likewise.networks._patches import PIXELS, patches
from likewise.networks._swin import Block, merged

__all__ = ["Swin"]


@final
class Swin(Senses):
    """`model_type` swin, in the layout of transformers' `SwinModel`; the mean of the last states is the embedding."""

    prefixes = ("swin.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        self.facts.only({"use_absolute_embeddings": False, "qkv_bias": True, "layer_norm_eps": 1e-5})
        side = self._side()
        for stage in range(len(self.facts.listed("depths"))):
            self._window(side >> stage)
        dim = self.facts.integer("embed_dim") << (len(self.facts.listed("depths")) - 1)
        return {"image": Tower(PIXELS, dim, side * side // 8, self._image)}

    def _side(self) -> int:
        """Patches along one side."""
        height, width = self.shown or self.facts.pair("image_size")
        patch = self.facts.pair("patch_size")[0]
        stages = len(self.facts.listed("depths"))
        if height != width or height % (patch << (stages - 1)):
            raise ModelError(f"{self.facts.path}: images of {height} x {width} cannot be cut into even windows")
        return height // patch

    def _window(self, side: int) -> int:
        window = min(side, self.facts.integer("window_size", 7))
        if side % window:
            raise ModelError(f"{self.facts.path}: window_size {window} does not divide the {side} patches of a side")
        return window

    def _image(self, ops: Ops, pixels: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        width, side, depths = facts.integer("embed_dim"), self._side(), facts.listed("depths")
        name = "embeddings.patch_embeddings.projection"
        kernel = weights(f"{name}.weight", width, 3, *facts.pair("patch_size"))
        x = patches(ops, pixels, kernel, weights(f"{name}.bias", width))
        x = ops.layer_norm(x, *weights.norm("embeddings.norm", width), 1e-5)
        for stage, depth in enumerate(depths):
            wide = int(width * facts.number("mlp_ratio", 4.0))
            heads, window = int(facts.listed("num_heads")[stage]), self._window(side)
            block = Block(weights, width, heads, wide, facts.text("hidden_act", "gelu"), side, window)
            for i in range(depth):
                x = block(ops, x, f"encoder.layers.{stage}.blocks.{i}", shifted=bool(i % 2))
            if stage < len(depths) - 1:
                x = merged(ops, x, side, weights, f"encoder.layers.{stage}.downsample", width)
                side, width = side // 2, width * 2
        x = ops.layer_norm(x, *weights.norm("layernorm", width), 1e-5)
        mean = ops.mean(x, (1,))
        return {"embedding": mean, "tokens": x, "features": mean}
