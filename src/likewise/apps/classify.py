"""Sort things into classes by descriptions alone, by a few labelled examples, or both; abstain from what fits none."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._classifier import RULES, Rule, Scores, Seen, learned, probabilities, temperature, unseen
from likewise.apps._encoder_of import encoder_of
from likewise.apps._graded import Grades, graded
from likewise.apps._points import Source, meet, points
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.space import require
from likewise.types import Item, Passage, Points, Report, Vectors

__all__ = ["classify"]

Method = Literal["auto", "logistic", "nearest", "zero-shot"]
METHODS: Final[tuple[Method, ...]] = ("auto", "logistic", "nearest", "zero-shot")
_TOP: Final = 3
_SCALE: Final = 20.0
"""What cosines are multiplied by where nothing is labelled: the scale that sentence encoders are trained with."""

Numbers = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Sorted:
    """A point and its class; None where it abstains. `classes` are the likeliest with their probabilities.

    `like` is the labelled example of the likeliest class that is nearest, where there are examples.
    """

    passage: Passage
    label: str | None
    probability: float
    classes: tuple[tuple[str, float], ...]
    score: float
    like: Passage | None


@final
@dataclass(frozen=True, slots=True)
class Classified:
    """Every point in its order, and what the classes were told by.

    `grades` are cross-validated scores on the labelled examples; None without any, or where every class has only one:
    then probabilities are not calibrated. A point is abstained from where its best score is below `bound`, which
    `abstains` explains.
    """

    sorted: tuple[Sorted, ...]
    classes: tuple[str, ...]
    method: str
    grades: Grades | None
    bound: float
    abstains: str
    refused: tuple[Report, ...] = ()

    @property
    def calibrated(self) -> bool:
        return self.grades is not None


@final
@dataclass(frozen=True, slots=True)
class _Taught:
    """How scores are made, what they are divided by, and below which it abstains."""

    scores: Scores
    warmth: float
    bound: float
    grades: Grades | None
    rule: str
    abstains: str


def classify(  # noqa: PLR0913 (each is one setting, given by its name)
    source: Source,
    examples: Source | None = None,
    descriptions: Mapping[str, str] | Sequence[str] = (),
    *,
    model: str | os.PathLike[str] | Encoder | None = None,
    method: Method = "auto",
    outside: str = "",
    abstain: float = 0.05,
    bound: float | None = None,
    seed: int = 0,
) -> Classified:
    """The class of every point, with its probability.

    `examples` is a source of labelled points: their metadata `label` names the class; the label `outside` marks those
    that belong to none. `descriptions` are names of classes, or name -> what it is about; beside examples they count as
    one example more. Without examples the class is that of the nearest description (zero-shot).

    It abstains where the best score is below `bound`. Unless one is given, that is the score below which the share
    `abstain` of the examples fall (cross-validated), or where examples from outside are known, the one that tells them
    apart best; without examples there is none. Raises InputError for classes that cannot be meant.
    """
    _fit(method, abstain, examples is not None)
    found = points(source, model=model)
    shown = None if examples is None else points(examples, model=model)
    told = dict(descriptions) if isinstance(descriptions, Mapping) else {name: name for name in descriptions}
    classes, known = _classes(shown, told, outside)
    described = _described(told, classes, found, (source, model))
    if shown is None:
        taught = _zero_shot(described, bound)
    else:
        meet(found, shown)
        rule: Rule = "nearest" if method == "nearest" else "logistic"
        inside = Seen(shown.units[known >= 0], known[known >= 0], len(classes))
        taught = _few_shot(inside, described, shown.units[known < 0], rule, (abstain, bound, seed))
    made = _sorted(found, classes, taught, shown, known)
    refused = found.refused + (() if shown is None else shown.refused)
    return Classified(made, classes, taught.rule, taught.grades, taught.bound, taught.abstains, refused)


def _fit(method: Method, abstain: float, shown: bool) -> None:
    if method not in METHODS:
        raise InputError(f"method is {method!r}, wanted one of {', '.join(METHODS)}")
    if shown and method == "zero-shot":
        raise InputError("zero-shot learns from no examples: leave them out, or take logistic or nearest")
    if not shown and method in RULES:
        raise InputError(
            f"{method} learns from labelled examples, and none are given; descriptions alone are zero-shot"
        )
    if not 0 <= abstain < 1:
        raise InputError(f"abstain is {abstain}, wanted a share from 0 to below 1")


def _classes(shown: Points | None, told: Mapping[str, str], outside: str) -> tuple[tuple[str, ...], Numbers]:
    """The names of the classes in order, and the number of each example's, -1 for those from outside."""
    labels = [] if shown is None else [_label(passage, outside) for passage in shown.passages]
    names = tuple(sorted({*told, *(label for label in labels if label is not None)}))
    if len(names) < 2:
        raise InputError(f"there are {len(names)} classes ({', '.join(names)}), wanted at least 2: name or show them")
    if any(not name.strip() or not text.strip() for name, text in told.items()):
        raise InputError("a class or its description is empty; name each, and say what it is about")
    place = {name: at for at, name in enumerate(names)}
    return names, np.array([-1 if label is None else place[label] for label in labels], np.int64)


