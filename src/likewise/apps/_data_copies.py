"""Copies: what is there twice, what of the training data is in the test data, and labels that copies disagree on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from likewise.apps._data_finding import Finding, Trouble, shared
from likewise.apps.duplicates import LEVELS, Duplicates, duplicates
from likewise.types import Points

__all__ = ["copies", "leakage"]

_MANY: Final = 0.01
_HOW: Final = {"exact": "word for word", "near": "nearly word for word", "semantic": "alike in meaning"}


def copies(points: Points, labels: Mapping[str, str], threshold: float, seed: int) -> Iterator[Finding]:
    """Rows that say what another says; of two labels for one thing at least one is wrong."""
    found = duplicates(points, threshold=threshold, seed=seed)
    yield Finding(
        "duplicates",
        "mend" if _alike(found) > _MANY * len(points) else "look" if found.gone else "fine",
        f"{found.gone:,} of {len(points):,} rows say what another row says ({_levels(found)})",
        "leave out what repeats its letters; what is alike in meaning is for you to judge" if found.gone else "",
        shared(found.gone, len(points)),
        tuple(_gone(found, "", labels)),
    )
    if labels:
        yield _conflicts(found, labels, labels, "conflicts", len(points))


def leakage(
    points: Points, test: Points, labels: tuple[Mapping[str, str], Mapping[str, str]], threshold: float, seed: int
) -> Iterator[Finding]:
    """Test rows whose answer was in the training data, and labels on which the two disagree."""
    found = duplicates(points, test, threshold=threshold, seed=seed)
    known = {group.kept.id for group in found.groups}
    yield Finding(
        "leakage",
        "mend" if known else "fine",
        f"{len(known):,} of {len(test):,} test rows are in {found.gone:,} training rows too ({_levels(found)})",
        "leave those training rows out, or what is judged is memory; those alike in meaning are for you to judge"
        if known
        else "",
        shared(len(known), len(test)),
        tuple(_gone(found, "in the test data: ", {})),
    )
    items = {p.item for p in points.passages if p.item != p.id} & {p.item for p in test.passages if p.item != p.id}
    if items:
        yield Finding(
            "leakage by source",
            "mend",
            f"{len(items):,} items have passages both in the training and in the test data",
            "divide by item, not by passage",
            None,
            tuple(Trouble(item, "its passages are on both sides") for item in sorted(items)),
        )
    if all(labels):
        yield _conflicts(found, *labels, "conflicts with test", len(points))


def _alike(found: Duplicates) -> int:
    """How many repeat another's letters, which no data needs; what is alike in meaning may be meant to be there."""
    return found.count("exact") + found.count("near")


def _levels(found: Duplicates) -> str:
    exact, near, meant = (found.count(level) for level in LEVELS)
    return f"{exact:,} word for word, {near:,} nearly, {meant:,} in meaning"


def _gone(found: Duplicates, where: str, labels: Mapping[str, str]) -> Iterator[Trouble]:
    """Copies; one that has another label than what is kept may be the one that is right, and is left to a person."""
    for group in found.groups:
        for twin in group.twins:
            at_odds = labels.get(twin.passage.id) != labels.get(group.kept.id)
            leave = twin.how != "semantic" and not at_odds
            yield Trouble(twin.passage.id, f"{where}{_HOW[twin.how]}", group.kept.id, twin.score, leave_out=leave)


def _conflicts(
    found: Duplicates, labels: Mapping[str, str], others: Mapping[str, str], check: str, rows: int
) -> Finding:
    troubles = [
        Trouble(
            twin.passage.id,
            f"{labels[twin.passage.id]!r}, and there {others[group.kept.id]!r}",
            group.kept.id,
            twin.score,
        )
        for group in found.groups
        for twin in group.twins
        if labels.get(twin.passage.id, "") != others.get(group.kept.id, "")
        and twin.passage.id in labels
        and group.kept.id in others
    ]
    return Finding(
        check,
        "mend" if troubles else "fine",
        f"{len(troubles):,} rows have another label than the row that they repeat",
        "decide which label is right, or join the two classes" if troubles else "",
        shared(len(troubles), rows),
        tuple(troubles),
    )
