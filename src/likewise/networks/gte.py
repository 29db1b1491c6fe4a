"""GTE of version 1.5 and later (Zhang et al. 2024, arXiv:2407.19669), as transformers has it."""

from __future__ import annotations

from typing import final

from likewise.networks._gte import GteEncoder

__all__ = ["Gte"]


@final
class Gte(GteEncoder):
    """`model_type` gte, in the layout of transformers' `GteModel`."""
