"""LanguageBind for thermal and words (Zhu et al. 2023, arXiv:2310.01852)."""

from __future__ import annotations

from typing import final

from likewise.networks._languagebind import LanguageBind

__all__ = ["LanguageBindThermal"]


@final
class LanguageBindThermal(LanguageBind):
    """`model_type` LanguageBindThermal, in the layout of its makers on the hub."""

    sense = "thermal"
