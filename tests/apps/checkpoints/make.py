"""Write zip.pth and old.pth, small checkpoints as torch saves them (made with torch 2.13.0): python make.py"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch


def main() -> None:
    """Tensors of many kinds, views of one storage, a parameter; beside them what trainers keep."""
    grid = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = OrderedDict(
        {
            "module.whole": grid,
            "turned": grid.T,
            "part": grid[1:3, ::2],
            "learnt": torch.nn.Parameter(torch.tensor([0.5, -1.5])),
            "half": torch.tensor([1.0, 2.5], dtype=torch.float16),
            "brain": torch.tensor([[1.0], [-3.0]], dtype=torch.bfloat16),
            "double": torch.tensor(0.1, dtype=torch.float64),
            "steps": torch.tensor(7),
            "empty": torch.zeros(0, 3),
            "flags": torch.tensor([True, False]),
        }
    )
    whole = {"epoch": 3, "loss": 0.25, "args": ["a", None, True, (1, 2)], "state_dict": state}
    here = Path(__file__).parent
    torch.save(whole, here / "zip.pth")
    torch.save(whole, here / "old.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
