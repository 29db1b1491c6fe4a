"""Write rotary.npz: the rotary angles of transformers' Qwen3 for every scaling.

Run with an interpreter that has transformers (rotary.npz was made with 5.23.0, torch 2.13.0):

    PYTHONPATH=. python tests/golden/make_rotary.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import Qwen3Config
from transformers.models.qwen3.modeling_qwen3 import Qwen3RotaryEmbedding

from tests.golden.rotary import CASES, CONFIG, WIDTH


def main() -> None:
    found: dict[str, Any] = {}
    for name, scaling in CASES.items():
        config = Qwen3Config(**CONFIG, head_dim=WIDTH, rope_scaling=dict(scaling))
        places = torch.arange(config.max_position_embeddings)[None]
        angles = Qwen3RotaryEmbedding(config)(torch.zeros(1), places)
        found[name] = np.stack([part[0, :, : WIDTH // 2].numpy() for part in angles])
    np.savez_compressed(Path(__file__).with_name("rotary.npz"), **found)


if __name__ == "__main__":
    main()
