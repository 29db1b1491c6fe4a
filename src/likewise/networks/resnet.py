"""ResNet (He et al. 2015, arXiv:1512.03385) in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Node, Ops, Senses, Tower
from likewise.networks._folded import Residual, convolved, mapped
from likewise.networks._patches import PIXELS

__all__ = ["ResNet"]


@final
class ResNet(Senses):
    """`model_type` resnet, in the layout of transformers' `ResNetModel`; the mean of the last map is the embedding."""

    prefixes = ("resnet.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        height, width = self.shown or (224, 224)
        self.facts.only({"hidden_act": "relu", "downsample_in_first_stage": False})
        dim = int(self.facts.listed("hidden_sizes")[-1])
        return {"image": Tower(PIXELS, dim, (height // 16) * (width // 16), self._image)}

    def _image(self, ops: Ops, pixels: Node) -> Mapping[str, Node]:
        facts = self.facts
        into, name = facts.integer("embedding_size", 64), "embedder.embedder"
        names = (f"{name}.convolution", f"{name}.normalization")
        x = convolved(ops, pixels, self.weights, names, (into, 3, 7, 7), 2)
        x = ops.max_pool(ops.activation(x, "relu"), (3, 3), (2, 2), (1, 1))
        for stage, (depth, width) in enumerate(zip(facts.listed("depths"), facts.listed("hidden_sizes"), strict=True)):
            for layer in range(depth):
                stride = 2 if stage and not layer else 1
                x = self._residual(f"encoder.stages.{stage}.layers.{layer}", into, width, stride)(ops, x)
                into = width
        return mapped(ops, x)

    def _residual(self, layer: str, into: int, width: int, stride: int) -> Residual:
        if self.facts.text("layer_type", "bottleneck") == "bottleneck":
            narrow = width // 4
            shapes = [(narrow, into, 1, 1), (narrow, narrow, 3, 3), (width, narrow, 1, 1)]
            at = 0 if self.facts.flag("downsample_in_bottleneck", False) else 1
        else:
            shapes, at = [(width, into, 3, 3), (width, width, 3, 3)], 0
        names = [(f"{layer}.layer.{i}.convolution", f"{layer}.layer.{i}.normalization") for i in range(len(shapes))]
        changed = into != width or stride > 1
        shortcut = (f"{layer}.shortcut.convolution", f"{layer}.shortcut.normalization") if changed else None
        return Residual(self.weights, names, shapes, shortcut, stride, at)