def _label(passage: Passage, outside: str) -> str | None:
    label = passage.metadata.get("label")
    if label is None or label == "":
        raise InputError(f"the example {passage.id!r} has no label: give every one a column or metadata `label`")
    return None if outside and str(label) == outside else str(label)


def _described(
    told: Mapping[str, str],
    classes: Sequence[str],
    found: Points,
    made_by: tuple[Source, str | os.PathLike[str] | Encoder | None],
) -> Seen:
    """The descriptions as labelled vectors of the space of the points."""
    if not told:
        return Seen(np.empty((0, found.space.dim), np.float32), np.empty(0, np.int64), len(classes))
    source, model = made_by
    if found.space.runtime == "given" and model is None:
        raise InputError("vectors alone do not tell which model knows the words of the descriptions: give examples")
    encoder = encoder_of(source, found.space, model)
    if "text" not in encoder.modalities:
        raise InputError(f"{encoder.name} takes {' and '.join(encoder.modalities)}, no words: give labelled examples")
    made = points([Item(name, text) for name, text in told.items()], model=encoder)
    for report in made.refused:
        raise InputError(f"the description of {report.id!r} cannot be encoded: {report.error}")
    require(found.space, made.space)
    place = {name: at for at, name in enumerate(classes)}
    return Seen(made.units, np.array([place[name] for name in told], np.int64), len(classes))


def _zero_shot(described: Seen, bound: float | None) -> _Taught:
    abstains = "it never abstains: nothing is labelled, and no bound was given"
    if bound is not None:
        abstains = f"it abstains below a cosine of {bound:.4f}, as given"
    least = -np.inf if bound is None else bound
    return _Taught(learned(described, "nearest"), 1 / _SCALE, float(least), None, "zero-shot", abstains)


def _few_shot(
    inside: Seen, described: Seen, outside: Vectors, rule: Rule, how: tuple[float, float | None, int]
) -> _Taught:
    """A rule taught by examples and descriptions, its probabilities and its bound by cross-validation."""
    abstain, given, seed = how
    scores = learned(inside.beside(described), rule)
    held = unseen(inside, described, rule, seed)
    if not len(held.classes):
        warmth = 1 / _SCALE if rule == "nearest" else 1.0
        least = float("-inf") if given is None else given
        return _Taught(scores, warmth, least, None, rule, "it never abstains: one example a class tells no bound")
    best = held.scores.max(axis=1)
    if given is not None:
        bound, abstains = given, f"it abstains below a score of {given:.4f}, as given"
    elif len(outside):
        bound = _between(best, scores(outside).max(axis=1))
        abstains = f"it abstains below a score of {bound:.4f}, which tells {len(outside):,} examples from outside best"
    else:
        bound = float(np.quantile(best, abstain)) if abstain else float("-inf")
        abstains = f"it abstains below a score of {bound:.4f}, as on {abstain:.0%} of the examples"
    warmth = temperature(held)
    return _Taught(scores, warmth, bound, graded(held, warmth, bound), rule, abstains)


def _between(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The bound at which as many as possible of both are on their side, each side counting half."""
    bounds = np.unique(np.concatenate([inside, outside]))
    kept = 1 - np.searchsorted(np.sort(inside), bounds) / len(inside)
    left = np.searchsorted(np.sort(outside), bounds) / len(outside)
    return float(bounds[np.argmax(kept + left)])


def _sorted(
    found: Points, classes: Sequence[str], taught: _Taught, shown: Points | None, known: Numbers
) -> tuple[Sorted, ...]:
    scores = taught.scores(found.units)
    chances = probabilities(scores, taught.warmth)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :_TOP]
    near = _nearest(found.units, order[:, 0], shown, known)
    made = []
    for row, passage in enumerate(found.passages):
        best = tuple((classes[at], float(chances[row, at])) for at in order[row])
        score = float(scores[row, order[row, 0]])
        label = best[0][0] if score >= taught.bound else None
        made.append(Sorted(passage, label, best[0][1], best, score, near[row]))
    return tuple(made)


def _nearest(units: Vectors, chosen: Numbers, shown: Points | None, known: Numbers) -> list[Passage | None]:
    """For every point the nearest example of its likeliest class."""
    near: list[Passage | None] = [None] * len(units)
    if shown is None:
        return near
    held = shown.units
    for one in np.unique(chosen):
        rows, there = np.flatnonzero(chosen == one), np.flatnonzero(known == one)
        if len(there):
            best = there[np.argmax(units[rows] @ held[there].T, axis=1)]
            for row, at in zip(rows, best, strict=True):
                near[row] = shown.passages[at]
    return near
