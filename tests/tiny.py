"""A small deterministic model folder in the sentence-transformers layout, for tests that need an encoder at once.

Its weights are random, yet word embeddings outweigh everything else, so that texts that share words lie near each
other: good enough to search with, and more than 5,000 short texts a second.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from string import ascii_lowercase, digits, punctuation

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

__all__ = ["SPECIALS", "tiny_model", "word_pieces"]

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_ACCENTED = "äöüßéèêàâçñåøæœабвгдежзиклмнопрстуфхцчшщыьэюяαβγδεζηθικλμνξοπρστυφχψω"


def tiny_model(
    path: Path,
    dim: int = 32,
    layers: int = 1,
    seed: int = 0,
    *,
    pooling: str = "mean",
    normalize: bool = True,
    max_length: int = 128,
    prompts: dict[str, str] | None = None,
) -> Path:
    """Write a BERT with random weights and an English WordPiece tokenizer into the folder `path`."""
    path.mkdir(parents=True, exist_ok=True)
    vocabulary = _vocabulary()
    word_pieces(vocabulary, max_length).save(str(path / "tokenizer.json"))
    save_file(_weights(len(vocabulary), dim, layers, max_length, seed), path / "model.safetensors")
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": dim,
        "intermediate_size": 2 * dim,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": max_length,
        "num_attention_heads": 2,
        "num_hidden_layers": layers,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "type_vocab_size": 2,
        "vocab_size": len(vocabulary),
    }
    _json(path / "config.json", config)
    _json(path / "sentence_bert_config.json", {"max_seq_length": max_length, "do_lower_case": False})
    _json(path / "config_sentence_transformers.json", {"prompts": prompts or {}, "default_prompt_name": None})
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": max_length}
    _json(path / "tokenizer_config.json", tokenizer | dict(zip(_NAMES, SPECIALS, strict=True)))
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")][: 3 if normalize else 2]
    kinds = [
        {"idx": i, "name": str(i), "path": where, "type": f"sentence_transformers.models.{kind}"}
        for i, (where, kind) in enumerate(modules)
    ]
    _json(path / "modules.json", kinds)
    modes = {"mean": "mean_tokens", "cls": "cls_token", "max": "max_tokens", "mean_sqrt_len": "mean_sqrt_len_tokens"}
    ways = {f"pooling_mode_{name}": mode == pooling for mode, name in modes.items()}
    _json(path / "1_Pooling" / "config.json", {"word_embedding_dimension": dim, **ways})
    return path


_NAMES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")


def _vocabulary() -> dict[str, int]:
    characters = [*ascii_lowercase, *digits, *_ACCENTED]
    pairs = ["".join(p) for p in product(ascii_lowercase, repeat=2)]
    starts = ["".join(p) for p in product(ascii_lowercase, repeat=3)]
    inside = ["##" + piece for piece in (*characters, *pairs)]
    return {piece: i for i, piece in enumerate((*SPECIALS, *punctuation, *characters, *pairs, *starts, *inside))}


def word_pieces(vocabulary: dict[str, int], max_length: int) -> Tokenizer:
    """A WordPiece tokenizer; the vocabulary begins with SPECIALS."""
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(max_length)
    return tokenizer


def _weights(vocab: int, dim: int, layers: int, positions: int, seed: int) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)

    def normal(scale: float, *shape: int) -> NDArray[np.float32]:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    def norm(name: str) -> dict[str, NDArray[np.float32]]:
        return {f"{name}.weight": 1 + normal(0.05, dim), f"{name}.bias": normal(0.02, dim)}

    def linear(name: str, out: int, into: int) -> dict[str, NDArray[np.float32]]:
        return {f"{name}.weight": normal(0.3 / into**0.5, out, into), f"{name}.bias": normal(0.02, out)}

    weights = {
        "embeddings.word_embeddings.weight": normal(1.0, vocab, dim),
        "embeddings.position_embeddings.weight": normal(0.05, positions, dim),
        "embeddings.token_type_embeddings.weight": normal(0.05, 2, dim),
        **norm("embeddings.LayerNorm"),
    }
    for i in range(layers):
        layer = f"encoder.layer.{i}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            weights |= linear(f"{layer}.{name}", dim, dim)
        weights |= linear(f"{layer}.intermediate.dense", 2 * dim, dim)
        weights |= linear(f"{layer}.output.dense", dim, 2 * dim)
        weights |= norm(f"{layer}.attention.output.LayerNorm") | norm(f"{layer}.output.LayerNorm")
    return weights
