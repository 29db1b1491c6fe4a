"""ViViT (Arnab et al. 2021, arXiv:2103.15691), its model with joint attention, in the layout of transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clips import CLIP, cubes
from likewise.networks._patches import LATER, Names, PreNorm, led

__all__ = ["ViViT"]

_LAYOUTS: Final = {"encoder.layer": Names(), "layers": LATER}
"""How layers are called on the hub, and by transformers 5 in memory."""


@final
class ViViT(Senses):
    """A class token and cubes with learnt places, blocks, a norm; the class token's state is the embedding."""

    prefixes = ("vivit.",)

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        facts.only({"num_channels": 3})
        self.dim = facts.integer("hidden_size", 768)
        self.heads = facts.integer("num_attention_heads", 12)
        self.size = [int(edge) for edge in facts.listed("tubelet_size")] or [2, 16, 16]
        edge = facts.integer("image_size", 224)
        if len(self.size) != 3 or min(self.size) < 1 or self.dim % self.heads:
            raise facts.wrong("tubelet_size", "frames, height and width, with hidden_size shared by its heads")
        self.tokens = facts.integer("num_frames", 32) // self.size[0] * (edge // self.size[1]) * (edge // self.size[2])

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"video": Tower(CLIP, self.dim, 1 + self.tokens, self._build)}

    def _build(self, ops: Ops, clip: Node) -> dict[str, Node]:
        weights, facts, dim = self.weights, self.facts, self.dim
        stem = next((s for s in _LAYOUTS if f"{s}.0.layernorm_before.weight" in weights), "layers")
        block = PreNorm(
            weights,
            dim,
            self.heads,
            facts.integer("intermediate_size", 3072),
            _ACTIVATIONS.get(facts.text("hidden_act", "gelu_fast"), facts.text("hidden_act", "gelu_fast")),
            facts.number("layer_norm_eps", 1e-6),
            _LAYOUTS[stem],
        )
        x = cubes(ops, clip, weights, "embeddings.patch_embeddings.projection", dim, self.size)
        places = weights("embeddings.position_embeddings", 1, self.tokens + 1, dim)
        x = ops.add(led(ops, x, weights("embeddings.cls_token", 1, 1, dim)[0]), ops.constant(places))
        for i in range(facts.integer("num_hidden_layers", 12)):
            x = block(ops, x, f"{stem}.{i}")
        x = block.norm(ops, x, "layernorm")
        found = {"embedding": ops.first(x), "tokens": x}
        return found | ({"features": ops.first(x)} if "classifier.weight" in weights else {})


_ACTIVATIONS: Final = {"gelu_fast": "gelu_new"}
"""gelu_fast is the tanh approximation in another order of multiplications."""
