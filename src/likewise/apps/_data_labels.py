"""Labels: how many of each, which are missing from one side, and which their neighbours speak against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from likewise.apps._data_finding import Finding, Trouble, shared
from likewise.types import Points, Vectors

__all__ = ["FIELDS", "balance", "doubtful", "labels_of", "missing"]

FIELDS: Final = ("label", "class", "category", "intent", "target")
_FEW: Final = 10
_UNEVEN: Final = 10
_NEIGHBOURS: Final = 10
_AGREE: Final = 8
_MOST: Final = 50_000
_SAMPLE: Final = 20_000


def labels_of(points: Points, field: str) -> dict[str, str]:
    """The label of every row that has one; `field` names it, or is "" for the first usual name that all rows have."""
    names = (field,) if field else FIELDS
    for name in names:
        found = {p.id: str(v) for p in points.passages if (v := p.metadata.get(name)) not in (None, "")}
        if found and (field or len(found) == len(points)):
            return found
    return {}


def balance(labels: Mapping[str, str]) -> Iterator[Finding]:
    """How even the classes are."""
    counts = Counter(labels.values())
    (most, many), (least, few) = counts.most_common()[0], counts.most_common()[-1]
    small = [name for name, n in counts.items() if n < _FEW]
    uneven = many > _UNEVEN * few
    told = f"{len(counts):,} classes of {few:,} ({least!r}) to {many:,} rows ({most!r})"
    yield Finding(
        "imbalance",
        "look" if uneven or small or len(counts) == 1 else "fine",
        told + (f"; {len(small):,} have fewer than {_FEW}" if small else ""),
        "judge by macro F1, not by accuracy; get more of the rare classes" if uneven or small else "",
        None,
        tuple(Trouble(name, f"{counts[name]} rows") for name in sorted(small)),
    )


def missing(labels: Mapping[str, str], test: Mapping[str, str]) -> Iterator[Finding]:
    """Classes that only one side knows."""
    train, tried = set(labels.values()), set(test.values())
    unknown, unused = sorted(tried - train), sorted(train - tried)
    yield Finding(
        "classes",
        "mend" if unknown else "look" if unused else "fine",
        f"{len(unknown):,} classes are only in the test data, {len(unused):,} only in the training data",
        "nothing can be learned about a class that is only tested" if unknown else "",
        None,
        tuple(Trouble(name, "only in the test data") for name in unknown)
        + tuple(Trouble(name, "only in the training data") for name in unused),
    )


def doubtful(points: Points, labels: Mapping[str, str], seed: int = 0) -> Iterator[Finding]:
    """Rows of whose ten nearest others none has their label and at least eight have one other.

    Nearest by cosine, exactly; of more than 50,000 rows a sample of 20,000 is looked at.
    """
    rows = [at for at, p in enumerate(points.passages) if p.id in labels]
    known, classes = np.unique([labels[points.passages[at].id] for at in rows], return_inverse=True)
    if len(known) < 2 or len(rows) <= _NEIGHBOURS:
        return
    asked = np.arange(len(rows))
    if len(rows) > _MOST:
        asked = np.sort(np.random.default_rng(seed).permutation(len(rows))[:_SAMPLE])
    near, scores = _nearest(points.units[rows], asked)
    troubles = []
    for at, others, likeness in zip(asked, near, scores, strict=True):
        votes = np.bincount(classes[others], minlength=len(known))
        if votes[classes[at]] == 0 and votes.max() >= _AGREE:
            named, other = str(known[classes[at]]), str(known[votes.argmax()])
            ids = [points.passages[rows[one]].id for one in (int(at), int(others[0]))]
            troubles.append(
                Trouble(
                    ids[0], f"{named!r}, but {votes.max()} of 10 neighbours say {other!r}", ids[1], float(likeness[0])
                )
            )
    yield Finding(
        "labels",
        "look" if troubles else "fine",
        f"{len(troubles):,} of {len(asked):,} rows{' (a sample)' if len(asked) < len(rows) else ''} have a label that "
        "none of their 10 nearest has, while 8 or more of these agree on another",
        "look at them: the label, or the border between the classes, is doubtful" if troubles else "",
        shared(len(troubles), len(asked)),
        tuple(sorted(troubles, key=lambda one: -(one.score or 0))),
    )


def _nearest(units: Vectors, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ten nearest others of some rows, and their cosines."""
    import faiss

    index = faiss.IndexFlatIP(units.shape[1])
    index.add(units)
    scores, near = index.search(units[asked], _NEIGHBOURS + 1)
    own = near == asked[:, None]
    own[~own.any(axis=1), -1] = True  # a row with more than ten twins does not find itself
    shape = (len(asked), _NEIGHBOURS)
    return near[~own].reshape(shape), scores[~own].reshape(shape)
