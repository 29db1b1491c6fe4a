"""CamemBERT (Martin et al. 2020, arXiv:1911.03894), RoBERTa for French."""

from __future__ import annotations

from typing import final

from likewise.networks._roberta import RobertaEncoder

__all__ = ["Camembert"]


@final
class Camembert(RobertaEncoder):
    """`model_type` camembert, in the layout of transformers' `CamembertModel`."""
