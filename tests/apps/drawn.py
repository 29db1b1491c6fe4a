"""A map of a few groups of things with texts, categories, numbers, dates and links, drawn by PCA."""

from __future__ import annotations

from functools import cache

import numpy as np

from likewise.apps._map_drawn import Map
from likewise.apps.map import project
from likewise.types import Embeddings, Passage, Place, Points, Report, Scalar, Space

__all__ = ["SPACE", "WORDS", "drawn", "things"]

WORDS = (
    ["tap", "leak", "washer", "pipe", "plumber", "water"],
    ["planet", "orbit", "star", "comet", "moon", "telescope"],
    ["bread", "flour", "oven", "yeast", "dough", "crust"],
    ["goal", "match", "player", "league", "referee", "ball"],
)
SPACE = Space("tests/grouped", "0" * 64, "", "mean", (), 0, 12, True, "fp32", "tests")


def things(n: int = 240, start: int = 0, seed: int = 0, space: Space = SPACE) -> Points:
    """Points in four groups; ids from `start`; the first says something in markup and has a script for a link."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 4
    middles = np.random.default_rng(7).normal(size=(4, space.dim))
    vectors = np.asarray(middles[group] + 0.35 * rng.normal(size=(n, space.dim)), np.float32)
    passages = tuple(_thing(start + at, int(g), rng) for at, g in enumerate(group))
    ids = tuple(passage.id for passage in passages)
    return Points(passages, Embeddings(ids, vectors, space, tuple(Report(i, 0, 0) for i in ids)))


def _thing(at: int, group: int, rng: np.random.Generator) -> Passage:
    text = " ".join(rng.choice(WORDS[group], 5)) + f" number{at}"
    metadata: dict[str, Scalar] = {"team": ("red", "blue", "green", "gold")[group], "score": float(rng.normal())}
    if at % 3 == 0:
        metadata["year"] = 2000 + at % 5
    if at == 0:
        text = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script></script> tap"
        metadata |= {"url": "javascript:document.title='run'", "note": "</script><script>document.title='run'</script>"}
    if at == 4:
        metadata["url"] = "https://example.org/four?a=1&b=2"
    return Passage(f"thing-{at}", f"thing-{at}", text, "", Place(0, len(text), line=1), metadata)


@cache
def drawn(n: int = 240) -> Map:
    """The map of n things."""
    return project(things(n), "pca")
