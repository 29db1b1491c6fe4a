"""Name what is in pictures, sounds, clips and texts by class names alone, without training (zero-shot)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final, final

import numpy as np

from likewise.apps._normalized import normalized
from likewise.encoders import Encoder, Logits, load
from likewise.encoders.senses.extractor import Extractor
from likewise.errors import FormatError, InputError
from likewise.formats import Plan, Reader, kind_of
from likewise.modalities import Prepared
from likewise.types import Embeddings, Item, Place, Vectors

__all__ = ["label"]

_TEMPLATES: Final = {
    "image": ("a photo of a {}.",),
    "audio": ("This is a sound of {}.",),
    "video": ("a video of {}.",),
}
"""What is made of a class name where nobody says otherwise, as the makers of CLIP, CLAP and X-CLIP did."""
_ASSUMED: Final = Logits(100.0)
"""For a model whose makers do not say: CLIP's scale, which it was trained up to and not beyond."""


@final
@dataclass(frozen=True, slots=True)
class Labelled:
    """Classes of one thing with their scores from 0 to 1, best first; none, and an error, where it cannot be read."""

    id: str
    place: Place
    classes: tuple[tuple[str, float], ...]
    error: str = ""


@final
@dataclass(frozen=True, slots=True)
class Labels:
    """What was labelled, in the order given, and how a score was made (`rule`)."""

    labelled: tuple[Labelled, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class _Thing:
    """A piece to label; pieces of one source follow each other."""

    id: str
    place: Place
    item: Item | None
    error: str = ""


def label(
    what: Iterable[str | os.PathLike[str] | Item],
    classes: Sequence[str] = (),
    *,
    model: str | os.PathLike[str] | Encoder,
    templates: Sequence[str] = (),
    top: int = 5,
    pieces: bool = False,
    plan: Plan | None = None,
) -> Labels:
    """The `top` classes of files and items by a joint model, or by a network of one's own that has labels.

    A class is put into every template ("a photo of a {}.") and is the mean of their vectors; scores are softmax or
    sigmoid as the model's makers define. A recording, a film or a book is labelled as a whole, or with `pieces` each
    piece at its place. An Extractor gives its own scores, `classes` then narrow its labels. Raises InputError for
    classes and templates that cannot be meant and for a model that neither knows words nor has labels.
    """
    encoder = model if isinstance(model, Encoder) else load(model)
    if top < 1:
        raise InputError(f"top is {top}, wanted at least 1")
    _fit(classes, templates)
    things = list(_things(what, encoder, plan or Plan()))
    if isinstance(encoder, Extractor) and encoder.labels:
        return _own(encoder, things, classes, top, pieces)
    if "text" not in encoder.modalities:
        raise InputError(
            f"{encoder.name} knows no words and has no labels of its own: take a joint model, such as CLIP or CLAP"
        )
    if not classes:
        raise InputError("no class is named; name what it may be, such as cat and dog")
    return _zero_shot(encoder, things, classes, templates, (top, pieces))


def _fit(classes: Sequence[str], templates: Sequence[str]) -> None:
    if isinstance(classes, str) or any(not isinstance(name, str) or not name.strip() for name in classes):
        raise InputError("classes are a list of names, none of them empty")
    if len(set(classes)) < len(classes):
        raise InputError("a class is named twice; name each once")
    for template in templates:
        if template.count("{}") != 1:
            raise InputError(f"the template {template!r} must hold {{}} once, where the name of the class goes")


def _things(what: Iterable[str | os.PathLike[str] | Item], encoder: Encoder, plan: Plan) -> Iterator[_Thing]:
    with Reader() as reader:
        for one in what:
            if isinstance(one, Item):
                yield _Thing(one.id, Place(), one)
                continue
            path = os.fspath(one)
            try:
                yield from _pieces(path, encoder, plan, reader)
            except FormatError as error:
                yield _Thing(path, Place(), None, str(error))


def _pieces(path: str, encoder: Encoder, plan: Plan, reader: Reader) -> Iterator[_Thing]:
    """The pieces of a file that the encoder takes; of a film the clips, else its frames, else its sound."""
    kind = plan.asked(path) or kind_of(path)
    if kind == "text":
        texts = [part.text for part in reader.read(path)] if "text" in encoder.modalities else []
        if not texts:
            raise FormatError("unsupported", f"it is text, and {encoder.name} takes {_listed(encoder)}")
        yield from (_Thing(path, Place(), Item(path, text)) for text in texts)
        return
    within = ("video", "image", "audio") if kind == "video" else (kind,)
    modality = next((m for m in within if m in encoder.modalities), None)
    if modality is None:
        raise FormatError("unsupported", f"it is {kind}, and {encoder.name} takes {_listed(encoder)}")
    preparers = {modality: encoder.preparers[modality]} if modality in encoder.preparers else {}
    for media in reader.view(Path(path), preparers, plan):
        if media.modality == modality:
            content = Prepared(np.asarray(media.content)) if preparers else media.content
            yield _Thing(path, media.place, Item(path, content, modality))


def _listed(encoder: Encoder) -> str:
    return " and ".join(encoder.modalities)


def _zero_shot(
    encoder: Encoder,
    things: list[_Thing],
    classes: Sequence[str],
    templates: Sequence[str],
    shown: tuple[int, bool],
) -> Labels:
    """Scores by the cosine with the names of classes."""
    logits = encoder.logits or _ASSUMED
    kinds = [thing.item.modality for thing in things if thing.item is not None]
    named = {kind: _named(encoder, classes, templates or _TEMPLATES.get(kind, ("{}",))) for kind in set(kinds)}
    found = _encoded(encoder.encode([thing.item for thing in things if thing.item is not None], "document"), things)
    labelled = []
    for group in _groups(things, found, shown[1]):
        rows = [row for _, row in group if isinstance(row, np.ndarray)]
        kind = next((thing.item.modality for thing, _ in group if thing.item is not None), "")
        scores = logits.scores(normalized(np.mean(rows, axis=0)[None]) @ named[kind].T)[0] if rows else None
        labelled.append(_labelled(group, classes, scores, shown))
    assumed = "" if encoder.logits else " (CLIP's scale: the model says none)"
    return Labels(tuple(labelled), f"{logits}{assumed}")


def _own(encoder: Extractor, things: list[_Thing], classes: Sequence[str], top: int, pieces: bool) -> Labels:
    """Scores that a network gives itself."""
    places = {name: at for at, name in enumerate(encoder.labels)}
    for name in classes:
        if name not in places:
            near = ", ".join(get_close_matches(name, encoder.labels, 3, 0.4)) or ", ".join(encoder.labels[:3])
            raise InputError(f"{encoder.name} has no class {name!r}; there are {len(places)}, such as {near}")
    asked = list(classes or encoder.labels)
    found = _encoded(encoder.classify([thing.item for thing in things if thing.item is not None]), things)
    labelled = []
    for group in _groups(things, found, pieces):
        rows = [row for _, row in group if isinstance(row, np.ndarray)]
        scores = np.mean(rows, axis=0)[[places[name] for name in asked]] if rows else None
        labelled.append(_labelled(group, asked, scores, (top, pieces)))
    return Labels(tuple(labelled), f"scores of {encoder.name} itself")


def _named(encoder: Encoder, classes: Sequence[str], templates: Sequence[str]) -> Vectors:
    """A unit vector for every class, the mean over templates of unit vectors `(classes, dim)`."""
    texts = [Item("class", template.replace("{}", name)) for name in classes for template in templates]
    made = encoder.encode(texts, "query")
    for report in made.failed:
        raise InputError(f"a class cannot be encoded: {report.error}")
    return normalized(normalized(made.vectors).reshape(len(classes), len(templates), -1).mean(axis=1))


_Row = Vectors | str
_Group = list[tuple[_Thing, _Row]]


def _encoded(made: Embeddings, things: list[_Thing]) -> list[_Row]:
    """For every thing its vector, or why it has none."""
    vectors, reports = iter(made.vectors), iter(made.reports)
    return [_one(next(vectors), next(reports).error) if thing.item is not None else thing.error for thing in things]


def _one(vector: Vectors, error: str) -> _Row:
    return error or vector


def _groups(things: list[_Thing], found: list[_Row], pieces: bool) -> Iterator[_Group]:
    """What is labelled together: the pieces of one source, or each alone."""
    pairs = list(zip(things, found, strict=True))
    if pieces:
        yield from ([pair] for pair in pairs)
        return
    for _, group in groupby(pairs, key=lambda pair: attrgetter("id")(pair[0])):
        yield list(group)


def _labelled(group: _Group, classes: Sequence[str], scores: Vectors | None, shown: tuple[int, bool]) -> Labelled:
    first, row = group[0]
    place = first.place if shown[1] or len(group) == 1 else Place()
    if scores is None:
        return Labelled(first.id, place, (), str(row))
    order = np.argsort(-scores, kind="stable")[: shown[0]]
    return Labelled(first.id, place, tuple((classes[at], float(scores[at])) for at in order))
