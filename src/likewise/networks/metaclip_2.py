"""MetaCLIP 2, CLIP for words of all the world (Chuang et al. 2025, arXiv:2507.22062)."""

from __future__ import annotations

from typing import final

from likewise.networks._clip import JointClip

__all__ = ["MetaCLIP2"]


@final
class MetaCLIP2(JointClip):
    """`model_type` metaclip_2, in the layout of transformers' `MetaClip2Model`, which is that of CLIP."""
