"""Write videos.json and videos.npz: what transformers saves and computes for small random video networks, from clips.

Run with an interpreter that has transformers, torch and a torchvision (made with transformers 5.23.0, torch 2.13.0 and
torchvision 0.28.0, whose compiled operations are declared and never used):

    PYTHONPATH=. python tests/golden/make_videos.py

Every clip goes through the video processor of the makers and through the network alone, in float32 with plain
("eager") attention. Frames are chosen evenly, as the sampling of transformers does it.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

_OPERATIONS = torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _OPERATIONS.define(_name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import transformers  # noqa: E402 (it looks for torchvision, which needs its operations)
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from tests.golden.videos import CASES, LAYOUTS, READY, TEXTS, Case, clips, write  # noqa: E402


def _layout(case: Case) -> dict[str, Any]:
    """The config.json and the processor's settings that the folder gets, and the shapes of its tensors."""
    made = getattr(transformers, case.architecture)
    with TemporaryDirectory() as place:
        made(made.config_class(**case.config)).save_pretrained(place, save_original_format=False)
        config = json.loads((Path(place) / "config.json").read_text())
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    for new, old in case.renamed:
        shapes = {name.replace(new, old): shape for name, shape in shapes.items()}
    settings = json.loads(_processor(case).to_json_string())
    return {"config": config, "processor": settings, "shapes": shapes}


def _processor(case: Case) -> Any:
    return getattr(transformers, case.processor)(**case.settings)


def _model(name: str, case: Case) -> Any:
    with TemporaryDirectory() as place:
        path = write(Path(place), name)
        tensors = load_file(path / "model.safetensors")
        for new, old in case.renamed:
            tensors = {key.replace(old, new): tensor for key, tensor in tensors.items()}
        save_file(tensors, path / "model.safetensors", {"format": "pt"})
        made = getattr(transformers, case.architecture)
        model, told = made.from_pretrained(path, attn_implementation="eager", output_loading_info=True)
    assert not told["missing_keys"], (name, told)
    assert not told["unexpected_keys"], (name, told)
    assert not told["mismatched_keys"], (name, told)
    return model.eval()


def _frames(model: Any) -> int:
    config = getattr(model.config, "vision_config", model.config)
    return int(getattr(config, "num_frames", 0) or config.frames_per_clip)


def _outputs(name: str, model: Any, pixels: Any) -> dict[str, Any]:
    """Embedding, tokens and, where there is a classifier, what enters it."""
    if name == "xclip":
        found = model.get_video_features(pixels).pooler_output
        return {"embedding": found}
    seen: list[Any] = []
    if hasattr(model, "classifier"):
        model.classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        model(pixels)
    body = getattr(model, model.base_model_prefix, model)
    states = body(pixels).last_hidden_state
    features = {"features": seen[0]} if seen else {}
    mean = {"videomae": states.mean(1), "vjepa2": states.mean(1)}
    tuned = features.get("features") if name == "videomae-tuned" else None
    embedding = tuned if tuned is not None else mean.get(name.partition("-")[0], states[:, 0])
    return {"embedding": embedding, "tokens": states, **features}


def main() -> None:
    layouts = {name: _layout(case) for name, case in CASES.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(layout)}" for name, layout in layouts.items()]
    LAYOUTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found: dict[str, Any] = {}
    for name, case in CASES.items():
        model, processor = _model(name, case), _processor(case)
        outputs: list[dict[str, Any]] = []
        for clip in clips():
            chosen = np.arange(_frames(model)) * len(clip.frames) // _frames(model)
            pixels = next(iter(processor(list(clip.frames[chosen]), return_tensors="pt").values()))
            with torch.no_grad():
                outputs.append({"pixels": pixels, **_outputs(name, model, pixels)})
        kept = [kind for kind in outputs[0] if kind != "pixels" or name in READY]
        for kind in kept:
            found[f"{name}/{kind}"] = torch.cat([output[kind] for output in outputs]).numpy().astype(np.float32)
        if name == "xclip":
            ids = [torch.tensor([text]) for text in TEXTS]
            with torch.no_grad():
                texts = [model.get_text_features(text).pooler_output for text in ids]
            found[f"{name}/text"] = torch.cat(texts).numpy()
        print(name, {kind: found[f"{name}/{kind}"].shape for kind in kept}, np.abs(found[f"{name}/embedding"]).max())
    np.savez_compressed(Path(__file__).with_name("videos.npz"), **found)


if __name__ == "__main__":
    main()
