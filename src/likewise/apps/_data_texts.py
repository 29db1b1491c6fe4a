"""Texts as they are: languages, lengths, and what is cut off before a model reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from likewise.apps._data_finding import Finding, Trouble, shared
from likewise.apps._words_of import words_of
from likewise.types import Points

__all__ = ["languages", "lengths", "truncation"]

_SAMPLE: Final = 2_000
_LETTERS: Final = 30
_OTHER: Final = 0.02


def languages(points: Points, seed: int = 0) -> Iterator[Finding]:
    """Which languages the texts are in, by chardet, over a sample of those of at least 30 letters."""
    texts = {p.id: text for p in points.passages if sum(map(str.isalpha, text := words_of(p))) >= _LETTERS}
    if not texts:
        return
    ids = sorted(texts)
    some = sorted(np.random.default_rng(seed).permutation(len(ids))[:_SAMPLE].tolist())
    told = {ids[at]: _language(texts[ids[at]]) for at in some}
    counts = Counter(told.values())
    main, most = counts.most_common(1)[0]
    few = Counter({name: n for name, n in counts.items() if name != main and n > _OTHER * len(told)})
    rest = len(told) - most - few.total()
    parts = [f"{name} {n / len(told):.1%}" for name, n in ((main, most), *few.most_common())]
    if rest:
        parts.append(f"others {rest / len(told):.1%}")
    of = f"of {len(told):,} texts" if len(told) == len(texts) else f"of a sample of {len(told):,} texts"
    troubles = tuple(Trouble(i, f"it seems to be {name}") for i, name in told.items() if name in few)
    yield Finding(
        "languages",
        "look" if few else "fine",
        f"{of}: {', '.join(parts)}",
        "a model may know only one of them (likewise models --language); judge each apart" if few else "",
        shared(most, len(told)),
        troubles,
    )


def _language(text: str) -> str:
    import chardet

    found = chardet.detect(text.encode("utf-8", "replace"), include_encodings=["ascii", "utf-8"])
    return found["language"] or "unknown"


def lengths(points: Points) -> Iterator[Finding]:
    """How long texts are in characters; those far shorter than the others."""
    sizes = np.array([len(words_of(p)) for p in points.passages])
    if not sizes.any():
        return
    low, middle, high, most = np.quantile(sizes, [0.05, 0.5, 0.95, 1])
    tiny = [p for p, size in zip(points.passages, sizes, strict=True) if size < 3]
    troubles = tuple(Trouble(p.id, f"only {p.text!r}", leave_out=not p.text.strip()) for p in tiny)
    yield Finding(
        "lengths",
        "look" if tiny else "fine",
        f"characters: 5 % below {low:.0f}, median {middle:.0f}, 95 % below {high:.0f}, longest {most:.0f}"
        + (f"; {len(tiny):,} hold fewer than three" if tiny else ""),
        "a text of one or two characters says nothing to a model" if tiny else "",
        shared(len(tiny), len(sizes)),
        troubles,
    )


def truncation(points: Points) -> Iterator[Finding]:
    """How many texts are cut off before the model reads them to the end, and how much of all text that is."""
    reports = [r for r in points.embeddings.reports if r.seen]
    if not reports:
        return
    cut = [r for r in reports if r.truncated]
    seen, used = sum(r.seen for r in reports), sum(r.used for r in reports)
    longest = max(r.seen for r in reports)
    troubles = tuple(Trouble(r.id, f"{r.seen:,} tokens, of which {r.used:,} are read") for r in cut)
    yield Finding(
        "truncation",
        "mend" if len(cut) > 0.05 * len(reports) else "look" if cut else "fine",
        f"{len(cut):,} of {len(reports):,} texts are cut by {points.space.model} ({points.space.max_length:,} tokens; "
        f"the longest has {longest:,}); {1 - used / seen:.1%} of all tokens are never read",
        "split them (a collection does), take a model that reads more, or --overflow mean" if cut else "",
        shared(len(cut), len(reports)),
        troubles,
    )
