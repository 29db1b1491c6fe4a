"""BERT (Devlin et al. 2018, arXiv:1810.04805), absolute positions."""

from __future__ import annotations

from typing import final

from likewise.networks._encoder import Encoder

__all__ = ["Bert"]


@final
class Bert(Encoder):
    """`model_type` bert, in the layout of transformers' `BertModel`."""
