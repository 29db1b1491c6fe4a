"""Two dozen subjects, a short document of each, and a question that only it answers."""

from __future__ import annotations

from likewise.types import Item

__all__ = ["DOCUMENTS", "QUESTIONS"]

_WORDS = (
    *("tap", "rent", "moon", "bread", "lamp", "cellar", "garden", "winter", "river", "stone", "paper", "horse"),
    *(
        "apple",
        "window",
        "music",
        "sugar",
        "train",
        "clock",
        "mirror",
        "candle",
        "pepper",
        "carpet",
        "bridge",
        "engine",
    ),
)
DOCUMENTS = [Item(f"doc {w}", f"It is said of the {w} that {w} and {w} belong together.") for w in _WORDS]
QUESTIONS = [(f"what is said of {w}", f"doc {w}") for w in _WORDS]
