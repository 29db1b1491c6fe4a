"""ColQwen2 (Faysse et al. 2024, arXiv:2407.01449): pages as images, questions about them, a vector for every token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from likewise.modalities.patched import Patched
from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._multimodal import SEEN, TEXT, preparing
from likewise.networks._qwen2_vl import reader, seen

__all__ = ["ColQwen2"]

_BEFORE: Final = "<|im_start|>user\n"
_AFTER: Final = "Describe the image.<|im_end|><|endoftext|>"
_QUERY: Final = "Query: "
_REST: Final = "<|endoftext|>" * 10 + "\n"
"""Tokens behind a question that have vectors too: room to think of other words."""


@final
class ColQwen2(Senses):
    """`model_type` colqwen2, in the layout of transformers' `ColQwen2ForRetrieval`: Qwen2-VL and a projection.

    `tokens` `(n, s, dim)` are of length 1, those of padding zero. The embedding is their sum, which its makers do not
    use: pages are compared by best matches.
    """

    cosine = True
    multi = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.model = facts.inside("vlm_config")
        self.text = self.model.inside("text_config").besides(self.model.given())
        self.vision = self.model.inside("vision_config")
        self.width, self.dim = self.text.integer("hidden_size"), facts.integer("embedding_dim", 128)

    @property
    def towers(self) -> Mapping[str, Tower]:
        own = self.weights.below("vlm.")
        read, positions = reader(self.text, own), self.text.integer("max_position_embeddings")
        usual = Patched(
            self.vision.integer("patch_size", 14),
            self.vision.integer("spatial_merge_size", 2),
            self.vision.integer("temporal_patch_size", 2),
            most=768 * 28 * 28,
        )
        prepared = preparing(
            self.weights.path,
            usual,
            before=(*self.framed(_BEFORE), self.model.integer("vision_start_token_id", 151652)),
            after=(self.model.integer("vision_end_token_id", 151653), *self.framed(_AFTER)),
            token=self.model.integer("image_token_id", 151655),
            spatial=False,
        )

        def image(ops: Ops, patches: Node, seats: Node, shown: Node, *told: Node) -> Mapping[str, Node]:
            tokens = seen(self.vision, own, self.width, ops, patches, seats, shown)
            return self._found(ops, read.image(ops, tokens, (), told)["tokens"], told[1])

        def text(ops: Ops, ids: Node, mask: Node) -> Mapping[str, Node]:
            return self._found(ops, read.text(ops, ids, mask)["tokens"], mask)

        units, rest = prepared.most // prepared.patch**2, self.framed(_REST)
        words = Tower(TEXT, self.dim, positions, text, vocabulary=read.vocabulary, after=rest, prompt=_QUERY)
        return {"image": Tower(SEEN, self.dim, units, image, prepared), "text": words}

    def _found(self, ops: Ops, states: Node, mask: Node) -> Mapping[str, Node]:
        weight, bias = self.weights.linear("embedding_proj_layer", self.dim, self.width)
        tokens = ops.multiply(ops.normalize(ops.linear(states, weight, bias)), ops.expand(mask, 2))
        return {"embedding": ops.sum(tokens, 1), "tokens": tokens}
