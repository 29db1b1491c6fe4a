"""XLM-RoBERTa (Conneau et al. 2020, arXiv:1911.02116), under multilingual E5 and BGE-M3."""

from __future__ import annotations

from typing import final

from likewise.networks._roberta import RobertaEncoder

__all__ = ["XLMRoberta"]


@final
class XLMRoberta(RobertaEncoder):
    """`model_type` xlm-roberta, in the layout of transformers' `XLMRobertaModel`."""
