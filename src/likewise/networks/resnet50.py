"""ResNet-50 (He et al. 2015, arXiv:1512.03385) with the key names of torchvision and timm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.networks import Node, Ops, Senses, Tower
from likewise.networks._folded import Residual, convolved, mapped
from likewise.networks._patches import PIXELS
from likewise.networks._torchvision import prepared, side

__all__ = ["ResNet50"]

_DEPTHS: Final = [3, 4, 6, 3]
_WIDTHS: Final = [256, 512, 1024, 2048]


@final
class ResNet50(Senses):
    """`architecture` resnet50: `conv1, bn1, layer1.0.conv1` and so on, as SimCLR, SwAV, Barlow Twins, VICReg and DINO
    publish their own weights too; the mean of the last map is the embedding.

    `depths`, `widths` and `stem` of config.json are for networks of other sizes.
    """

    prefixes = ("module.", "backbone.", "encoder.", "resnet.", "module.backbone.", "module.encoder.", "encoder_q.")

    @property
    def towers(self) -> Mapping[str, Tower]:
        size = side(self.facts)
        widths = self.facts.listed("widths") or _WIDTHS
        return {"image": Tower(PIXELS, int(widths[-1]), (size // 16) ** 2, self._image, prepared(self.facts))}

    def _image(self, ops: Ops, pixels: Node) -> Mapping[str, Node]:
        facts, weights = self.facts, self.weights
        depths, widths = facts.listed("depths") or _DEPTHS, facts.listed("widths") or _WIDTHS
        into = facts.integer("stem", 64)
        x = convolved(ops, pixels, weights, ("conv1", "bn1"), (into, 3, 7, 7), 2)
        x = ops.max_pool(ops.activation(x, "relu"), (3, 3), (2, 2), (1, 1))
        for stage, (depth, width) in enumerate(zip(depths, widths, strict=True), start=1):
            for block in range(depth):
                stride = 2 if stage > 1 and block == 0 else 1
                x = self._residual(f"layer{stage}.{block}", into, width, stride)(ops, x)
                into = width
        return mapped(ops, x)

    def _residual(self, layer: str, into: int, width: int, stride: int) -> Residual:
        narrow = width // 4
        names = [(f"{layer}.conv{i}", f"{layer}.bn{i}") for i in (1, 2, 3)]
        shapes = [(narrow, into, 1, 1), (narrow, narrow, 3, 3), (width, narrow, 1, 1)]
        shortcut = (f"{layer}.downsample.0", f"{layer}.downsample.1") if into != width or stride > 1 else None
        return Residual(self.weights, names, shapes, shortcut, stride, 1)
