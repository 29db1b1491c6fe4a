"""Whether a model, in a runtime or precision or on a server, gives the vectors that a reference gives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from likewise.apps._agreement import cosines, norms, ranks, spread
from likewise.apps._invariance import Invariance, invariance
from likewise.apps._pairs import Pairs
from likewise.apps._recorded import READABLE
from likewise.apps._server import Served, is_address
from likewise.apps._sides import Computed, Side, Written
from likewise.apps._texts import Text, built_in, named
from likewise.apps._tolerance import Tolerance, allowed
from likewise.apps._verdict import Agreement, Lost, Near, Vectors
from likewise.encoders import Encoder, load
from likewise.errors import InputError
from likewise.space import relate
from likewise.types import Item, OnProgress, Role

__all__ = ["verify_model"]

_WORST = 5

Given = Encoder | str | os.PathLike[str]


def verify_model(
    model: Given,
    reference: Given | None = None,
    texts: Iterable[str | Item | Text] | None = None,
    *,
    role: Role = "document",
    precisions: tuple[str, str] = ("auto", "fp32"),
    prompt: str = "",
    tolerance: Mapping[str, float] | None = None,
    progress: OnProgress | None = None,
) -> Agreement:
    """Compare a model with a reference on texts (None: about a hundred built-in ones) in one role.

    Either side is an encoder, a model's name or folder (loaded in its one of the `precisions`), a file of vectors of
    the same texts that `likewise embed` wrote, or a server as `http(s)://HOST/v1#MODEL`, which is sent the texts,
    `prompt` before each. Without a reference it is the model itself in the second precision. `tolerance` changes
    values of the one that goes with the precisions: least, mean, batch, overlap. Raises InputError for sides that
    cannot be compared, ModelError for one that cannot be had.
    """
    given = built_in() if texts is None else named(texts)
    other = _reference(model, reference)
    subject, against = (
        _side(side, role, precision, prompt, progress)
        for side, precision in zip((model, other), precisions, strict=True)
    )
    agreed = allowed(subject.space, against.space).changed(tolerance or {})
    usable = [text for text in given if not text.error]
    pairs = Pairs(usable, subject.answer(usable), against.answer(usable))
    batches = invariance(subject, pairs.answered, progress) if subject.fresh and pairs.answered else None
    return _agreement((subject, against), given, pairs, batches, agreed)


def _agreement(
    sides: tuple[Side, Side], given: Sequence[Text], pairs: Pairs, batches: Invariance | None, tolerance: Tolerance
) -> Agreement:
    (model, reference), (a, b), kept = sides, pairs.vectors, pairs.compared
    near = cosines(a, b) if kept and a.shape == b.shape else None
    order = ranks(a, b)
    unread = [Lost(text.id, "text", text.error) for text in given if text.error]
    return Agreement(
        model=model.name,
        reference=reference.name,
        texts=len(given),
        compared=len(kept),
        cosine=None if near is None else spread(near),
        worst=() if near is None else tuple(_near(kept[i], float(near[i])) for i in near.argsort()[:_WORST]),
        ranks=order,
        least_overlap=kept[order.least_at].id if order else "",
        batches=batches,
        vectors=Vectors(a.shape[1], norms(a) if kept else None),
        reference_vectors=Vectors(b.shape[1], norms(b) if kept else None),
        lengths=pairs.lengths,
        relation=relate(model.space, reference.space) if model.space and reference.space else None,
        lost=(*unread, *pairs.lost),
        extra=pairs.mine.extra + pairs.theirs.extra,
        tolerance=tolerance,
    )


def _near(text: Text, cosine: float) -> Near:
    return Near(text.id, cosine, text.shown)


def _reference(model: Given, reference: Given | None) -> Given:
    if reference is not None:
        return reference
    if isinstance(model, Encoder) or is_address(os.fspath(model)) or _is_file(model):
        name = model.name if isinstance(model, Encoder) else os.fspath(model)
        raise InputError(f"{name} cannot be had in another precision here: say what to compare it with")
    return model


def _side(given: Given, role: Role, precision: str, prompt: str, progress: OnProgress | None) -> Side:
    if isinstance(given, Encoder):
        return Computed(given, role, progress)
    name = os.fspath(given)
    if is_address(name):
        return Served(name, prompt)
    if _is_file(given):
        return Written(Path(name).expanduser())
    return Computed(load(given, precision=precision), role, progress)


def _is_file(given: str | os.PathLike[str]) -> bool:
    """Whether a side is named by a file of vectors; a folder may be called anything."""
    path = Path(given).expanduser()
    return path.suffix.lower() in READABLE and not path.is_dir()
