"""Write bound.json and bound.npz: what references compute for small random networks that bind many senses.

Run with an interpreter that has torch and transformers (made with torch 2.13.0, transformers 5.23.0):

    PYTHONPATH=src:. python tests/golden/make_bound.py

ImageBind's makers forbid to copy their code and their files may not be used in commerce: the reference is written anew
in torch.nn from the paper and the names of tensors (_imagebind.py), and was compared to their code beside the project.
LanguageBind's (MIT) cannot be run with current transformers: it is transformers' CLIP, to which branches and attention
along time are added (_languagebind.py).
Inputs are those of the preparers of likewise, whose own figures stand in test_bound.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from likewise.networks import Facts, Weights
from likewise.parts import find
from tests.golden._imagebind import Reference
from tests.golden._languagebind import LanguageReference, pictured
from tests.golden.bound import CASES, LAYOUTS, PICTURED, TEXTS, contents, write


def _made(config: dict[str, Any]) -> Any:
    return Reference(config) if config["model_type"] == "imagebind" else LanguageReference(config)


def _inputs(name: str) -> dict[str, Any]:
    """What the preparers make of the contents."""
    config = CASES[name]
    network = find("networks", config["model_type"].lower())(Facts(Path("config.json"), config), Weights(Path(), {}))
    found = {}
    for modality, tower in network.towers.items():
        if modality != "text":
            prepared = [tower.preparer.prepare(content) for content in contents()[modality]]
            found[modality] = torch.from_numpy(tower.preparer.inputs(prepared)[0])
    return found


def main() -> None:
    layouts = {}
    for name, config in CASES.items():
        shapes = {key: list(value.shape) for key, value in _made(config).state_dict().items()}
        layouts[name] = {"config": config, "shapes": shapes}
    LAYOUTS.write_text(json.dumps(layouts, separators=(",", ":")).replace('"imagebind"', '\n"imagebind"') + "\n")
    found: dict[str, Any] = {}
    for name, config in CASES.items():
        model = _made(config).eval()
        with TemporaryDirectory() as place:
            model.load_state_dict(load_file(write(Path(place), name) / "model.safetensors"))
        with torch.no_grad():
            for modality, values in _inputs(name).items():
                found[f"{name}/{modality}"] = getattr(model, modality)(values).numpy()
            texts = [model.text(torch.tensor([ids])) for ids in TEXTS]
        found[f"{name}/text"] = torch.cat(texts).numpy()
    for sense in PICTURED:
        made = [pictured(content, sense, 32) for content in contents()[sense]]
        found[f"prepared/{sense}"] = torch.stack(made).numpy()
    np.savez_compressed(Path(__file__).with_name("bound.npz"), **found)
    print({key: (value.shape, float(np.abs(value).max())) for key, value in found.items()})


if __name__ == "__main__":
    main()
