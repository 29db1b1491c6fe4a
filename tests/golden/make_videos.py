"""Write videos.json and videos.npz: what transformers saves and computes for small random video networks, from clips.

Run with an interpreter that has transformers, torch, pytorchvideo for SlowFast, and torchvision (made with transformers
5.23.0, torch 2.13.0, pytorchvideo 0.1.5, torchvision 0.28.0, whose compiled operations are declared and never used):

    PYTHONPATH=. python tests/golden/make_videos.py

Every clip goes through the video processor of the makers and through the network alone, in float32 with plain
("eager") attention. Frames are chosen evenly, as the sampling of transformers does it.
"""

from __future__ import annotations

import json
from importlib import import_module
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

from likewise.modalities.video import Video  # noqa: E402
from likewise.types import Clip  # noqa: E402
from tests.golden.videos import CASES, LAYOUTS, READY, TEXTS, Case, clips, folded, write  # noqa: E402


def _layout(case: Case) -> dict[str, Any]:
    """The config.json and the processor's settings that the folder gets, and the shapes of its tensors."""
    if case.architecture == "SlowFast":
        tensors = _slowfast(case.config).state_dict()
        shapes = {name: list(tensor.shape) for name, tensor in tensors.items() if tensor.ndim}
        return {"config": {"model_type": "slowfast", **case.config}, "processor": {}, "shapes": folded(shapes)}
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


def _slowfast(config: dict[str, Any]) -> Any:
    """As pytorchvideo's slowfast_r50 and slowfast_r101 are made, of other sizes."""
    depth, alpha, beta, width = config["depth"], config.get("alpha", 4), config.get("beta", 8), config["width"]
    frames, pool = config["frames"], config["pool"]
    return (
        import_module("pytorchvideo.models.slowfast")
        .create_slowfast(
            model_depth=depth,
            slowfast_channel_reduction_ratio=(beta,),
            slowfast_fusion_conv_kernel_size=(7 if depth == 50 else 5, 1, 1),
            slowfast_fusion_conv_stride=(alpha, 1, 1),
            stem_dim_outs=(width, width // beta),
            head_pool_kernel_sizes=((frames // alpha, pool, pool), (frames, pool, pool)),
            model_num_class=5,
            dropout_rate=0.0,
        )
        .eval()
    )


def _slowfast_outputs(model: Any, config: dict[str, Any], clip: Clip) -> dict[str, Any]:
    """From a clip on, as the hub page of pytorchvideo does it."""
    pixels = torch.from_numpy(clip.frames[Video(config["frames"], rate=config["rate"]).chosen(clip.times)])
    pixels = (pixels.permute(3, 0, 1, 2) / 255.0 - 0.45) / 0.225
    height, width = pixels.shape[-2:]
    edge = config["image_size"]
    # ShortSideScale and CenterCropVideo
    sizes = (edge, int(width / height * edge)) if height <= width else (int(height / width * edge), edge)
    pixels = torch.nn.functional.interpolate(pixels, size=sizes, mode="bilinear", align_corners=False)
    top, left = (round((size - edge) / 2) for size in sizes)
    pixels = pixels[None, :, :, top : top + edge, left : left + edge]
    chosen = torch.linspace(0, pixels.shape[2] - 1, pixels.shape[2] // config.get("alpha", 4)).long()
    seen: list[Any] = []
    model.blocks[6].proj.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model([pixels[:, :, chosen], pixels])
    found = seen[0].mean((1, 2, 3))  # the classifier is linear, and its outputs are averaged
    return {"pixels": pixels.transpose(1, 2), "embedding": found, "features": found}


def _model(name: str, case: Case) -> Any:
    if case.architecture == "SlowFast":
        made = _slowfast(case.config)
        with TemporaryDirectory() as place:
            told = made.load_state_dict(load_file(write(Path(place), name) / "model.safetensors"), strict=False)
        assert not told.unexpected_keys, (name, told)
        assert all(key.endswith("num_batches_tracked") for key in told.missing_keys), (name, told)
        return made
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
        model = _model(name, case)
        outputs: list[dict[str, Any]] = []
        for clip in clips():
            if case.architecture == "SlowFast":
                with torch.no_grad():
                    outputs.append(_slowfast_outputs(model, case.config, clip))
                continue
            processor = _processor(case)
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
