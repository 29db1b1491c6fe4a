"""Jina embeddings v3 (Sturua et al. 2024, arXiv:2409.10173): XLM-RoBERTa with rotary positions; no adapters."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

from likewise.networks._turned import NATIVE, Layout, TurnedEncoder

__all__ = ["JinaEmbeddingsV3"]

_FIRST: Final = Layout(
    norm="emb_ln",
    layer="encoder.layers",
    qkv=("mixer.Wqkv",),
    mix="mixer.out_proj",
    mix_norm="norm1",
    wide=("mlp.fc1",),
    down="mlp.fc2",
    down_norm="norm2",
)


@final
class JinaEmbeddingsV3(TurnedEncoder):
    """`model_type` jina_embeddings_v3, in the layout of transformers' `JinaEmbeddingsV3Model`."""

    layouts = (_FIRST, replace(NATIVE, wide=("mlp.fc1",), down="mlp.fc2"))
    theta = 20000.0
    epsilon = 1e-5
    gated = False
