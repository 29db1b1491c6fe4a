"""Which model is best on one's own data: contestants judged alike, and only real differences called so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, final

import numpy as np

from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.evaluation._contest import Contest, contest
from likewise.evaluation._entries import Entry, Model, entered, there, words
from likewise.evaluation._kept import writable
from likewise.evaluation._outcome import Numbers
from likewise.evaluation._task import Search, Task
from likewise.types import OnProgress, Progress

__all__ = ["Comparison", "Disagreement", "compare"]

_BM25: Final = "BM25"
_SHOWN: Final = 5


@final
@dataclass(frozen=True, slots=True)
class Disagreement:
    """A unit on which two contestants differ: its name, its words where it has some, and what each got."""

    unit: str
    text: str
    first: float
    second: float


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """Contestants, best first; the contest over all tasks (and below it each); who is best for what it costs.

    `pareto` are those whom nobody beats in score, items a second, latency and bytes of a vector at once. `notes` say
    what else a reader must know, `refused` counts inputs that a contestant could not encode.
    """

    entries: tuple[Entry, ...]
    contests: tuple[Contest, ...]
    pareto: tuple[str, ...]
    notes: tuple[str, ...]
    refused: dict[str, int]
    texts: tuple[dict[str, str], ...]

    @property
    def overall(self) -> Contest:
        """The contest that counts: the mean of all tasks, or the only one."""
        return self.contests[0]

    @property
    def best(self) -> str:
        return next(iter(self.overall.scores))

    @property
    def tied(self) -> tuple[str, ...]:
        """Those of whom one is the best, with 95 % probability."""
        return self.overall.tied

    def disagreements(self, first: str, second: str, k: int = _SHOWN) -> tuple[Disagreement, ...]:
        """The k units where `first` is ahead of `second` by most, of all tasks whose units have values of their own."""
        one, other = (next(e for e in self.entries if e.name == name) for name in (first, second))
        found: list[Disagreement] = []
        for a, b, texts in zip(one.outcomes, other.outcomes, self.texts, strict=True):
            for at in np.flatnonzero(a.values > b.values).tolist():
                unit = a.units[at]
                found.append(Disagreement(unit, texts.get(unit, ""), float(a.values[at]), float(b.values[at])))
        return tuple(sorted(found, key=lambda one: one.second - one.first)[:k])

    def plain(self) -> dict[str, Any]:
        """Everything, and every unit's value, as what JSON knows."""
        return {
            "best": self.best,
            "tied": self.tied,
            "pareto": self.pareto,
            "contestants": [
                {"name": e.name, "dim": e.dim, "costs": asdict(e.costs), "refused": self.refused[e.name]}
                for e in self.entries
            ],
            "contests": [_contest(one) for one in self.contests],
            "units": [
                {
                    "task": outcomes[0].task,
                    "kind": outcomes[0].kind,
                    "metric": outcomes[0].metric,
                    "names": outcomes[0].units,
                    "values": {e.name: o.values.tolist() for e, o in zip(self.entries, outcomes, strict=True)},
                }
                for outcomes in zip(*(e.outcomes for e in self.entries), strict=True)
            ],
            "notes": self.notes,
        }


def compare(
    models: Sequence[Model],
    tasks: Iterable[Task],
    *,
    bm25: bool = True,
    keep: str | os.PathLike[str] | None = None,
    times: int = 2_000,
    seed: int = 0,
    progress: OnProgress | None = None,
) -> Comparison:
    """Models (names, folders, "NAME@int8" or encoders) at the same tasks, and BM25 beside them unless `bm25` is False.

    Differences are called so by paired bootstrap over units (queries, pairs, items) of `times` draws, corrected for all
    that are looked at. A model given by name runs in a process of its own, one after the other, so that times and
    memory are its own. `keep` is a folder in which vectors are kept and from which they are taken the next time. Raises
    InputError for fewer than two contestants, names that come twice and tasks of which there are none.
    """
    given = list(tasks)
    names = [model.name if isinstance(model, Encoder) else os.fspath(model) for model in models]
    _fit(names, given, bm25, times)
    place = writable(keep)
    for model in models:
        there(model)
    entries = []
    for at, (model, name) in enumerate(zip(models, names, strict=True)):
        entries.append(entered(model, name, given, place))
        if progress is not None:
            progress(Progress("compare", at + 1, len(names), "models"))
    lexical, notes = _words(given) if bm25 else (None, ())
    entries += [lexical] if lexical is not None else []
    outcomes = [[entry.outcomes[at] for entry in entries] for at in range(len(given))]
    contests = contest(outcomes, [entry.name for entry in entries], times, seed)
    order = list(contests[0].scores)
    ranked = tuple(sorted(entries, key=lambda entry: order.index(entry.name)))
    said = [f"{one.task}: {note}" for entry in ranked for one in entry.outcomes for note in one.notes]
    return Comparison(
        ranked,
        contests,
        _front(ranked, contests[0]),
        tuple(dict.fromkeys((*said, *notes))),
        {entry.name: sum(len(outcome.refused) for outcome in entry.outcomes) for entry in ranked},
        tuple(_texts(task) for task in given),
    )


def _fit(names: Sequence[str], tasks: Sequence[Task], bm25: bool, times: int) -> None:
    if not tasks:
        raise InputError("there is no task to compare on; give a folder or table that holds one")
    if len(names) + bm25 < 2 or not names:
        raise InputError(f"{len(names)} models: wanted at least one, and another or BM25 to compare it with")
    every = [*names, *([_BM25] if bm25 else ())]
    for name in every:
        if every.count(name) > 1:
            raise InputError(
                f"the name {name!r} comes twice; name each model once (a link gives a folder another name)"
            )
    if times < 200:
        raise InputError(f"times is {times}, wanted at least 200 draws")


def _words(tasks: Sequence[Task]) -> tuple[Entry | None, tuple[str, ...]]:
    """BM25, or why it takes no part."""
    try:
        return words(tasks, _BM25), ()
    except InputError as error:
        return None, (f"BM25 takes no part: {error}",)


def _front(entries: Sequence[Entry], found: Contest) -> tuple[str, ...]:
    """Those whom nobody beats in everything at once; higher is better in all four. A cost that is not known (BM25's by
    vectors of words) is left out: it neither beats nor saves.
    """
    worth = {
        e.name: np.array(
            [
                found.scores[e.name].mean,
                e.costs.items_per_second,
                -e.costs.latency,
                -e.costs.bytes_per_vector,
            ]
        )
        for e in entries
    }
    return tuple(
        name for name, own in worth.items() if not any(_beats(other, own) for n, other in worth.items() if n != name)
    )


def _beats(one: Numbers, other: Numbers) -> bool:
    known = np.isfinite(one) & np.isfinite(other)
    return bool((one[known] >= other[known]).all() and (one[known] > other[known]).any())


def _texts(task: Task) -> dict[str, str]:
    """The words of a task's units, where they are queries."""
    if not isinstance(task, Search):
        return {}
    return {query: content for query, content in task.queries.items() if isinstance(content, str)}


def _contest(one: Contest) -> dict[str, Any]:
    return asdict(one) | {
        "differences": [asdict(d) | {"decided": d.decided} for d in one.differences],
    }
