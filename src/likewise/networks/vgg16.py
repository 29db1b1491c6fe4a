"""VGG-16 (Simonyan & Zisserman 2014, arXiv:1409.1556) with the key names of torchvision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.networks import Node, Ops, Senses, Tower
from likewise.networks._patches import PIXELS
from likewise.networks._torchvision import prepared, side

__all__ = ["VGG16"]

_DEPTHS: Final = (2, 2, 3, 3, 3)
_WIDTHS: Final = [64, 128, 256, 512, 512]


@final
class VGG16(Senses):
    """`architecture` vgg16: `features.N` and `classifier.N`; what enters the last layer (fc7) is the embedding.

    `widths` and `wide` of config.json are for networks of other sizes. Images of other sizes than 224 need weights that
    were trained on them: the last map goes into the classifier as it is.
    """

    prefixes = ("module.", "backbone.", "vgg16.")

    @property
    def towers(self) -> Mapping[str, Tower]:
        size, wide = side(self.facts), self.facts.integer("wide", 4096)
        return {"image": Tower(PIXELS, wide, (size // 16) ** 2, self._image, prepared(self.facts))}

    def _image(self, ops: Ops, pixels: Node) -> Mapping[str, Node]:
        weights, widths = self.weights, self.facts.listed("widths") or _WIDTHS
        x, into, at = pixels, 3, 0
        for depth, width in zip(_DEPTHS, widths, strict=True):
            for _ in range(depth):
                kernel, bias = (
                    weights(f"features.{at}.weight", width, into, 3, 3),
                    weights(f"features.{at}.bias", width),
                )
                x = ops.activation(ops.convolution(x, kernel, bias, padding=(1, 1)), "relu")
                into, at = width, at + 2  # an activation has a number too
            x, at = ops.max_pool(x, (2, 2), (2, 2), (0, 0)), at + 1
        tokens = ops.transpose(ops.reshape(x, (0, 0, -1)), (0, 2, 1))
        x, wide, places = ops.reshape(x, (0, -1)), self.facts.integer("wide", 4096), (side(self.facts) // 32) ** 2
        for layer, size in ((0, into * places), (3, wide)):
            x = ops.activation(ops.linear(x, *weights.linear(f"classifier.{layer}", wide, size)), "relu")
        return {"embedding": x, "tokens": tokens, "features": x}
