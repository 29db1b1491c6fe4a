"""Contestants: each encodes every task, in a process of its own where it can, and is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, final

import numpy as np

from likewise import errors
from likewise.encoders import Encoder, load
from likewise.encoders._resolve import resolve
from likewise.errors import LikewiseError
from likewise.evaluation._bm25 import Bm25, answers, word_vectors
from likewise.evaluation._costs import Costs, alone
from likewise.evaluation._kept import Made, made
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._task import Input, Search, Task
from likewise.types import Report, Role

__all__ = ["Entry", "Model", "asked_for", "entered", "loaded", "there", "words"]

Model = str | os.PathLike[str] | Encoder
_ALONE: Final = 40
_FLOAT: Final = 4
_PRECISIONS: Final = ("fp32", "bf16", "fp16", "int8", "auto")


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """A contestant: its name, its outcome at every task, its costs and the dimensions of its vectors (0: none)."""

    name: str
    outcomes: tuple[Outcome, ...]
    costs: Costs
    dim: int


def entered(model: Model, name: str, tasks: Sequence[Task], keep: Path | None = None) -> Entry:
    """A model at all tasks. Raises what `load` raises for a model that cannot be used."""
    inputs = [(given, one) for given in tasks for one in given.inputs.values()]
    texts = all(isinstance(item, str) for _, one in inputs for item in one.items)
    if isinstance(model, Encoder) or not texts:
        encoder = model if isinstance(model, Encoder) else loaded(model)
        speed, memory, dim = alone(encoder, _some(tasks)), None, encoder.space.dim
        found = [made(encoder, one, keep) for _, one in inputs]
    else:
        found, speed, memory, dim = _apart(os.fspath(model), [one for _, one in inputs], _some(tasks), keep)
    rest = iter(found)
    outcomes = tuple(_judged(task, dict(zip(task.inputs, rest, strict=False)), name) for task in tasks)
    rows = sum(len(one.items) for _, one in inputs)
    seconds = sum(one.seconds for one in found)
    return Entry(name, outcomes, Costs(rows / max(seconds, 1e-9), *speed, float(dim * _FLOAT), memory), dim)


def asked_for(model: str) -> tuple[str, str]:
    """The model and the precision of "NAME@PRECISION"; a name without a known one runs in auto."""
    name, _, precision = model.rpartition("@")
    return (name, precision) if name and precision in _PRECISIONS else (model, "auto")


def there(model: Model) -> None:
    """Raises ModelError for a model that is not there (and fetches one that is not yet), before any is at work."""
    if not isinstance(model, Encoder) and not os.fspath(model).endswith(".toml"):
        resolve(asked_for(os.fspath(model))[0])


def words(tasks: Sequence[Task], name: str = "BM25") -> Entry:
    """BM25 at all tasks: by its rankings where a task takes them, else by hashed weights of words."""
    outcomes: list[Outcome] = []
    took: list[float] = []
    rows, seconds, size = 0, 0.0, 0
    for task in tasks:
        if not isinstance(task, Search):
            note = f"{name}: cosine of words weighed by BM25, hashed into 2,048 dimensions"
            outcome = task.judge(word_vectors(task))
            outcomes.append(replace(outcome, notes=(*outcome.notes, note)))
            continue
        index = Bm25(task.documents)
        found = list(answers(task, index))
        outcomes.append(task.judge_answers({query: ranking for query, ranking, _ in found}))
        took += [1_000 * one for *_, one in found]
        rows, seconds, size = rows + len(task.documents), seconds + index.seconds, size + index.bytes
    if not rows:
        return Entry(name, tuple(outcomes), Costs(float("nan"), float("nan"), float("nan"), float("nan")), 0)
    speed = float(np.median(took)), float(np.quantile(took, 0.95))
    return Entry(name, tuple(outcomes), Costs(rows / max(seconds, 1e-9), *speed, size / rows), 0)


def loaded(model: str | os.PathLike[str]) -> Encoder:
    """The encoder of a name or a folder, in the precision that stands behind an @."""
    name, precision = asked_for(os.fspath(model))
    return load(name, precision=precision)


def _judged(task: Task, found: dict[str, Made], name: str) -> Outcome:
    outcome = task.judge({key: one.vectors for key, one in found.items()})
    cut, rows = sum(one.truncated for one in found.values()), sum(len(one.vectors) for one in found.values())
    note = f"{name}: {cut:,} of {rows:,} inputs are longer than it reads and were cut off"
    refused = tuple(report for one in found.values() for report in one.refused)
    return replace(outcome, refused=(*outcome.refused, *refused), notes=(*outcome.notes, *((note,) if cut else ())))


def _some(tasks: Sequence[Task]) -> list[tuple[Any, Role]]:
    """Inputs to time one by one: queries where there are some, spread over all that a task holds."""
    every = [one for task in tasks for one in task.inputs.values()]
    asking = [one for one in every if one.role == "query"] or every
    rows = [(item, one.role) for one in asking for item in one.items]
    at = np.unique(np.linspace(0, len(rows) - 1, _ALONE).astype(int)).tolist()
    return [rows[row] for row in at]


def _apart(
    model: str, inputs: Sequence[Input], some: list[tuple[Any, Role]], keep: Path | None
) -> tuple[list[Made], tuple[float, float], int, int]:
    """The same in a child process, whose memory is that of this model alone."""
    with TemporaryDirectory(prefix="likewise-") as made_here:
        folder = Path(made_here)
        asked = [{"file": f"{at}.json", "role": one.role} for at, one in enumerate(inputs)]
        for told, one in zip(asked, inputs, strict=True):
            rows = {"names": list(one.names), "items": list(one.items)}
            (folder / told["file"]).write_text(json.dumps(rows), encoding="utf-8")
        name, precision = asked_for(model)
        facts = {
            "model": name,
            "precision": precision,
            "keep": str(keep.absolute()) if keep else "",
            "inputs": asked,
            "alone": some,
        }
        (folder / "asked.json").write_text(json.dumps(facts), encoding="utf-8")
        done = _ran(made_here)
        if done.returncode or not (folder / "told.json").exists():
            last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
            raise LikewiseError(f"the process of {model} ended with {done.returncode}: {last}")
        told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
        for text in told["warnings"]:
            warnings.warn(text, stacklevel=2)
        if "error" in told:
            raise getattr(errors, told["error"])(told["message"])
        found = list(_read(folder, asked, told["inputs"]))
    median, high = told["alone"]
    return found, (median, high), int(told["memory"]), int(told["dim"])


def _ran(folder: str) -> subprocess.CompletedProcess[str]:
    """A contestant's process, seen to its end. A pipe that only this process holds open tells it when to give up."""
    theirs, ours = os.pipe()
    try:
        return subprocess.run(  # noqa: S603 (this interpreter, this package)
            [sys.executable, "-P", "-m", "likewise.evaluation._entrant", folder],
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(theirs)
        os.close(ours)


def _read(folder: Path, asked: list[dict[str, Any]], told: list[dict[str, Any]]) -> Iterator[Made]:
    for one, facts in zip(asked, told, strict=True):
        refused = tuple(Report(**report) for report in facts["refused"])
        yield Made(np.load(folder / f"{one['file']}.npy"), refused, facts["truncated"], facts["seconds"])
