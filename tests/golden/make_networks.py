"""Write networks.json and networks.npz: what transformers saves and computes for small random encoders.

Run with an interpreter that has transformers and torch (made with transformers 5.23.0, torch 2.13.0):

    PYTHONPATH=. python tests/golden/make_networks.py

Texts go through together, padded at the end, in float32 with plain ("eager") attention; states of padding are left out.
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

from tests.golden.networks import CASES, IDS, LAYOUTS, Case, write


def _layout(case: Case) -> dict[str, Any]:
    """The config.json that the folder gets and the shapes of its tensors."""
    made = getattr(transformers, case.architecture)
    with TemporaryDirectory() as place:
        made(made.config_class(**case.sizes)).save_pretrained(place, save_original_format=not case.apart)
        config = json.loads((Path(place) / "config.json").read_text())
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    old, new = case.renamed
    named = {new + name.removeprefix(old) if old and name.startswith(old) else name: s for name, s in shapes.items()}
    return {"config": case.written or config, "shapes": named, "reference": config}


def _model(name: str, case: Case, reference: dict[str, Any]) -> Any:
    with TemporaryDirectory() as place:
        path = write(Path(place), name)
        (path / "config.json").write_text(json.dumps(reference))
        model, told = transformers.AutoModel.from_pretrained(
            path, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    missing = [key for key in told["missing_keys"] if "pooler" not in key]
    assert not missing, (name, missing)
    assert not told["mismatched_keys"], (name, told)
    written = case.written or {}
    scaling = written.get("rope_scaling")
    if scaling:  # transformers does not know this one: as NTKScalingRotaryEmbedding of Alibaba-NLP/new-impl has it
        base = written["rope_theta"] * scaling["factor"]
        width = model.config.hidden_size // model.config.num_attention_heads
        rates = 1.0 / (base ** (torch.arange(0, width, 2).float() / width))
        model.rotary_emb.inv_freq = rates / scaling["factor"] ** (2 / width)
    return model.eval()


def _states(model: Any, pad: int) -> Any:
    size = max(map(len, IDS))
    ids = torch.tensor([[*text, *[pad] * (size - len(text))] for text in IDS])
    mask = torch.tensor([[1] * len(text) + [0] * (size - len(text)) for text in IDS])
    with torch.no_grad():
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return torch.cat([row[: len(text)] for row, text in zip(states, IDS, strict=True)]).numpy()


def main() -> None:
    layouts = {name: _layout(case) for name, case in CASES.items()}
    references = {name: layout.pop("reference") for name, layout in layouts.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(layout)}" for name, layout in layouts.items()]
    LAYOUTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found: dict[str, Any] = {}
    for name, case in CASES.items():
        model = _model(name, case, references[name])
        found[name] = _states(model, model.config.pad_token_id or 0).astype(np.float32)
        print(name, type(model).__name__, found[name].shape, f"{np.abs(found[name]).max():.2f}")
    np.savez_compressed(Path(__file__).with_name("networks.npz"), **found)


if __name__ == "__main__":
    main()
