"""LanguageBind for video and words (Zhu et al. 2023, arXiv:2310.01852)."""

from __future__ import annotations

from typing import final

from likewise.networks._languagebind import LanguageBind

__all__ = ["LanguageBindVideo"]


@final
class LanguageBindVideo(LanguageBind):
    """`model_type` LanguageBindVideo, in the layout of its makers on the hub."""

    sense = "video"
