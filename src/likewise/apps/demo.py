"""Show the main job on real texts that every machine has: Python's own documentation strings."""

from __future__ import annotations

import platform
import sysconfig
import time
from dataclasses import dataclass

from likewise.apps._docstrings import docstrings
from likewise.apps._map_drawn import Map
from likewise.apps.map import project
from likewise.apps.search import Answers, search
from likewise.collection import Collection
from likewise.collection.results import Receipt
from likewise.types import OnProgress

__all__ = ["demo"]

QUESTIONS = (
    "compare two directory trees",
    "find words that are spelled almost like this one",
    "put an element into a list and keep it in order",
    "the middle value of some numbers",
    "measure how long a small piece of code takes",
    "guess the kind of a file from its name",
    "wrap a long text to lines of a given width",
    "make a copy of an object with everything in it",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answers and how long they took, from text to marked sentence."""

    question: str
    answers: Answers
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was read, what became of it and what was asked."""

    python: str
    root: str
    docstrings: int
    modules: int
    characters: int
    read_seconds: float
    receipt: Receipt
    asked: tuple[Asked, ...]
    drawn: Map


def demo(collection: Collection, k: int = 3, progress: OnProgress | None = None) -> Demonstration:
    """Read the standard library's documentation strings into a collection, ask it `QUESTIONS` and draw a map of it."""
    start = time.perf_counter()
    items = list(docstrings())
    seconds = time.perf_counter() - start
    receipt = collection.add(items, progress=progress)
    search(collection, "warm up", k=1)  # the first search loads what the others only use
    return Demonstration(
        python=platform.python_version(),
        root=sysconfig.get_paths()["stdlib"],
        docstrings=len(items),
        modules=len({item.metadata["module"] for item in items}),
        characters=sum(len(str(item.content)) for item in items),
        read_seconds=seconds,
        receipt=receipt,
        asked=tuple(_ask(collection, question, k) for question in QUESTIONS),
        drawn=project(collection),
    )


def _ask(collection: Collection, question: str, k: int) -> Asked:
    start = time.perf_counter()
    answers = search(collection, question, k=k)
    return Asked(question, answers, 1000 * (time.perf_counter() - start))
