"""Heads of checkpoints: logits over the vocabulary, and the score of a pair, in the layouts of transformers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from likewise.encoders.text._model import Model
from likewise.errors import ModelError
from likewise.networks import Node, Ops
from likewise.networks._steps import Pooling
from likewise.types import Vectors

__all__ = ["scored", "words"]

_BLOCK: Final = 4096
"""Words whose logits are held at once: of all words they would be a hundred times the size of the states."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Names of a masked language model's head, and what config.json calls its activation and its epsilon."""

    dense: str
    norm: str
    decoder: str
    bias: str
    activation: str = ""
    epsilon: str = "layer_norm_eps"


_HEADS: Final = (
    _Words(
        "cls.predictions.transform.dense",
        "cls.predictions.transform.LayerNorm",
        "cls.predictions.decoder.weight",
        "cls.predictions.bias",
        "hidden_act",
    ),
    _Words("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder.weight", "lm_head.bias"),
    _Words("vocab_transform", "vocab_layer_norm", "vocab_projector.weight", "vocab_projector.bias", "activation", ""),
    _Words("head.dense", "head.norm", "decoder.weight", "decoder.bias", "classifier_activation", "norm_eps"),
)
"""BERT; RoBERTa, XLM-R and MPNet; DistilBERT; ModernBERT."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Names of a head that scores, its usual activation, and what config.json calls that."""

    dense: str
    out: str
    usual: str
    activation: str = ""
    norm: str = ""


_PAIRS: Final = (
    _Pair("classifier.dense", "classifier.out_proj", "tanh"),
    _Pair("pre_classifier", "classifier", "relu"),
    _Pair("head.dense", "classifier", "gelu", "classifier_activation", "head.norm"),
    _Pair("pooler.dense", "classifier", "tanh", "pooler_hidden_act"),
    _Pair("pooler", "classifier", "tanh"),
)
"""RoBERTa, XLM-R and MPNet; DistilBERT; ModernBERT; BERT and DeBERTa; ALBERT."""

_USUAL: Final = {"electra": "gelu", "deberta_v2": "gelu"}
"""Architectures with the layout of another and an activation of their own."""

_TABLES: Final = ("embeddings.word_embeddings.weight", "embeddings.tok_embeddings.weight")
"""Word embeddings, which are the decoder too where the checkpoint has none (tied weights)."""


def words(model: Model, finish: Callable[[Ops, Node], Node]) -> Callable[[Ops, Node], Node]:
    """From states `(n, s, d)` to `(n, vocabulary)`: `finish` is given the logits `(n, s, w)` of a part of the words and
    makes `(n, w)` of them.

    Raises ModelError for a checkpoint without such a head.
    """
    weights, dim, facts = model.weights, model.network.dim, model.folder.settings.facts
    names = next((head for head in _HEADS if f"{head.dense}.weight" in weights), None)
    if names is None or not (names.bias in weights or names.decoder in weights):
        raise ModelError(f"{model.path} has no head of a masked language model: it cannot weigh words")
    dense, norm = (
        _linear(model, names.dense, dim, dim),
        (
            weights(f"{names.norm}.weight", dim),
            weights.optional(f"{names.norm}.bias", dim),
        ),
    )
    table = next((name for name in (names.decoder, *_TABLES) if name in weights), names.decoder)
    decoder = weights(table, model.network.vocabulary, dim)
    bias = weights.optional(names.bias, model.network.vocabulary)
    activation = facts.text(names.activation, "gelu") if names.activation else "gelu"
    epsilon = facts.number(names.epsilon, 1e-5 if names.epsilon == "norm_eps" else 1e-12) if names.epsilon else 1e-12

    def head(ops: Ops, states: Node) -> Node:
        x = ops.layer_norm(ops.activation(ops.linear(states, *dense), activation), *norm, epsilon)
        parts = [
            finish(ops, ops.linear(x, decoder[at : at + _BLOCK], None if bias is None else bias[at : at + _BLOCK]))
            for at in range(0, len(decoder), _BLOCK)
        ]
        return parts[0] if len(parts) == 1 else ops.concat(parts, 1)

    return head


def scored(model: Model) -> tuple[Pooling, Callable[[Ops, Node], Node]]:
    """How states become a vector `(n, d)` for each pair, and from that to one score `(n, 1)`.

    Raises ModelError for a checkpoint without a head that scores.
    """
    weights, dim, settings = model.weights, model.network.dim, model.folder.settings
    facts = settings.facts
    names = next((p for p in _PAIRS if f"{p.dense}.weight" in weights and f"{p.out}.weight" in weights), None)
    if names is None:
        raise ModelError(f"{model.path} has no head that scores a pair: it is no reranker")
    if "1" in facts.inside("id2label"):
        raise ModelError(f"{model.path} sorts pairs into several classes: a reranker gives one score")
    dense, out = _linear(model, names.dense, dim, dim), _linear(model, names.out, 1, dim)
    usual = _USUAL.get(settings.kind, names.usual)
    activation = facts.text(names.activation, usual) if names.activation else usual
    norm = (weights(f"{names.norm}.weight", dim), weights.optional(f"{names.norm}.bias", dim)) if names.norm else None
    mean = bool(names.norm) and facts.text("classifier_pooling", "cls") == "mean"
    epsilon = facts.number("norm_eps", 1e-5)

    def head(ops: Ops, x: Node) -> Node:
        x = ops.activation(ops.linear(x, *dense), activation)
        x = x if norm is None else ops.layer_norm(x, *norm, epsilon)
        return ops.linear(x, *out)

    return Pooling(("mean" if mean else "cls",)), head


def _linear(model: Model, name: str, out: int, into: int) -> tuple[Vectors, Vectors | None]:
    return model.weights(f"{name}.weight", out, into), model.weights.optional(f"{name}.bias", out)
