"""CLIP, images and words in one space (Radford et al. 2021, arXiv:2103.00020)."""

from __future__ import annotations

from typing import final

from likewise.networks._clip import JointClip

__all__ = ["CLIP"]


@final
class CLIP(JointClip):
    """`model_type` clip, in the layout of transformers' `CLIPModel`, which OpenCLIP's models are converted to."""
