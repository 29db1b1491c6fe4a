"""A small deterministic decoder folder: byte-level BPE, Qwen3 layers, the last token pooled."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tests.golden.decoders import CASES, DIM, Case, write

__all__ = ["END", "byte_tokenizer", "decoder_model", "halved", "marked_tokenizer", "sharded"]

END = "<|endoftext|>"

_CORPUS = (
    "How do I fix a leaky faucet? The quick brown fox jumps over the lazy dog. Query: word words and Größe",
    "Instruct: Given a question, retrieve passages that answer it\nQuery: how do I fix a faucet in the kitchen?",
    "a-b_c 1,234.5 (100%) площадь xxxx the there then these",
)


def byte_tokenizer(head: str = "", tail: str = "") -> Tokenizer:
    """Byte-level BPE as GPT-2 and Qwen have it, with the special tokens that are named around a text."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[END, "<s>"],
        show_progress=False,
    )
    made.train_from_iterator(_CORPUS, trainer)
    _frame(made, head, tail)
    return made


def marked_tokenizer() -> Tokenizer:
    """BPE as Llama and Mistral have it: blanks are marked, and so is the beginning of every text."""
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", END], show_progress=False)
    made.train_from_iterator([word for text in _CORPUS for word in text.split()], trainer)
    _frame(made, "<s>", END)
    return made


def _frame(made: Tokenizer, head: str, tail: str) -> None:
    if head or tail:
        around = [(token, made.token_to_id(token)) for token in (head, tail) if token]
        made.post_processor = processors.TemplateProcessing(
            single=" ".join(part for part in (head, "$A", tail) if part), special_tokens=around
        )


def decoder_model(
    path: Path,
    tokenizer: Tokenizer,
    name: str = "qwen3",
    *,
    pooling: dict[str, object] | None = None,
    prompts: dict[str, str] | None = None,
    told: dict[str, object] | None = None,
) -> Path:
    """The network of a golden case with as many words as the tokenizer has, in the layout of sentence-transformers.

    Without `pooling` it is a plain folder of transformers; `told` goes into tokenizer_config.json.
    """
    count = tokenizer.get_vocab_size()
    case = CASES[name]
    positions = "n_positions" if "n_positions" in case.config else "max_position_embeddings"
    write(path, Case(case.config | {"vocab_size": count, positions: 256}, case.shapes, case.seed))
    tokenizer.save(str(path / "tokenizer.json"))
    facts = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": END, "padding_side": "left"}
    _json(path / "tokenizer_config.json", facts | (told or {}))
    if prompts is not None:
        _json(path / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})
    if pooling is None:
        return path
    _json(path / "sentence_bert_config.json", {"max_seq_length": 128, "do_lower_case": False})
    _json(path / "1_Pooling" / "config.json", {"word_embedding_dimension": DIM, **pooling})
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _json(
        path / "modules.json",
        [
            {"idx": i, "name": str(i), "path": where, "type": f"sentence_transformers.models.{kind}"}
            for i, (where, kind) in enumerate(kinds)
        ],
    )
    return path


def sharded(path: Path) -> Path:
    """The same folder with its weights in two parts and an index."""
    weights = load_file(path / "model.safetensors")
    names = sorted(weights)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for part, held in parts.items():
        save_file({name: weights[name] for name in held}, path / part)
    where = {name: part for part, held in parts.items() for name in held}
    _json(path / "model.safetensors.index.json", {"metadata": {}, "weight_map": where})
    (path / "model.safetensors").unlink()
    return path


def halved(path: Path) -> Path:
    """The same folder with the upper halves of its float32 weights, which is bf16 rounded towards zero."""
    weights = load_file(path / "model.safetensors")
    header, start = {}, 0
    for name, weight in weights.items():
        header[name] = {
            "dtype": "BF16",
            "shape": weight.shape,
            "data_offsets": [start, start := start + 2 * weight.size],
        }
    said = json.dumps(header).encode()
    said += b" " * (-len(said) % 8)
    halves = b"".join((weight.view("<u4") >> 16).astype("<u2").tobytes() for weight in weights.values())
    (path / "model.safetensors").write_bytes(len(said).to_bytes(8, "little") + said + halves)
    return path


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
