"""ELECTRA (Clark et al. 2020, arXiv:2003.10555): BERT with embeddings that may be narrower than its states."""

from __future__ import annotations

from typing import final

from likewise.networks._encoder import Encoder

__all__ = ["Electra"]


@final
class Electra(Encoder):
    """`model_type` electra, in the layout of transformers' `ElectraModel`."""

    projection = "embeddings_project"
