"""The cases of the golden encoders: small random networks as transformers saves them, and what they are asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tests.tiny import SPECIALS, word_pieces

__all__ = ["CASES", "IDS", "LAYOUTS", "Case", "folder", "write"]

_PIECES: Final = {piece: i for i, piece in enumerate([*SPECIALS, *digits, *ascii_lowercase])}
_SIZES: Final = {
    "vocab_size": len(_PIECES),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 40,
}
_DISTIL: Final = {
    "vocab_size": len(_PIECES),
    "dim": 16,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 24,
    "max_position_embeddings": 40,
}
IDS: Final = tuple(np.random.default_rng(n).integers(len(SPECIALS), len(_PIECES), n).tolist() for n in (27, 6, 1))
"""Token ids of the texts that every network is asked, without special ones."""

LAYOUTS: Final = Path(__file__).with_name("networks.json")
"""What transformers saves for every case: config.json, and the names and shapes of tensors."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network: the class of transformers that is saved and how its config departs from the small one.

    `written` is the config.json in the folder where it is not the one that transformers writes, `renamed` changes
    the beginnings of tensor names, `apart` keeps those names that transformers has in memory.
    """

    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Any] | None = None
    renamed: tuple[str, str] = ("", "")
    apart: bool = False

    @property
    def sizes(self) -> dict[str, Any]:
        """All that the config of transformers is made of."""
        return (_DISTIL if self.architecture.startswith("DistilBert") else _SIZES) | self.config


_ROBERTA: Final[dict[str, Any]] = {"pad_token_id": 1, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
_DEBERTA: Final[dict[str, Any]] = {
    "relative_attention": True,
    "position_buckets": 8,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": "p2c|c2p",
    "position_biased_input": False,
}
_MODERN: Final[dict[str, Any]] = {"num_hidden_layers": 3, "local_attention": 8, "pad_token_id": 0}
_MODERN_4: Final = {
    **_SIZES,
    **_MODERN,
    "model_type": "modernbert",
    "attention_bias": True,
    "mlp_bias": True,
    "norm_bias": True,
    "hidden_activation": "relu",
    "global_attn_every_n_layers": 2,
    "global_rope_theta": 500.0,
    "local_rope_theta": 50.0,
}
_NOMIC: Final = {
    "model_type": "nomic_bert",
    "activation_function": "swiglu",
    "auto_map": {"AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"},
    "layer_norm_epsilon": 1e-12,
    "n_embd": 16,
    "n_head": 2,
    "n_inner": 24,
    "n_layer": 2,
    "n_positions": 40,
    "qkv_proj_bias": False,
    "mlp_fc1_bias": False,
    "mlp_fc2_bias": False,
    "rotary_emb_base": 1000,
    "rotary_emb_fraction": 1.0,
    "rotary_emb_interleaved": False,
    "rotary_emb_scale_base": None,
    "rotary_scaling_factor": None,
    "type_vocab_size": 2,
    "vocab_size": len(_PIECES),
}
_NEW: Final = {
    **_SIZES,
    "model_type": "new",
    "auto_map": {"AutoModel": "Alibaba-NLP/new-impl--modeling.NewModel"},
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "layer_norm_type": "layer_norm",
    "logn_attention_scale": False,
    "pack_qkv": True,
    "position_embedding_type": "rope",
    "rope_scaling": None,
    "rope_theta": 700.0,
}
_NTK: Final = {"factor": 2.0, "type": "ntk"}
_BIASED: Final = {"attention_bias": True, "mlp_bias": True, "num_key_value_heads": 1}

CASES: Final[dict[str, Case]] = {
    "bert": Case("BertModel"),
    "bert-head": Case("BertForMaskedLM", {"hidden_act": "relu", "type_vocab_size": 3}),
    "roberta": Case("RobertaModel", _ROBERTA),
    "roberta-head": Case("RobertaForMaskedLM", _ROBERTA),
    "xlm_roberta": Case("XLMRobertaModel", _ROBERTA),
    "xlm_roberta-head": Case("XLMRobertaForSequenceClassification", _ROBERTA | {"pad_token_id": 3}),
    "camembert": Case("CamembertModel", _ROBERTA),
    "mpnet": Case("MPNetModel"),
    "mpnet-head": Case("MPNetForMaskedLM", {"layer_norm_eps": 1e-5}),
    "distilbert": Case("DistilBertModel"),
    "distilbert-head": Case("DistilBertForMaskedLM", {"activation": "relu"}),
    "albert": Case("AlbertModel", {"embedding_size": 12}),
    "albert-groups": Case(
        "AlbertModel", {"embedding_size": 16, "num_hidden_layers": 3, "num_hidden_groups": 2, "inner_group_num": 2}
    ),
    "albert-head": Case("AlbertForMaskedLM", {"embedding_size": 12, "hidden_act": "gelu"}),
    "electra": Case("ElectraModel", {"embedding_size": 12}),
    "electra-head": Case("ElectraForPreTraining", {"embedding_size": 16}),
    "deberta_v2": Case("DebertaV2Model", _DEBERTA),
    "deberta_v2-far": Case("DebertaV2Model", _DEBERTA | {"max_relative_positions": 12}),
    "deberta_v2-own": Case(
        "DebertaV2ForMaskedLM",
        {
            "relative_attention": True,
            "max_relative_positions": 6,
            "pos_att_type": ["c2p", "p2c"],
            "embedding_size": 12,
            "type_vocab_size": 2,
        },
    ),
    "deberta_v2-c2p": Case("DebertaV2Model", _DEBERTA | {"share_att_key": False, "pos_att_type": ["c2p"]}),
    "deberta_v2-plain": Case("DebertaV2Model", {"type_vocab_size": 2}),
    "modernbert": Case("ModernBertModel", _MODERN),
    "modernbert-head": Case(
        "ModernBertForMaskedLM",
        {
            **{name: value for name, value in _MODERN_4.items() if "rope" not in name and name != "model_type"},
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 500.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
            },
        },
        written=_MODERN_4,
    ),
    "nomic_bert": Case("NomicBertModel", written=_NOMIC),
    "nomic_bert-head": Case("NomicBertForMaskedLM", {"rope_parameters": {"rope_type": "default", "rope_theta": 99.0}}),
    "nomic_bert-apart": Case("NomicBertModel", apart=True),
    "gte": Case("GteModel", {"pad_token_id": 0}),
    "gte-apart": Case("GteForMaskedLM", {"pad_token_id": 0, "type_vocab_size": 0, "hidden_act": "relu"}, apart=True),
    "new": Case(
        "GteModel",
        {"pad_token_id": 0, "type_vocab_size": 1, "rope_parameters": {"rope_type": "default", "rope_theta": 700.0}},
        written=_NEW | {"type_vocab_size": 1},
    ),
    "new-head": Case(
        "GteForMaskedLM",
        {"pad_token_id": 0, "type_vocab_size": 0, "rope_parameters": {"rope_type": "default", "rope_theta": 700.0}},
        written=_NEW | {"type_vocab_size": 0, "rope_scaling": _NTK},
        renamed=("gte.", "new."),
    ),
    "jina_embeddings_v3": Case("JinaEmbeddingsV3Model"),
    "jina_embeddings_v3-head": Case("JinaEmbeddingsV3ForMaskedLM", apart=True),
    "eurobert": Case("EuroBertModel", {"pad_token_id": 0}),
    "eurobert-head": Case("EuroBertForMaskedLM", {"pad_token_id": 0, **_BIASED}),
}


def write(path: Path, name: str) -> Path:
    """The folder of a case, as a user has it."""
    layout = json.loads(LAYOUTS.read_text())[name]
    return folder(path, layout["config"], layout["shapes"], sorted(CASES).index(name))


def folder(path: Path, config: dict[str, Any], shapes: dict[str, list[int]], seed: int) -> Path:
    """A model folder with random tensors of these shapes."""
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    (path / "config.json").write_text(json.dumps(config))
    save_file({tensor: _random(rng, tensor, shapes[tensor]) for tensor in sorted(shapes)}, path / "model.safetensors")
    word_pieces(_PIECES, 32).save(str(path / "tokenizer.json"))
    return path


def _random(rng: np.random.Generator, name: str, shape: list[int]) -> NDArray[np.float32]:
    values = rng.standard_normal(shape)
    if len(shape) < 2:
        return ((0.0 if name.endswith("bias") else 1.0) + 0.2 * values).astype(np.float32)
    table = name.endswith(("embeddings.weight", "embed_tokens.weight", "attention_bias.weight"))
    # wide enough that attention is far from even: a wrong mask or angle shows in the first digits
    return (values * (1.0 if table else 1.2 * shape[-1] ** -0.5)).astype(np.float32)
