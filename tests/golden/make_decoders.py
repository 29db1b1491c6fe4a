"""Write decoders.npz: the states of tokens that transformers gives for small random decoders.

Run with an interpreter that has transformers and torch (decoders.npz was made with transformers 5.23.0, torch 2.13.0):

    PYTHONPATH=. python tests/golden/make_decoders.py

Every text goes through alone, in float32 and with plain ("eager") attention; then all of them together, padded on the
left with positions that start at the first token, must give the same states.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from transformers import AutoModel

from tests.golden.decoders import CASES, IDS, Case, write

FILE = Path(__file__).parent / "decoders.npz"


def _model(path: Path) -> Any:
    model, told = AutoModel.from_pretrained(
        path, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not any(told.values()), told
    return model.eval()


def _alone(model: Any, case: Case, ids: tuple[int, ...]) -> torch.Tensor:
    seen: Any = torch.ones(1, len(ids), dtype=torch.long)
    if case.bidirectional:
        seen = {"full_attention": torch.zeros(1, 1, len(ids), len(ids))}
    return model(input_ids=torch.tensor([ids]), attention_mask=seen).last_hidden_state[0]


def _left_padded(model: Any) -> list[torch.Tensor]:
    size = max(map(len, IDS))
    pads = [size - len(ids) for ids in IDS]
    ids = torch.tensor([[0] * pad + list(text) for pad, text in zip(pads, IDS, strict=True)])
    mask = torch.tensor([[0] * pad + [1] * (size - pad) for pad in pads])
    places = (mask.cumsum(1) - 1).clamp(min=0)
    states = model(input_ids=ids, attention_mask=mask, position_ids=places).last_hidden_state
    return [row[pad:] for row, pad in zip(states, pads, strict=True)]


def main() -> None:
    torch.set_grad_enabled(False)
    found = {}
    for name, case in CASES.items():
        with TemporaryDirectory() as folder:
            model = _model(write(Path(folder) / name, case))
        states = [_alone(model, case, ids) for ids in IDS]
        if not case.bidirectional:
            apart = max(float((a - b).abs().max()) for a, b in zip(states, _left_padded(model), strict=True))
            assert apart < 1e-5, f"{name}: left padding changes states by {apart}"
        found[name] = torch.cat(states).numpy().astype(np.float32)
    np.savez_compressed(FILE, **found)
    print(json.dumps({name: states.shape for name, states in found.items()}))


if __name__ == "__main__":
    main()
