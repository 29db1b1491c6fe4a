"""The cases of the golden text vectors: small random BERT models and the texts that they are asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.tiny import tiny_model

__all__ = ["CASES", "TEXTS", "Case", "write"]

TEXTS: Final = (
    "",
    "x",
    " \t\n ",
    "The quick brown fox jumps over the lazy dog.",
    "Größe, площадь, 面積, عربي and 🙂",
    "a-b_c/d\\e 1,234.5 (100%)",
    "word " * 300,
    "x" * 150,
    "How do I fix a leaky faucet? " * 4,
)


@dataclass(frozen=True, slots=True)
class Case:
    """How a golden model departs from the plain one."""

    dim: int = 32
    layers: int = 2
    seed: int = 0
    pooling: str = "mean"
    normalize: bool = True
    max_length: int = 64
    config: dict[str, object] = field(default_factory=dict)
    dense: int = 0
    half: bool = False


CASES: Final = {
    "mean": Case(),
    "cls": Case(pooling="cls", seed=1),
    "max": Case(pooling="max", seed=2),
    "sqrt": Case(pooling="mean_sqrt_len", normalize=False, seed=3),
    "plain": Case(normalize=False, seed=4),
    "odd": Case(dim=42, layers=3, max_length=37, seed=5),
    "gelu_new": Case(config={"hidden_act": "gelu_new"}, seed=6),
    "relu": Case(config={"hidden_act": "relu", "layer_norm_eps": 1e-5}, seed=7),
    "silu": Case(config={"hidden_act": "silu"}, seed=8),
    "dense": Case(dense=12, seed=9),
    "half": Case(half=True, seed=10),
}


def write(path: Path, case: Case) -> Path:
    """The model folder of a case."""
    tiny_model(
        path,
        case.dim,
        case.layers,
        case.seed,
        pooling=case.pooling,
        normalize=case.normalize,
        max_length=case.max_length,
    )
    _change(path / "config.json", case.config)
    weights = load_file(path / "model.safetensors")
    if case.half:
        save_file({name: w.astype(np.float16) for name, w in weights.items()}, path / "model.safetensors")
        _change(path / "config.json", {"torch_dtype": "float32"})
    if case.dense:
        _dense(path, case)
    return path


def _change(path: Path, new: dict[str, object]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | new))


def _dense(path: Path, case: Case) -> None:
    rng = np.random.default_rng(case.seed)
    folder = path / "2_Dense"
    folder.mkdir()
    weight = rng.standard_normal((case.dense, case.dim)).astype(np.float32)
    bias = rng.standard_normal(case.dense).astype(np.float32)
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "model.safetensors")
    facts = {"in_features": case.dim, "out_features": case.dense, "bias": True}
    (folder / "config.json").write_text(json.dumps(facts | {"activation_function": "torch.nn.modules.activation.Tanh"}))
    modules = json.loads((path / "modules.json").read_text())
    normalize = modules.pop()
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    modules.append(normalize | {"idx": 3, "name": "3", "path": "3_Normalize"})
    (path / "modules.json").write_text(json.dumps(modules))
