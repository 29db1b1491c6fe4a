"""Write seen.json and seen.npz: what transformers saves and computes for small random networks that see.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0, pillow 13.0.0):

    TORCHVISION=folder PYTHONPATH=. python tests/golden/make_seen.py

(make_seen_torchvision.py says what the folder holds.)
Images go through the Pillow image processors of transformers and the network in float32 with plain ("eager") attention.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
import transformers
from safetensors import safe_open

from tests.golden import make_seen_torchvision as tv
from tests.golden.seen import CASES, IMAGES, LAYOUTS, PIECES, TEXTS, Case, write


def _layout(case: Case) -> dict[str, Any]:
    """The settings that the folder gets and the shapes of its tensors."""
    if case.processor == "torchvision":
        tensors = tv.network(case.config).state_dict()
        return {"config": case.config, "shapes": {name: list(tensor.shape) for name, tensor in tensors.items()}}
    made = getattr(transformers, case.architecture)
    with TemporaryDirectory() as place:
        made(made.config_class(**case.config)).save_pretrained(place)
        if case.processor != "real":
            _processor(case).save_pretrained(place)
        config = json.loads((Path(place) / "config.json").read_text())
        said = Path(place) / "preprocessor_config.json"
        preprocessor = json.loads(said.read_text()) if said.exists() else _REAL
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    return {"config": config, "preprocessor": preprocessor, "shapes": shapes}


def _state(name: str) -> dict[str, Any]:
    """The tensors of a folder."""
    with TemporaryDirectory() as place, safe_open(write(Path(place), name) / "model.safetensors", "pt") as file:
        return {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118


def _processor(case: Case) -> Any:
    return getattr(transformers, case.processor)(**case.settings)


def _model(name: str, case: Case) -> Any:
    with TemporaryDirectory() as place:
        path = write(Path(place), name)
        model, told = getattr(transformers, case.architecture).from_pretrained(
            path, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    assert not told["missing_keys"], (name, told["missing_keys"])
    assert not told["mismatched_keys"], (name, told)
    return model.eval()


def _vit(model: Any, pixels: Any) -> dict[str, Any]:
    states = getattr(model, "vit", model)(pixels).last_hidden_state
    found = {"embedding": states[:, 0], "tokens": states[:, 1:], "features": states[:, 0]}
    if hasattr(model, "pooler"):
        found["features"] = model(pixels).pooler_output
    return found


def _mae(model: Any, pixels: Any) -> dict[str, Any]:
    count = model.embeddings.patch_embeddings.num_patches
    noise = torch.arange(count).float().expand(len(pixels), count)
    states = model(pixels, noise=noise).last_hidden_state
    return {"embedding": states[:, 0], "tokens": states[:, 1:], "features": states[:, 0]}


def _dino(model: Any, pixels: Any) -> dict[str, Any]:
    found = model(pixels)
    patches = found.last_hidden_state[:, 1 + getattr(model.config, "num_register_tokens", 0) :]
    first = found.pooler_output
    return {"embedding": first, "tokens": patches, "features": torch.cat([first, patches.mean(1)], -1)}


def _clip(model: Any, pixels: Any) -> dict[str, Any]:
    seen = model.vision_model(pixels)
    embedding = model.visual_projection(seen.pooler_output)
    return {"embedding": embedding, "tokens": seen.last_hidden_state[:, 1:], "features": seen.pooler_output}


def _clip_alone(model: Any, pixels: Any) -> dict[str, Any]:
    seen = model(pixels)
    embedding = seen.image_embeds if hasattr(seen, "image_embeds") else seen.pooler_output
    return {"embedding": embedding, "tokens": seen.last_hidden_state[:, 1:]}


def _siglip(model: Any, pixels: Any) -> dict[str, Any]:
    seen = getattr(model, "vision_model", model)(pixels)
    return {"embedding": seen.pooler_output, "tokens": seen.last_hidden_state}


def _convolved(model: Any, pixels: Any) -> dict[str, Any]:
    seen = getattr(model, "convnext", model)(pixels)
    mean = seen.pooler_output.flatten(1)
    return {"embedding": mean, "tokens": seen.last_hidden_state.flatten(2).transpose(1, 2), "features": mean}


def _swin(model: Any, pixels: Any) -> dict[str, Any]:
    seen = model(pixels)
    return {"embedding": seen.pooler_output, "tokens": seen.last_hidden_state, "features": seen.pooler_output}


def _siglip2(model: Any, inputs: Any) -> dict[str, Any]:
    seen = model.vision_model(**inputs)
    return {"embedding": seen.pooler_output}


_OUTPUTS = {
    "convnext": _convolved,
    "convnextv2": _convolved,
    "resnet": _convolved,
    "swin": _swin,
    "vit": _vit,
    "vit_mae": _mae,
    "dinov2": _dino,
    "dinov2_with_registers": _dino,
    "dinov3_vit": _dino,
    "clip": _clip,
    "metaclip_2": _clip,
    "clip_vision_model": _clip_alone,
    "siglip": _siglip,
    "siglip2": _siglip2,
    "siglip_vision_model": _siglip,
}


def _words(model: Any) -> Any:
    """Embeddings of the texts, each framed by its special tokens and filled up as the makers do."""
    kind, text = model.config.model_type, model.config.text_config
    rows = [[2, *(PIECES[word] for word in words.split()), 3] for words in TEXTS]
    size = text.max_position_embeddings if kind.startswith("siglip") else max(map(len, rows))
    ids = torch.tensor([row + [0] * (size - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (size - len(row)) for row in rows])
    if kind.startswith("siglip"):
        return model.text_model(input_ids=ids).pooler_output
    return model.text_projection(model.text_model(input_ids=ids, attention_mask=mask).pooler_output)


def _pixels(case: Case) -> Any:
    if case.processor != "real":
        inputs = _processor(case)(images=list(IMAGES), return_tensors="pt")
        return inputs["pixel_values"] if len(inputs) == 1 else inputs
    # DINOv3's image processor needs torchvision, whose resizing of floats is this
    mean, std = (torch.tensor(three)[:, None, None] for three in (_MEAN, _STD))
    made = []
    for image in IMAGES:
        scaled = torch.from_numpy(image).permute(2, 0, 1)[None].float() * (1 / 255)
        resized = torch.nn.functional.interpolate(scaled, (32, 32), mode="bilinear", antialias=True)
        made.append((resized[0] - mean) / std)
    return torch.stack(made)


_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_REAL = {
    "image_processor_type": "DINOv3ViTImageProcessorFast",
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": list(_MEAN),
    "image_std": list(_STD),
    "resample": 2,
    "rescale_factor": 1 / 255,
    "size": {"height": 32, "width": 32},
}


def main() -> None:
    layouts = {name: _layout(case) for name, case in CASES.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(layout)}" for name, layout in layouts.items()]
    LAYOUTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found: dict[str, Any] = {}
    for name, case in CASES.items():
        with torch.no_grad():
            if case.processor == "torchvision":
                outputs = tv.outputs(case.config, _state(name))
            else:
                model = _model(name, case)
                outputs = _OUTPUTS[model.config.model_type](model, _pixels(case))
                if hasattr(model.config, "text_config"):
                    outputs["text"] = _words(model)
        for kind, value in outputs.items():
            found[f"{name} {kind}"] = value.numpy().astype(np.float32)
        print(name, {kind: (tuple(value.shape), round(float(value.abs().max()), 2)) for kind, value in outputs.items()})
    np.savez_compressed(Path(__file__).with_name("seen.npz"), **found)


if __name__ == "__main__":
    main()
