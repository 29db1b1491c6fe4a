"""Qwen2-VL as an encoder (Wang et al. 2024, arXiv:2409.12191): images and words, pooled from the last token, as GME."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, final

from likewise.modalities.patched import Patched
from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._multimodal import SEEN, TEXT, preparing
from likewise.networks._qwen2_vl import reader, seen

__all__ = ["Qwen2VL"]

_BEFORE: Final = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
_AFTER: Final = "<|im_end|>\n<|im_start|>assistant\n<|endoftext|>"


@final
class Qwen2VL(Senses):
    """`model_type` qwen2_vl, in the layout of transformers' `Qwen2VLForConditionalGeneration`.

    A content stands in the message that GME (Zhang et al. 2024, arXiv:2412.16855) was trained with, and the last token
    is the embedding. Image tokens have places in height and width; GME's own code numbers them one after the other, and
    so are they here where config.json names that code.
    """

    cosine = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.text = facts.inside("text_config").besides(facts.given())
        self.vision = facts.inside("vision_config")
        self.dim = self.text.integer("hidden_size")
        self.merge = self.vision.integer("spatial_merge_size", 2)

    @property
    def towers(self) -> Mapping[str, Tower]:
        read, positions = reader(self.text, self.weights), self.text.integer("max_position_embeddings")
        before, after = self.framed(_BEFORE), self.framed(_AFTER) + self.framed("")
        words = Tower(TEXT, self.dim, positions, read.text, vocabulary=read.vocabulary, before=before, after=after)
        usual = Patched(
            self.vision.integer("patch_size", 14), self.merge, self.vision.integer("temporal_patch_size", 2)
        )
        own = json.dumps([self.facts.given().get(name) for name in ("architectures", "auto_map")]).lower()
        prepared = preparing(
            self.weights.path,
            usual,
            before=(*before, self.facts.integer("vision_start_token_id", 151652)),
            after=(self.facts.integer("vision_end_token_id", 151653), *after),
            token=self.facts.integer("image_token_id", 151655),
            spatial="gme" not in own,
        )

        def image(ops: Ops, patches: Node, seats: Node, shown: Node, *told: Node) -> Mapping[str, Node]:
            tokens = seen(self.vision, self.weights, self.dim, ops, patches, seats, shown)
            return read.image(ops, tokens, (), told)

        return {"image": Tower(SEEN, self.dim, prepared.most // prepared.patch**2, image, prepared), "text": words}
