"""One content kind per file: how it is cut into pieces that an encoder holds."""

from likewise.modalities._blocks import blocks
from likewise.modalities._sentences import sentences

__all__ = ["blocks", "sentences"]
