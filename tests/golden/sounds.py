"""The cases of the golden sounds: small random audio networks as transformers saves them, and what they hear."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from likewise.types import Sound
from tests.golden.heard import sound
from tests.tiny import SPECIALS, word_pieces

__all__ = ["CASES", "LAYOUTS", "TEXTS", "Case", "sounds", "write"]

LAYOUTS: Final = Path(__file__).with_name("sounds.json")
"""What transformers saves for every case: config.json, settings of its extractor, names and shapes of tensors."""

_PIECES: Final = {piece: i for i, piece in enumerate([*SPECIALS, *digits, *ascii_lowercase])}

TEXTS: Final = ((0, 9, 7, 12, 2), (0, 8, 2), (0, 5, 5, 9, 21, 30, 2))
"""Token ids of texts for joint networks."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network and a feature extractor, both of transformers, and how they depart from the defaults.

    `renamed` are parts of tensor names that checkpoints on the hub write otherwise.
    """

    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    extractor: str = "Wav2Vec2FeatureExtractor"
    settings: dict[str, Any] = field(default_factory=dict)
    renamed: tuple[tuple[str, str], ...] = ()


_SPEECH: Final[dict[str, Any]] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": [8, 8, 12],
    "conv_kernel": [10, 3, 2],
    "conv_stride": [5, 4, 3],
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "vocab_size": 40,
    "proj_codevector_dim": 8,
    "codevector_dim": 8,
    "num_codevectors_per_group": 4,
}
_STABLE: Final[dict[str, Any]] = _SPEECH | {
    "feat_extract_norm": "layer",
    "conv_bias": True,
    "do_stable_layer_norm": True,
    "num_conv_pos_embeddings": 7,
}
_MASKED: Final = {"return_attention_mask": True}
_OLD: Final = (
    ("parametrizations.weight.original0", "weight_g"),
    ("parametrizations.weight.original1", "weight_v"),
)
_WAVLM: Final = {"num_buckets": 24, "max_bucket_distance": 30}
_SPEAKERS: Final[dict[str, Any]] = {
    "tdnn_dim": [10, 10, 14],
    "tdnn_kernel": [5, 3, 1],
    "tdnn_dilation": [1, 2, 1],
    "xvector_output_dim": 9,
}
_BERT: Final[dict[str, Any]] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "left_max_position_embeddings": 6,
    "right_max_position_embeddings": 3,
    "conv_depthwise_kernel_size": 5,
    "output_hidden_size": 16,
}
_WHISPER: Final[dict[str, Any]] = {
    "d_model": 16,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 24,
    "vocab_size": 60,
    "max_source_positions": 50,
    "max_target_positions": 12,
    "num_mel_bins": 20,
    "pad_token_id": 1,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "decoder_start_token_id": 2,
}
_SECOND: Final = {"chunk_length": 1, "feature_size": 20}
_AST: Final[dict[str, Any]] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "num_mel_bins": 32,
    "max_length": 64,
}
_BANKS: Final = {"num_mel_bins": 32, "max_length": 64, "mean": -5.0, "std": 3.0}
_CLAP: Final[dict[str, Any]] = {
    "projection_dim": 12,
    "text_config": {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "vocab_size": 44,
        "max_position_embeddings": 20,
    },
    "audio_config": {
        "hidden_size": 32,
        "patch_embeds_hidden_size": 8,
        "depths": [2, 2, 1],
        "num_attention_heads": [2, 2, 4],
        "window_size": 4,
        "spec_size": 64,
        "num_mel_bins": 16,
        "mlp_ratio": 2.0,
        "aff_block_r": 2,
    },
}
_MELS: Final[dict[str, Any]] = {
    "feature_size": 16,
    "sampling_rate": 16_000,
    "hop_length": 80,
    "max_length_s": 1,
    "fft_window_size": 256,
    "frequency_min": 50,
    "frequency_max": 7000,
    "truncation": "rand_trunc",
}
_FUSED: Final = {"enable_fusion": True, "fusion_type": "aff_2d", "spec_size": 128, "num_mel_bins": 64}

CASES: Final[dict[str, Case]] = {
    "wav2vec2": Case("Wav2Vec2ForPreTraining", _SPEECH, renamed=_OLD),
    "wav2vec2-stable": Case("Wav2Vec2Model", _STABLE, settings=_MASKED),
    "wav2vec2-tuned": Case("Wav2Vec2ForSequenceClassification", _SPEECH | {"classifier_proj_size": 10}),
    "wav2vec2-blended": Case(
        "Wav2Vec2ForSequenceClassification", _SPEECH | {"classifier_proj_size": 10, "use_weighted_layer_sum": True}
    ),
    "hubert": Case("HubertModel", _SPEECH, renamed=_OLD),
    "hubert-plain": Case("HubertModel", _STABLE | {"feat_proj_layer_norm": False}, settings=_MASKED),
    "hubert-blended": Case(
        "HubertForSequenceClassification", _STABLE | {"classifier_proj_size": 10, "use_weighted_layer_sum": True}
    ),
    "wavlm": Case("WavLMModel", _SPEECH | _WAVLM, settings={"do_normalize": False}, renamed=_OLD),
    "wavlm-stable": Case("WavLMModel", _STABLE | _WAVLM, settings=_MASKED),
    "wavlm-speakers": Case(
        "WavLMForXVector",
        _SPEECH | _WAVLM | _SPEAKERS | {"use_weighted_layer_sum": True},
        settings={"do_normalize": False},
    ),
    "wav2vec2-speakers": Case("Wav2Vec2ForXVector", _SPEECH | _SPEAKERS, settings=_MASKED),
    "wav2vec2_bert": Case("Wav2Vec2BertModel", _BERT, "SeamlessM4TFeatureExtractor", {"padding_value": 1}),
    "wav2vec2_bert-tuned": Case(
        "Wav2Vec2BertForSequenceClassification",
        _BERT | {"classifier_proj_size": 10, "use_weighted_layer_sum": True, "hidden_act": "gelu"},
        "SeamlessM4TFeatureExtractor",
    ),
    "whisper": Case("WhisperForConditionalGeneration", _WHISPER, "WhisperFeatureExtractor", _SECOND),
    "whisper-tuned": Case(
        "WhisperForAudioClassification", _WHISPER | {"classifier_proj_size": 10}, "WhisperFeatureExtractor", _SECOND
    ),
    "whisper-blended": Case(
        "WhisperForAudioClassification",
        _WHISPER | {"classifier_proj_size": 10, "use_weighted_layer_sum": True},
        "WhisperFeatureExtractor",
        _SECOND,
    ),
    "audio_spectrogram_transformer": Case("ASTForAudioClassification", _AST, "ASTFeatureExtractor", _BANKS),
    "audio_spectrogram_transformer-plain": Case(
        "ASTModel", _AST | {"qkv_bias": False, "time_stride": 7}, "ASTFeatureExtractor", _BANKS
    ),
    "audio_spectrogram_transformer-new": Case(
        "ASTForAudioClassification",
        _AST,
        "ASTFeatureExtractor",
        _BANKS,
        (
            ("encoder.layer.", "layers."),
            ("attention.attention.query", "attention.q_proj"),
            ("attention.attention.key", "attention.k_proj"),
            ("attention.attention.value", "attention.v_proj"),
            ("attention.output.dense", "attention.o_proj"),
            ("intermediate.dense", "mlp.fc1"),
            ("output.dense", "mlp.fc2"),
        ),
    ),
    "clap": Case("ClapModel", _CLAP, "ClapFeatureExtractor", _MELS),
    "clap-fused": Case(
        "ClapModel",
        _CLAP | {"audio_config": _CLAP["audio_config"] | _FUSED},
        "ClapFeatureExtractor",
        _MELS | {"truncation": "fusion", "feature_size": 64},
    ),
}


def sounds() -> list[Sound]:
    """Three sounds of several lengths, the last longer than an input of some."""
    return [sound(seconds, 16_000) for seconds in (0.31, 0.6, 1.2)]


def write(path: Path, name: str) -> Path:
    """The folder of a case, as a user has it."""
    layout = json.loads(LAYOUTS.read_text())[name]
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sorted(CASES).index(name))
    (path / "config.json").write_text(json.dumps(layout["config"]))
    (path / "preprocessor_config.json").write_text(json.dumps(layout["extractor"]))
    if "text_config" in layout["config"]:
        word_pieces(_PIECES, 18).save(str(path / "tokenizer.json"))
    shapes = layout["shapes"]
    save_file({tensor: _random(rng, tensor, shapes[tensor]) for tensor in sorted(shapes)}, path / "model.safetensors")
    return path


def _random(rng: np.random.Generator, name: str, shape: list[int]) -> NDArray[Any]:
    values = np.asarray(rng.standard_normal(shape))
    if name.endswith("relative_position_index"):
        return _apart(int(shape[0] ** 0.5))
    if name.endswith(("num_batches_tracked", "position_ids", "token_type_ids")):
        return np.zeros(shape, np.int64)
    if len(shape) < 2 or name.endswith(("weight_g", "original0", "gru_rel_pos_const")):
        near = 0.0 if name.endswith(("bias", "running_mean")) else 1.0
        return np.asarray(near + 0.2 * values, np.float32)
    table = any(part in name for part in ("embeddings", "embed_positions", "token", "rel_attn_embed", "bias_table"))
    # wide enough that attention is far from even: a wrong place or scale shows in the first digits
    return (values * (0.7 if table else 1.2 * float(np.prod(shape[1:])) ** -0.5)).astype(np.float32)


def _apart(side: int) -> NDArray[np.int64]:
    """The table row of every two places of a window, which checkpoints of CLAP carry along."""
    made = np.empty((side**2, side**2), np.int64)
    for i, j in np.ndindex(made.shape):
        down, across = i // side - j // side, i % side - j % side
        made[i, j] = (down + side - 1) * (2 * side - 1) + across + side - 1
    return made
