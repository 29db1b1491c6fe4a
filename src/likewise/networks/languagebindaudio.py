"""LanguageBind for audio and words (Zhu et al. 2023, arXiv:2310.01852)."""

from __future__ import annotations

from typing import final

from likewise.networks._languagebind import LanguageBind

__all__ = ["LanguageBindAudio"]


@final
class LanguageBindAudio(LanguageBind):
    """`model_type` LanguageBindAudio, in the layout of its makers on the hub."""

    sense = "audio"
