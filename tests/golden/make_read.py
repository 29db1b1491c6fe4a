"""Write read.json and read.npz: what transformers saves and computes for small decoders that read images among words.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0):

    PYTHONPATH=src:. python tests/golden/make_read.py

Images go through Qwen2VLImageProcessorPil, each alone with the ids around it, in float32 with plain ("eager")
attention.
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
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from tests.golden.read import CASES, LAYOUTS, PROCESSOR, TEXTS, images, words, write


def _layout(name: str) -> dict[str, Any]:
    architecture, config = CASES[name]
    made = getattr(transformers, architecture)
    with TemporaryDirectory() as place:
        made(made.config_class(**config)).save_pretrained(place)
        written = json.loads((Path(place) / "config.json").read_text())
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {key: list(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    if name.endswith("gme"):  # the older layout of config.json, which names its own code
        text = written.pop("text_config")
        scaling = {"type": "mrope", "mrope_section": text["rope_parameters"]["mrope_section"]}
        written |= {key: value for key, value in text.items() if key not in ("model_type", "rope_parameters")}
        written |= {"rope_scaling": scaling, "rope_theta": text["rope_parameters"]["rope_theta"]}
        written |= {"model_type": "qwen2_vl", "architectures": ["GmeQwen2VLForVision2Seq"]}
    return {"config": written, "shapes": shapes}


def _model(name: str) -> Any:
    architecture, config = CASES[name]
    made = getattr(transformers, architecture)
    with TemporaryDirectory() as place:
        path = write(Path(place), name)
        (path / "config.json").write_text(json.dumps(made.config_class(**config).to_dict()))
        model, told = made.from_pretrained(
            path, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    assert not told["missing_keys"], told
    assert not told["mismatched_keys"], told
    return model.eval() if name == "colqwen2" else model.eval().model


def _pages(ready: list[Any]) -> dict[str, Any]:
    """Vectors of tokens."""
    model, found = _model("colqwen2"), {}
    with torch.no_grad():
        for i, one in enumerate(ready):
            count = int(one["image_grid_thw"].prod()) // 4
            ids = torch.tensor([[*words("user"), 71, *[70] * count, 72, *words("end")]])
            made = model(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pixel_values=one["pixel_values"][None],
                image_grid_thw=one["image_grid_thw"],
            )
            found[f"colqwen2/image/{i}"] = made.embeddings[0].numpy()
        for i, text in enumerate(TEXTS):
            ids = torch.tensor([[*text, *words("end")]])
            found[f"colqwen2/text/{i}"] = (
                model(input_ids=ids, attention_mask=torch.ones_like(ids)).embeddings[0].numpy()
            )
    return found


def main() -> None:
    layouts = {name: _layout(name) for name in CASES}
    LAYOUTS.write_text(json.dumps(layouts, separators=(",", ":")).replace('"qwen', '\n"qwen') + "\n")
    processor = Qwen2VLImageProcessorPil(
        **{key: value for key, value in PROCESSOR.items() if "pixels" not in key},
        size={"shortest_edge": PROCESSOR["min_pixels"], "longest_edge": PROCESSOR["max_pixels"]},
    )
    ready = [processor(images=[image], return_tensors="pt") for image in images()]
    found = {f"patches/{i}": one["pixel_values"].numpy().astype(np.float32) for i, one in enumerate(ready)}
    found |= _pages(ready)
    for name in (name for name in CASES if name != "colqwen2"):
        model, rows = _model(name), []
        with torch.no_grad():
            for one in ready:
                count = int(one["image_grid_thw"].prod()) // 4
                ids = torch.tensor([[*words("user"), 71, *[70] * count, 72, *words("end")]])
                kinds = (ids == 70).int()
                places = torch.arange(ids.shape[1])[None, None].expand(3, 1, -1) if name.endswith("gme") else None
                states = model(
                    input_ids=ids,
                    pixel_values=one["pixel_values"],
                    image_grid_thw=one["image_grid_thw"],
                    mm_token_type_ids=kinds,
                    position_ids=places,
                ).last_hidden_state
                rows.append(states[:, -1])
            texts = [
                model(input_ids=torch.tensor([[*words("user"), *t, *words("end")]])).last_hidden_state for t in TEXTS
            ]
        found[f"{name}/image"] = torch.cat(rows).numpy()
        found[f"{name}/text"] = torch.cat([states[:, -1] for states in texts]).numpy()
        print(name, np.abs(found[f"{name}/image"]).max(), found[f"{name}/image"].shape)
    np.savez_compressed(Path(__file__).with_name("read.npz"), **found)


if __name__ == "__main__":
    main()
