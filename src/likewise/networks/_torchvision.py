"""How images are prepared for networks that are published with torchvision's or timm's key names."""

from __future__ import annotations

from typing import Final

from likewise.modalities.image import ImagePreparer
from likewise.networks import Facts

__all__ = ["prepared", "side"]

_MEAN: Final = [0.485, 0.456, 0.406]
_STD: Final = [0.229, 0.224, 0.225]


def side(facts: Facts) -> int:
    """Pixels of a side of the images."""
    size = facts.inside("pretrained_cfg").listed("input_size")
    return int(size[-1]) if size else facts.integer("image_size", 224)


def prepared(facts: Facts) -> ImagePreparer:
    """Resized and cropped as timm's `pretrained_cfg` says; where there is none, as torchvision does for ImageNet."""
    own = facts.inside("pretrained_cfg")
    size = side(facts)
    own.only({"crop_mode": "center"})
    usual = "bicubic" if "input_size" in own else "bilinear"
    mean, std = (own.listed(name) or numbers for name, numbers in (("mean", _MEAN), ("std", _STD)))
    return ImagePreparer(
        (int(size / own.number("crop_pct", 0.875)),),
        (size, size),
        own.text("interpolation", usual),
        mean=(float(mean[0]), float(mean[1]), float(mean[2])),
        std=(float(std[0]), float(std[1]), float(std[2])),
        middle="even",
    )
