"""LanguageBind for image and words (Zhu et al. 2023, arXiv:2310.01852)."""

from __future__ import annotations

from typing import final

from likewise.networks._languagebind import LanguageBind

__all__ = ["LanguageBindImage"]


@final
class LanguageBindImage(LanguageBind):
    """`model_type` LanguageBindImage, in the layout of its makers on the hub."""

    sense = "image"
