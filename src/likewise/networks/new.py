"""GTE of version 1.5 and later, in the folders that ask for code of their own (Alibaba-NLP/new-impl)."""

from __future__ import annotations

from typing import final

from likewise.networks._gte import GteEncoder

__all__ = ["New"]


@final
class New(GteEncoder):
    """`model_type` new, in the layout of that code's `NewModel`: the network that transformers calls gte."""

    theta = 10000.0
    segments = 0
