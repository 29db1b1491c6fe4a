"""The cases of the golden static vectors: small random tables in the layouts of model2vec and sentence-transformers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from tests.golden.text import TEXTS as OTHER
from tests.tiny import tiny_model

__all__ = ["CASES", "MODEL2VEC", "SENTENCE_TRANSFORMERS", "TEXTS", "tokenizer", "write"]

TEXTS: Final = (
    *OTHER,
    "面積",
    "面積 leaky 🙂 faucet",
    "Don't (ever) re-open: naïve CAFÉ!",
    "supercalifragilisticexpialidocious",
)
DIM: Final = 24


def tokenizer(path: Path, kind: str = "bert") -> Tokenizer:
    """A small tokenizer; `path` is a folder to work in."""
    if kind == "bert":
        return Tokenizer.from_file(str(tiny_model(path / "bert") / "tokenizer.json"))
    if kind == "words":
        words = ["[UNK]", "leaky", "faucet", "how", "do", "i", "fix", "a", "the", "fox", "?", "."]
        made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
        made.normalizer = normalizers.Lowercase()
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        return made
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(sorted(OTHER), trainer)
    return made


def _random(rows: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((rows, DIM)).astype(np.float32)


def _model2vec(path: Path, tensors: dict[str, NDArray[Any]], made: Tokenizer, **config: object) -> None:
    path.mkdir(parents=True)
    save_file(tensors, path / "model.safetensors")
    made.save(str(path / "tokenizer.json"))
    (path / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": True, **config}))


def _typed(dtype: str, seed: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        made = tokenizer(path.parent)
        table = _random(made.get_vocab_size(), seed)
        if dtype == "int8":
            table = np.rint(np.clip(40 * table, -127, 127))
        _model2vec(path, {"embeddings": table.astype(dtype)}, made)

    return make


def _clusters(path: Path) -> None:
    made, rng = tokenizer(path.parent), np.random.default_rng(3)
    count = made.get_vocab_size()
    mapping = rng.integers(0, 50, count)
    _model2vec(path, {"embeddings": _random(50, 3), "mapping": mapping, "weights": rng.random(count)}, made)


def _plain(path: Path) -> None:
    made = tokenizer(path.parent)
    _model2vec(path, {"embeddings": _random(made.get_vocab_size(), 4)}, made, normalize=False)


def _old(path: Path) -> None:
    made = tokenizer(path.parent)
    _model2vec(path, {"embeddings": _random(made.get_vocab_size(), 5)}, made)
    (path / "config.json").write_text(json.dumps({"tokenizer_name": "x", "apply_pca": 24, "apply_zipf": True}))


def _kind(kind: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        made = tokenizer(path.parent, kind)
        _model2vec(path, {"embeddings": _random(made.get_vocab_size(), 6)}, made)

    return make


def _sentence_transformers(home: str, steps: list[tuple[str, str]]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        made = tokenizer(path.parent)
        (path / home).mkdir(parents=True)
        save_file({"embedding.weight": _random(made.get_vocab_size(), 7)}, path / home / "model.safetensors")
        made.save(str(path / home / "tokenizer.json"))
        kinds = [
            {"idx": i, "name": str(i), "path": where, "type": f"sentence_transformers.models.{kind}"}
            for i, (where, kind) in enumerate(steps)
        ]
        (path / "modules.json").write_text(json.dumps(kinds))
        (path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {}}))
        for where, kind in steps:
            if kind == "Normalize":
                (path / where).mkdir()

    return make


MODEL2VEC: Final[dict[str, Callable[[Path], None]]] = {
    "float32": _typed("float32", 0),
    "float16": _typed("float16", 1),
    "float64": _typed("float64", 8),
    "int8": _typed("int8", 2),
    "clusters": _clusters,
    "plain": _plain,
    "old": _old,
    "words": _kind("words"),
    "bytes": _kind("bytes"),
}
SENTENCE_TRANSFORMERS: Final[dict[str, Callable[[Path], None]]] = {
    "st": _sentence_transformers("", [("", "StaticEmbedding")]),
    "st-normalize": _sentence_transformers(
        "0_StaticEmbedding", [("0_StaticEmbedding", "StaticEmbedding"), ("1_Normalize", "Normalize")]
    ),
}
CASES: Final = MODEL2VEC | SENTENCE_TRANSFORMERS


def write(path: Path, name: str) -> Path:
    """The model folder of a case; its tokenizer is made beside it."""
    CASES[name](path)
    return path
