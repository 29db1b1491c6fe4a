"""The cases of the golden text vectors: small random models and the texts that they are asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.decoders import END, byte_tokenizer, decoder_model
from tests.golden.decoders import DIM
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
    activation: str = "Tanh"
    half: bool = False
    ways: tuple[str, ...] = ()
    """Poolings that are joined, by the names of sentence-transformers; none for `pooling` alone."""
    layer_norm: bool = False
    prompt: str = ""
    prompt_pooled: bool = True
    decoder: str = ""
    """A case of tests/golden/decoders.py, in the place of BERT."""


_ALL: Final = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")

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
    "lasttoken": Case(ways=("lasttoken",), seed=11),
    "weightedmean": Case(ways=("weightedmean",), seed=12),
    "joined": Case(ways=("mean", "max"), seed=13),
    "joined-all": Case(ways=_ALL, normalize=False, seed=14),
    "layer-norm": Case(layer_norm=True, seed=15),
    **{
        f"dense-{name.lower()}": Case(dense=12, activation=name, normalize=False, seed=16)
        for name in ("ReLU", "GELU", "SiLU", "Sigmoid", "Identity")
    },
    "dense-joined": Case(dense=12, ways=("cls", "weightedmean"), seed=17),
    "prompt": Case(prompt="query: ", seed=18),
    "prompt-left-out": Case(prompt="query: ", prompt_pooled=False, ways=_ALL, normalize=False, seed=19),
    "qwen3": Case(dim=DIM, decoder="qwen3", ways=("lasttoken",), seed=20, prompt="Instruct: retrieve passages\nQuery:"),
    "mistral": Case(dim=DIM, decoder="mistral-window", ways=("lasttoken",), prompt="Query: "),
    "gpt2": Case(dim=DIM, decoder="gpt2", ways=("weightedmean", "lasttoken")),
    "gemma": Case(
        dim=DIM, decoder="gemma3_text", ways=("mean",), dense=20, activation="Identity", prompt="task: x | query: "
    ),
}


def write(path: Path, case: Case) -> Path:
    """The model folder of a case."""
    (_decoder if case.decoder else _bert)(path, case)
    _change(path / "config_sentence_transformers.json", {"prompts": {"query": case.prompt, "document": ""}})
    if case.ways:
        facts = {"embedding_dimension": case.dim, "pooling_mode": case.ways, "include_prompt": case.prompt_pooled}
        (path / "1_Pooling" / "config.json").write_text(json.dumps(facts))
    if case.layer_norm:
        _layer_norm(path, case)
    if case.dense:
        _dense(path, case)
    return path


def _bert(path: Path, case: Case) -> None:
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


def _decoder(path: Path, case: Case) -> None:
    decoder_model(path, byte_tokenizer(tail=END), case.decoder, pooling={}, prompts={})


def _change(path: Path, new: dict[str, object]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | new))


def _layer_norm(path: Path, case: Case) -> None:
    rng = np.random.default_rng(case.seed)
    weight, bias = (rng.standard_normal(case.dim).astype(np.float32) for _ in range(2))
    folder = _module(path, "LayerNorm")
    save_file({"norm.weight": weight, "norm.bias": bias}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"dimension": case.dim}))


def _dense(path: Path, case: Case) -> None:
    rng = np.random.default_rng(case.seed)
    into = case.dim * max(1, len(case.ways))
    folder = _module(path, "Dense")
    weight = rng.standard_normal((case.dense, into)).astype(np.float32)
    bias = rng.standard_normal(case.dense).astype(np.float32)
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "model.safetensors")
    home = "linear" if case.activation == "Identity" else "activation"
    facts: dict[str, object] = {"in_features": into, "out_features": case.dense, "bias": True}
    facts["activation_function"] = f"torch.nn.modules.{home}.{case.activation}"
    (folder / "config.json").write_text(json.dumps(facts))


def _module(path: Path, kind: str) -> Path:
    """A module after the pooling, before the normalisation where there is one."""
    modules = json.loads((path / "modules.json").read_text())
    last = [modules.pop() | {"idx": 3, "name": "3", "path": "3_Normalize"}] if len(modules) == 3 else []
    modules.append({"idx": 2, "name": "2", "path": f"2_{kind}", "type": f"sentence_transformers.models.{kind}"})
    (path / "modules.json").write_text(json.dumps(modules + last))
    (path / f"2_{kind}").mkdir()
    return path / f"2_{kind}"
