"""What torchvision computes for small ResNets and VGGs, in its own key names, preprocessing included.

Made with torchvision 0.28.0 laid into the folder that the environment variable TORCHVISION names
(`pip install --no-deps --target FOLDER torchvision==0.28.0`). Its compiled operations do not load beside a torch for
CPUs and are not needed: two of them are declared, so that the rest can be imported.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import torch
from PIL import Image

from tests.golden.seen import IMAGES

__all__ = ["network", "outputs"]

_LIBRARY = torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _LIBRARY.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
sys.path.append(os.environ["TORCHVISION"])

transforms: Any = import_module("torchvision.transforms")
resnet: Any = import_module("torchvision.models.resnet")
vgg: Any = import_module("torchvision.models.vgg")


def network(config: dict[str, Any]) -> Any:
    """torchvision's own module; a VGG with narrower linear layers, which its class does not offer."""
    if config["architecture"] == "resnet50":
        return resnet.ResNet(resnet.Bottleneck, config["depths"]).eval()
    plan: list[int | str] = []
    for depth, width in zip((2, 2, 3, 3, 3), config["widths"], strict=True):
        plan += [width] * depth + ["M"]
    made = vgg.VGG(vgg.make_layers(plan), num_classes=5, init_weights=False)
    first, wide = config["widths"][-1] * 49, config["wide"]
    made.classifier[0], made.classifier[3] = torch.nn.Linear(first, wide), torch.nn.Linear(wide, wide)
    made.classifier[6] = torch.nn.Linear(wide, 5)
    return made.eval()


def outputs(config: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """Embedding, tokens and features of the images."""
    made = network(config)
    made.load_state_dict(state)
    pixels = torch.stack([_prepare(config)(Image.fromarray(image)) for image in IMAGES])
    seen: dict[str, Any] = {}
    last = made.layer4 if config["architecture"] == "resnet50" else made.features
    last.register_forward_hook(lambda _, __, out: seen.update(map=out))
    head = made.fc if config["architecture"] == "resnet50" else made.classifier[6]
    head.register_forward_hook(lambda _, given, __: seen.update(features=given[0]))
    made(pixels)
    tokens = seen["map"].flatten(2).transpose(1, 2)
    if "pretrained_cfg" in config:  # large, and like the others but for how images are prepared
        return {"embedding": seen["features"]}
    return {"embedding": seen["features"], "tokens": tokens, "features": seen["features"]}


def _prepare(config: dict[str, Any]) -> Any:
    """As torchvision does for ImageNet, or as timm does by its `pretrained_cfg`."""
    own = config.get("pretrained_cfg", {})
    size = own["input_size"][-1] if own else config.get("image_size", 224)
    way = transforms.InterpolationMode(own.get("interpolation", "bilinear"))
    return transforms.Compose(
        [
            transforms.Resize(int(size / own.get("crop_pct", 0.875)), way),
            transforms.CenterCrop(size),
            transforms.ToTensor(),
            transforms.Normalize(own.get("mean", (0.485, 0.456, 0.406)), own.get("std", (0.229, 0.224, 0.225))),
        ]
    )
