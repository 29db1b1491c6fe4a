"""Write sounds.json and sounds.npz: what transformers saves and computes for small random audio networks, from sounds.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0):

    PYTHONPATH=src:. python tests/golden/make_sounds.py

Every sound goes through the feature extractor of the makers and through the network alone, in float32 with plain
("eager") attention. Where an extractor draws crops at random, it takes the first, or with fusion the middle of a third.
With fusion, transformers calls one of several short sounds long at random: here none is.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from likewise.types import Sound
from tests.golden.sounds import CASES, LAYOUTS, TEXTS, Case, sounds, write


def _layout(case: Case) -> dict[str, Any]:
    """The config.json and the extractor's settings that the folder gets, and the shapes of its tensors."""
    made = getattr(transformers, case.architecture)
    with TemporaryDirectory() as place:
        made(made.config_class(**case.config)).save_pretrained(place)
        config = json.loads((Path(place) / "config.json").read_text())
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        (saved,) = _extractor(case).save_pretrained(place)
        settings = json.loads(Path(saved).read_text())
    for new, old in case.renamed:
        shapes = {name.replace(new, old): shape for name, shape in shapes.items()}
    return {"config": config, "extractor": settings, "shapes": shapes}


def _extractor(case: Case) -> Any:
    return getattr(transformers, case.extractor)(**case.settings)


def _model(name: str, case: Case) -> Any:
    with TemporaryDirectory() as place:
        path = write(Path(place), name)
        tensors = load_file(path / "model.safetensors")
        for new, old in reversed(case.renamed):
            tensors = {key.replace(old, new): tensor for key, tensor in tensors.items()}
        save_file(tensors, path / "model.safetensors", {"format": "pt"})
        made = getattr(transformers, case.architecture)
        model, told = made.from_pretrained(path, attn_implementation="eager", output_loading_info=True)
    missing = [key for key in told["missing_keys"] if "relative_position_index" not in key]
    assert not missing, (name, told)
    assert not told["mismatched_keys"], (name, told)
    return model.eval()


def _prepared(extractor: Any, heard: Sound) -> dict[str, Any]:
    with (
        patch("numpy.random.randint", lambda low, high: low),
        patch("numpy.random.choice", lambda among: among[len(among) // 2]),
    ):
        made = dict(extractor(heard.samples, sampling_rate=heard.rate, return_tensors="pt"))
    if not type(extractor).__name__.startswith("Seamless"):  # which masks an odd frame at the end
        made.pop("attention_mask", None)  # of a sound alone it is all ones
    if "is_longer" in made:
        made["is_longer"] = torch.tensor([[len(heard.samples) > extractor.nb_max_samples]])
    return made


def _outputs(model: Any, made: dict[str, Any], frames: int) -> dict[str, Any]:
    """Embedding, tokens and, where there is a classifier, what enters it; `frames` of Whisper are sound."""
    if hasattr(model, "get_audio_features"):
        made["input_features"] = made["input_features"].float()
        return {"embedding": model.get_audio_features(**made).pooler_output}
    if hasattr(model, "tdnn"):
        found = model(**made).embeddings
        return {"embedding": found, "features": found}
    seen: list[Any] = []
    if hasattr(model, "classifier"):
        last = getattr(model.classifier, "dense", model.classifier)
        last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        model(**made)
    if "attention_mask" in made:
        states = getattr(model, model.base_model_prefix, model)(**made).last_hidden_state
        states = states[:, : int(made["attention_mask"].sum())]
    elif "input_features" in made:
        body = model.get_encoder() if hasattr(model, "get_encoder") else model.encoder
        states = body(**made).last_hidden_state[:, :frames]
    if "input_features" in made:
        return {"embedding": states.mean(1), "tokens": states, **({"features": seen[0]} if seen else {})}
    found = getattr(model, model.base_model_prefix, model)(**made)
    states = found.last_hidden_state
    if "pooler_output" in found:
        embedding, states = found.pooler_output, states[:, 2:]
    else:
        embedding = states.mean(1)
    return {"embedding": embedding, "tokens": states, **({"features": seen[0]} if seen else {})}


def main() -> None:
    layouts = {name: _layout(case) for name, case in CASES.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(layout)}" for name, layout in layouts.items()]
    LAYOUTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found: dict[str, Any] = {}
    for name, case in CASES.items():
        model, extractor = _model(name, case), _extractor(case)
        for i, heard in enumerate(sounds()):
            frames = -(-min(len(heard.samples), 16_000) // 320)
            with torch.no_grad():
                outputs = _outputs(model, _prepared(extractor, heard), frames)
            for kind, value in outputs.items():
                if kind != "tokens" or not i:
                    found[f"{name}/{kind}/{i}"] = value[0].numpy().astype(np.float32)
        if case.architecture == "ClapModel":
            for i, text in enumerate(TEXTS):
                with torch.no_grad():
                    found[f"{name}/text/{i}"] = model.get_text_features(torch.tensor([text])).pooler_output[0].numpy()
        kept = {kind: value.shape for kind, value in found.items() if kind.startswith(f"{name}/")}
        print(name, type(model).__name__, kept, f"{np.abs(found[f'{name}/embedding/0']).max():.2f}")
    np.savez_compressed(Path(__file__).with_name("sounds.npz"), **found)


if __name__ == "__main__":
    main()
