"""RoBERTa (Liu et al. 2019, arXiv:1907.11692)."""

from __future__ import annotations

from typing import final

from likewise.networks._roberta import RobertaEncoder

__all__ = ["Roberta"]


@final
class Roberta(RobertaEncoder):
    """`model_type` roberta, in the layout of transformers' `RobertaModel`."""
