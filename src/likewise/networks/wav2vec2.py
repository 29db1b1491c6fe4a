"""wav2vec 2.0 (Baevski et al. 2020, arXiv:2006.11477), also XLSR (Conneau et al. 2020) and MMS (Pratap et al. 2023)."""

from __future__ import annotations

from typing import final

from likewise.networks._speech import Speech

__all__ = ["Wav2Vec2"]


@final
class Wav2Vec2(Speech):
    """`model_type` wav2vec2, in the layout of transformers' `Wav2Vec2Model`."""

    prefixes = ("wav2vec2.",)
