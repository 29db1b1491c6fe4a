"""The encoder of masked autoencoders (He et al. 2021, arXiv:2111.06377), which sees every patch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from likewise.networks import Senses, Tower
from likewise.networks._vit import image_tower

__all__ = ["ViTMAE"]


@final
class ViTMAE(Senses):
    """`model_type` vit_mae, in the layout of transformers' `ViTMAEModel`; the decoder of pretraining is left out."""

    prefixes = ("vit.",)

    @property
    def towers(self) -> Mapping[str, Tower]:
        return {"image": image_tower(self.facts, self.weights, self.shown, pooler=False)}
