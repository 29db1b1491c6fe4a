"""The cases of the golden outputs beyond one vector: tokens, multi-vectors, weights of words, scores of pairs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase, digits, punctuation
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import AddedToken, Tokenizer

from tests.golden.networks import folder
from tests.tiny import SPECIALS, word_pieces

__all__ = ["ARCHITECTURES", "LAYOUTS", "MULTI", "PAIRS", "QUERIES", "SPARSE", "TEXTS", "write"]

_PAD, _UNKNOWN, _FIRST, _LAST, _MASK = SPECIALS
_SIGNS: Final = [*digits, *punctuation, *ascii_lowercase, *(f"##{c}" for c in ascii_lowercase)]
# the unknown token is not at 1, where MPNet has its padding
_PIECES: Final = {
    piece: i for i, piece in enumerate([_PAD, "[unused0]", _FIRST, _LAST, _MASK, _UNKNOWN, "[unused1]", *_SIGNS])
}
TEXTS: Final = (
    "",
    "x",
    "a river bank.",
    "The quick brown fox, jumps over the lazy dog!",
    "... !!!",
    "how do i fix a leaky faucet? " * 3,
    "Größe (面積) 12.5%",
)
QUERIES: Final = ("river bank", "how do i fix a leaky faucet? " * 2, "!", "")
_SIZES: Final = {
    "vocab_size": len(_PIECES),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}
_DISTIL: Final = {
    "vocab_size": len(_PIECES),
    "dim": 16,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 24,
    "max_position_embeddings": 40,
}
_ROBERTA: Final = _SIZES | {"type_vocab_size": 1, "max_position_embeddings": 41}
_MODERN: Final = _SIZES | {"local_attention": 8, "num_hidden_layers": 3}
_DEBERTA: Final = _SIZES | {"relative_attention": True, "position_buckets": 8, "pos_att_type": "p2c|c2p"}

ARCHITECTURES: Final[dict[str, dict[str, Any]]] = {
    "BertModel": _SIZES,
    "BertForMaskedLM": _SIZES | {"hidden_act": "relu"},
    "RobertaForMaskedLM": _ROBERTA,
    "DistilBertForMaskedLM": _DISTIL,
    "MPNetForMaskedLM": _SIZES,
    "ModernBertForMaskedLM": _MODERN,
    "BertForSequenceClassification": _SIZES | {"num_labels": 1},
    "RobertaForSequenceClassification": _ROBERTA | {"num_labels": 1},
    "XLMRobertaForSequenceClassification": _ROBERTA | {"num_labels": 1},
    "DistilBertForSequenceClassification": _DISTIL | {"num_labels": 1},
    "MPNetForSequenceClassification": _SIZES | {"num_labels": 1},
    "ElectraForSequenceClassification": _SIZES | {"num_labels": 1, "embedding_size": 16},
    "AlbertForSequenceClassification": _SIZES | {"num_labels": 1, "embedding_size": 12},
    "ModernBertForSequenceClassification": _MODERN | {"num_labels": 1, "classifier_pooling": "mean"},
    "DebertaV2ForSequenceClassification": _DEBERTA | {"num_labels": 1},
}
LAYOUTS: Final = Path(__file__).with_name("outputs.json")
"""What transformers saves for each: config.json, and the names and shapes of tensors."""

_LENGTH: Final = 24


def _network(path: Path, name: str, seed: int, **settings: Any) -> Path:
    layout = json.loads(LAYOUTS.read_text())[name]
    folder(path, layout["config"], layout["shapes"], seed)
    _tokenizer(path, name, seed % 2 == 1, **settings)
    return path


def _tokenizer(path: Path, name: str, marked: bool = False, **settings: Any) -> None:
    made: Tokenizer = word_pieces(_PIECES, _LENGTH)
    if marked:
        made.add_special_tokens([AddedToken("[unused0]", normalized=False), AddedToken("[unused1]", normalized=False)])
    made.save(str(path / "tokenizer.json"))
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": _LENGTH}
    if not name.startswith(("Albert", "Bert", "Electra", "DebertaV2")):
        tokenizer["model_input_names"] = ["input_ids", "attention_mask"]
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    _json(path / "tokenizer_config.json", tokenizer | dict(zip(names, SPECIALS, strict=True)) | settings)


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def _modules(path: Path, *steps: tuple[str, str]) -> None:
    _json(path / "modules.json", [{"idx": i, "name": str(i), "path": p, "type": t} for i, (p, t) in enumerate(steps)])


def _normal(seed: int, *shape: int) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).standard_normal(shape)
    return np.asarray(values / np.sqrt(shape[-1]), dtype=np.float32)


def _dense(path: Path, seed: int, out: int, into: int, **facts: Any) -> None:
    path.mkdir(parents=True)
    tensors = {"linear.weight": _normal(seed, out, into)}
    if facts.get("use_residual") and out != into:
        tensors["residual.weight"] = _normal(seed + 100, out, into)
    save_file(tensors, path / "model.safetensors")
    activation = "torch.nn.modules.linear.Identity"
    _json(
        path / "config.json",
        {"in_features": into, "out_features": out, "bias": False, "activation_function": activation, **facts},
    )


def _stanford(path: Path) -> None:
    _network(path, "BertModel", 1)
    weights = {f"bert.{name}": tensor for name, tensor in load_file(path / "model.safetensors").items()}
    save_file(weights | {"linear.weight": _normal(1, 8, 16)}, path / "model.safetensors")
    config = json.loads((path / "config.json").read_text())
    _json(path / "config.json", config | {"architectures": ["HF_ColBERT"]})
    facts = {"query_token_id": "[unused0]", "doc_token_id": "[unused1]", "query_maxlen": 16, "doc_maxlen": 20}
    _json(path / "artifact.metadata", facts | {"mask_punctuation": True, "attend_to_mask_tokens": False})


def _pylate(path: Path) -> None:
    _network(path, "BertModel", 3)
    _dense(path / "1_Dense", 3, 8, 16)
    _modules(path, ("", "sentence_transformers.models.Transformer"), ("1_Dense", "pylate.models.Dense.Dense"))
    facts = {
        "model_type": "ColBERT",
        "query_prefix": "[unused0] ",
        "document_prefix": "[unused1] ",
        "query_length": 14,
        "document_length": 22,
        "attend_to_expansion_tokens": True,
        "skiplist_words": [".", "a"],
    }
    _json(path / "config_sentence_transformers.json", facts)
    _json(path / "sentence_bert_config.json", {"max_seq_length": 22, "do_lower_case": False})


def _listed(path: Path) -> None:
    _network(path, "BertModel", 4)
    _dense(path / "1_Dense", 4, 16, 16, use_residual=True, module_input_name="token_embeddings")
    _dense(path / "2_Dense", 5, 8, 16, use_residual=True, module_input_name="token_embeddings")
    _json(
        path / "3_MultiVectorMask" / "config.json", {"skiplist_words": ["?"], "skiplist_tasks": ["query", "document"]}
    )
    _json(path / "4_Normalize" / "config.json", {"module_input_name": "token_embeddings"})
    home = "sentence_transformers."
    _modules(
        path,
        ("", f"{home}base.modules.transformer.Transformer"),
        ("1_Dense", f"{home}base.modules.dense.Dense"),
        ("2_Dense", f"{home}base.modules.dense.Dense"),
        ("3_MultiVectorMask", f"{home}multi_vector_encoder.modules.multi_vector_mask.MultiVectorMask"),
        ("4_Normalize", f"{home}base.modules.normalize.Normalize"),
    )
    _json(
        path / "config_sentence_transformers.json",
        {"model_type": "MultiVectorEncoder", "prompts": {"query": "ask: ", "document": ""}},
    )
    expansion = {"strategy": "min", "length": 12, "attend": False}
    _json(path / "sentence_bert_config.json", {"query_expansion": expansion, "query_length": 20})


def _splade(name: str, seed: int, way: str = "max", activation: str = "relu") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        _network(path, name, 2 * seed)
        _json(path / "1_SpladePooling" / "config.json", {"pooling_strategy": way, "activation_function": activation})
        home = "sentence_transformers.sparse_encoder.models"
        _modules(path, ("", f"{home}.MLMTransformer"), ("1_SpladePooling", f"{home}.SpladePooling"))
        _json(path / "config_sentence_transformers.json", {"model_type": "SparseEncoder", "prompts": {}})

    return make


def _masked(path: Path) -> None:
    _network(path, "BertForMaskedLM", 20)


def _routes(path: Path) -> None:
    network, query = path / "document_0_MLMTransformer", path / "query_0_SparseStaticEmbedding"
    path.mkdir(parents=True)
    _network(network, "BertForMaskedLM", 22)
    query.mkdir()
    weight = np.maximum(0, _normal(7, len(_PIECES), 1)[:, 0])
    save_file({"weight": weight}, query / "model.safetensors")
    _tokenizer(query, "Bert")
    _json(query / "config.json", {"frozen": False})
    _json(path / "document_1_SpladePooling" / "config.json", {"pooling_strategy": "max", "activation_function": "relu"})
    home = "sentence_transformers.sparse_encoder.models"
    _modules(path, ("", "sentence_transformers.models.Router"))
    _json(
        path / "router_config.json",
        {
            "types": {
                "query_0_SparseStaticEmbedding": f"{home}.SparseStaticEmbedding",
                "document_0_MLMTransformer": f"{home}.MLMTransformer",
                "document_1_SpladePooling": f"{home}.SpladePooling",
            },
            "structure": {
                "query": ["query_0_SparseStaticEmbedding"],
                "document": ["document_0_MLMTransformer", "document_1_SpladePooling"],
            },
            "parameters": {"default_route": "document", "allow_empty_key": True},
        },
    )
    _json(path / "config_sentence_transformers.json", {"model_type": "SparseEncoder", "prompts": {}})


def _pair(name: str, seed: int, **config: Any) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        _network(path, name, 2 * seed)
        _json(path / "config.json", json.loads((path / "config.json").read_text()) | config)

    return make


MULTI: Final[dict[str, Callable[[Path], None]]] = {"stanford": _stanford, "pylate": _pylate, "listed": _listed}
SPARSE: Final[dict[str, Callable[[Path], None]]] = {
    "masked": _masked,
    "splade-bert": _splade("BertForMaskedLM", 11),
    "splade-sum": _splade("BertForMaskedLM", 12, "sum"),
    "splade-twice": _splade("BertForMaskedLM", 13, "max", "log1p_relu"),
    "splade-roberta": _splade("RobertaForMaskedLM", 14),
    "splade-distilbert": _splade("DistilBertForMaskedLM", 15),
    "splade-mpnet": _splade("MPNetForMaskedLM", 16),
    "splade-modernbert": _splade("ModernBertForMaskedLM", 17),
    "routes": _routes,
}
_IDENTITY: Final = "torch.nn.modules.linear.Identity"
PAIRS: Final[dict[str, Callable[[Path], None]]] = {
    "pair-bert": _pair("BertForSequenceClassification", 21),
    "pair-identity": _pair("BertForSequenceClassification", 22, sentence_transformers={"activation_fn": _IDENTITY}),
    "pair-older": _pair("BertForSequenceClassification", 23, sbert_ce_default_activation_function=_IDENTITY),
    "pair-roberta": _pair("RobertaForSequenceClassification", 24),
    "pair-xlm_roberta": _pair("XLMRobertaForSequenceClassification", 25),
    "pair-distilbert": _pair("DistilBertForSequenceClassification", 26),
    "pair-mpnet": _pair("MPNetForSequenceClassification", 27),
    "pair-electra": _pair("ElectraForSequenceClassification", 28),
    "pair-modernbert": _pair("ModernBertForSequenceClassification", 29),
    "pair-first": _pair("ModernBertForSequenceClassification", 30, classifier_pooling="cls"),
    "pair-deberta_v2": _pair("DebertaV2ForSequenceClassification", 31),
    "pair-albert": _pair("AlbertForSequenceClassification", 32),
}
_ALL: Final = MULTI | SPARSE | PAIRS


def write(path: Path, name: str) -> Path:
    """The model folder of a case."""
    _ALL[name](path)
    return path
