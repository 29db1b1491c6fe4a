"""Towers of images and words as CLIP lays them out (Radford et al. 2021), and SigLIP after it (Zhai et al. 2023)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights, hidden
from likewise.networks._encoder import embedded, heads, joined
from likewise.networks._patches import PIXELS, PreNorm, clip_names, grid, led, patches, placed
from likewise.networks._sight import sight
from likewise.networks._steps import Pooling, pooled
from likewise.types import Vectors

__all__ = ["JointClip", "clip_block", "clip_image", "clip_text", "siglip_image", "siglip_patches", "siglip_text"]

_TEXT: Final[Inputs] = (("ids", "int32", 2), ("mask", "float32", 2))

_CLIP: Final = {"num_hidden_layers": 12, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}
_SIGLIP: Final = {"num_hidden_layers": 12, "hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6}
_BASE: Final = {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12}
_USUAL: Final[dict[str, dict[str, Any]]] = {
    "clip image": {**_CLIP, **_BASE, "image_size": 224, "patch_size": 32},
    "clip text": {
        **_CLIP,
        "hidden_size": 512,
        "intermediate_size": 2048,
        "num_attention_heads": 8,
        "vocab_size": 49408,
        "max_position_embeddings": 77,
    },
    "siglip image": {**_SIGLIP, **_BASE, "image_size": 224, "patch_size": 16},
    "siglip text": {**_SIGLIP, **_BASE, "vocab_size": 32000, "max_position_embeddings": 64},
}
"""What config.json leaves out where it is as usual."""


class JointClip(Senses):
    """Images and words, each projected to their common space; leaves say which checkpoints they are."""

    cosine = True

    @property
    def towers(self) -> Mapping[str, Tower]:
        facts, weights = self.facts, self.weights
        dim = facts.integer("projection_dim", 512)
        return {
            "image": clip_image(facts.inside("vision_config"), weights, self.shown, dim),
            "text": clip_text(facts.inside("text_config"), weights, dim),
        }


def clip_image(facts: Facts, weights: Weights, shown: tuple[int, int] | None, dim: int | None) -> Tower:
    """The tower of images: the normed class token, projected to `dim` without a bias; None: not projected.

    `features` are the normed class token, `tokens` the states of patches.
    """
    facts = facts.besides(_USUAL["clip image"])
    rows, columns = grid(facts, shown)
    width = facts.integer("hidden_size")
    own = weights.below("vision_model.", "")

    def build(ops: Ops, pixels: Node) -> Mapping[str, Node]:
        kernel = own("embeddings.patch_embedding.weight", width, 3, *facts.pair("patch_size"))
        x = patches(ops, pixels, kernel, None)
        places = _places(facts, own, (rows, columns), 1)
        x = ops.add(x, ops.constant(places[None, 1:]))
        first = own("embeddings.class_embedding", width)
        x = led(ops, x, first[None] + places[:1])
        block = clip_block(facts, own)
        x = block.norm(ops, x, "pre_layrnorm")
        x = _through(ops, block, x, facts, None)
        found = {"tokens": ops.slice(x, 1, 1)}
        found["features"] = block.norm(ops, ops.first(x), "post_layernorm")
        found["embedding"] = found["features"]
        if dim is not None:
            found["embedding"] = ops.linear(found["features"], weights("visual_projection.weight", dim, width))
        return found

    facts.split("hidden_size", "num_attention_heads")
    return Tower(PIXELS, dim or width, rows * columns + 1, build)


def clip_text(facts: Facts, weights: Weights, dim: int) -> Tower:
    """The tower of words: tokens see those before them, the last one is projected to `dim` without a bias."""
    facts = facts.besides(_USUAL["clip text"])
    width = facts.integer("hidden_size")

    def build(ops: Ops, ids: Node, mask: Node) -> Mapping[str, Node]:
        x = _read(ops, ids, facts, weights, sight(ops, mask, causal=True))
        found = {"tokens": x, "features": pooled(ops, x, mask, Pooling(("lasttoken",)), ())}
        found["embedding"] = ops.linear(found["features"], weights("text_projection.weight", dim, width))
        return found

    return _text_tower(facts, dim, build, fixed=False)


def siglip_image(facts: Facts, weights: Weights, shown: tuple[int, int] | None) -> Tower:
    """The tower of images: a learnt question attends to the states of patches; without that head there is no vector."""
    facts = facts.besides(_USUAL["siglip image"])
    rows, columns = grid(facts, shown)
    width = facts.integer("hidden_size")
    own = weights.below("vision_model.", "")

    def build(ops: Ops, pixels: Node) -> Mapping[str, Node]:
        kernel = own("embeddings.patch_embedding.weight", width, 3, *facts.pair("patch_size"))
        x = patches(ops, pixels, kernel, own("embeddings.patch_embedding.bias", width))
        x = ops.add(x, ops.constant(_places(facts, own, (rows, columns), 0)[None]))
        block = clip_block(facts, own)
        x = block.norm(ops, _through(ops, block, x, facts, None), "post_layernorm")
        return {"embedding": _asked(ops, block, x, "head", None), "tokens": x}

    facts.split("hidden_size", "num_attention_heads")
    facts.only({"vision_use_head": True})
    return Tower(PIXELS, width, rows * columns, build)


def siglip_patches(facts: Facts, weights: Weights) -> Tower:
    """The tower of images that come as rows of patches of any length (NaFlex), by `likewise.modalities.patches`."""
    facts = facts.besides({**_USUAL["siglip image"], "num_patches": 256})
    width, count, patch = facts.integer("hidden_size"), facts.integer("num_patches"), facts.integer("patch_size")
    own = weights.below("vision_model.", "")

    def build(ops: Ops, pixels: Node, mask: Node, rows: Node, columns: Node) -> Mapping[str, Node]:
        kernel, shift = own.linear("embeddings.patch_embedding", width, 3 * patch * patch)
        shares = ops.reshape(ops.multiply(ops.expand(rows, 3), ops.expand(columns, 2)), (0, 0, -1))
        table = own("embeddings.position_embedding.weight", count, width)
        places = ops.linear(shares, np.ascontiguousarray(table.T))
        bias = hidden(ops, mask)
        block = clip_block(facts, own)
        x = _through(ops, block, ops.add(ops.linear(pixels, kernel, shift), places), facts, bias)
        x = block.norm(ops, x, "post_layernorm")
        return {"embedding": _asked(ops, block, x, "head", bias), "tokens": x}

    facts.split("hidden_size", "num_attention_heads")
    facts.only({"vision_use_head": True})
    inputs: Inputs = (
        ("pixels", "float32", 3),
        ("mask", "float32", 2),
        ("rows", "float32", 3),
        ("columns", "float32", 3),
    )
    return Tower(inputs, width, count, build)


def siglip_text(facts: Facts, weights: Weights) -> Tower:
    """The tower of words: the last token of a text that is filled up to the full length, through a linear layer.

    Padding is looked at as any token: the network was trained so.
    """
    facts = facts.besides(_USUAL["siglip text"])
    width = facts.integer("hidden_size")
    dim = facts.integer("projection_size", width)

    def build(ops: Ops, ids: Node, mask: Node) -> Mapping[str, Node]:  # noqa: ARG001 (all tokens count)
        x = _read(ops, ids, facts, weights, None)
        last = ops.first(x, facts.integer("max_position_embeddings") - 1)
        return {"embedding": ops.linear(last, *weights.linear("text_model.head", dim, width)), "tokens": x}

    return _text_tower(facts, dim, build, fixed=True)


def _text_tower(facts: Facts, dim: int, build: Callable[..., Mapping[str, Node]], *, fixed: bool) -> Tower:
    facts.split("hidden_size", "num_attention_heads")
    return Tower(
        _TEXT,
        dim,
        facts.integer("max_position_embeddings"),
        build,
        pad=facts.integer("pad_token_id", 1, least=0),
        fixed=fixed,
        vocabulary=facts.integer("vocab_size"),
    )


def _read(ops: Ops, ids: Node, facts: Facts, weights: Weights, bias: Node | None) -> Node:
    """Normed states of tokens `(n, s, width)`."""
    own, width = weights.below("text_model.", ""), facts.integer("hidden_size")
    words = own("embeddings.token_embedding.weight", facts.integer("vocab_size"), width)
    places = own("embeddings.position_embedding.weight", facts.integer("max_position_embeddings"), width)
    block = clip_block(facts, own)
    x = _through(ops, block, embedded(ops, ids, None, words, places, None), facts, bias)
    return block.norm(ops, x, "final_layer_norm")


def _through(ops: Ops, block: PreNorm, x: Node, facts: Facts, bias: Node | None) -> Node:
    for layer in range(facts.integer("num_hidden_layers")):
        x = block(ops, x, f"encoder.layers.{layer}", bias)
    return x


def clip_block(facts: Facts, weights: Weights, attention: str = "self_attn") -> PreNorm:
    """The layers, with `attention` by that name."""
    return PreNorm(
        weights,
        facts.integer("hidden_size"),
        facts.integer("num_attention_heads"),
        facts.integer("intermediate_size"),
        facts.text("hidden_act"),
        facts.number("layer_norm_eps"),
        clip_names(attention),
    )


def _places(facts: Facts, weights: Weights, wanted: tuple[int, int], leading: int) -> Vectors:
    """Places of `leading` tokens and of patches in the grid that is wanted."""
    rows, columns = grid(facts)
    count = rows * columns + leading
    table = weights("embeddings.position_embedding.weight", count, facts.integer("hidden_size"))
    return np.concatenate([table[:leading], placed(table[leading:], (rows, columns), wanted)])


def _asked(ops: Ops, block: PreNorm, x: Node, name: str, bias: Node | None) -> Node:
    """What a learnt question gets from states `(n, s, dim)` by attention, through a perceptron `(n, dim)`."""
    weights, dim = block.weights, block.dim
    weight = weights(f"{name}.attention.in_proj_weight", 3 * dim, dim)
    shift = weights(f"{name}.attention.in_proj_bias", 3 * dim)
    scale = np.float32((dim // block.heads) ** -0.5)
    question = (weights(f"{name}.probe", 1, 1, dim)[0] @ weight[:dim].T + shift[:dim]) * scale
    query = ops.constant(question.reshape(1, block.heads, 1, -1))
    key, value = (
        heads(ops, ops.linear(x, weight[at : at + dim], shift[at : at + dim]), block.heads) for at in (dim, 2 * dim)
    )
    found = joined(ops, ops.attention(query, key, value, bias))
    found = ops.linear(found, *weights.linear(f"{name}.attention.out_proj", dim, dim))
    up = ops.linear(block.norm(ops, found, f"{name}.layernorm"), *weights.linear(f"{name}.mlp.fc1", block.wide, dim))
    up = ops.activation(up, block.activation)
    found = ops.add(found, ops.linear(up, *weights.linear(f"{name}.mlp.fc2", dim, block.wide)))
    return ops.first(found)
