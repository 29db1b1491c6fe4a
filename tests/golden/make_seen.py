"""Write seen.json and seen.npz: what transformers saves and computes for small random networks that see.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0, pillow 13.0.0):

    PYTHONPATH=. python tests/golden/make_seen.py

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

from tests.golden.seen import CASES, IMAGES, LAYOUTS, Case, write


def _layout(case: Case) -> dict[str, Any]:
    """The settings that the folder gets and the shapes of its tensors."""
    made = getattr(transformers, case.architecture)
    with TemporaryDirectory() as place:
        made(made.config_class(**case.config)).save_pretrained(place)
        _processor(case).save_pretrained(place)
        config = json.loads((Path(place) / "config.json").read_text())
        preprocessor = json.loads((Path(place) / "preprocessor_config.json").read_text())
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    return {"config": config, "preprocessor": preprocessor, "shapes": shapes}


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


_OUTPUTS = {"vit": _vit}


def main() -> None:
    layouts = {name: _layout(case) for name, case in CASES.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(layout)}" for name, layout in layouts.items()]
    LAYOUTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found: dict[str, Any] = {}
    for name, case in CASES.items():
        model = _model(name, case)
        pixels = _processor(case)(images=list(IMAGES), return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            outputs = _OUTPUTS[model.config.model_type](model, pixels)
        for kind, value in outputs.items():
            found[f"{name} {kind}"] = value.numpy().astype(np.float32)
        print(name, {kind: (tuple(value.shape), round(float(value.abs().max()), 2)) for kind, value in outputs.items()})
    np.savez_compressed(Path(__file__).with_name("seen.npz"), **found)


if __name__ == "__main__":
    main()
