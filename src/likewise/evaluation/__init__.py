"""Evaluation says how good an encoder is: tasks x encoders -> outcomes, each with its interval.

    from likewise.evaluation import evaluate, read
    for outcome in evaluate("all-MiniLM-L6-v2", read("scifact", split="test")):
        print(outcome.task, outcome.metric, outcome.interval)

A task (`tasks/`, one kind a file, by MTEB's protocols) says what is to be encoded (`inputs`) and judges the vectors
(`judge`), wherever these come from. `readers/` make tasks of folders and tables, `first_set` makes one of a collection.
"""

from likewise.evaluation._compare import Comparison, compare
from likewise.evaluation._outcome import Outcome
from likewise.evaluation._run import Encoded, encoded, evaluate
from likewise.evaluation._saved import save
from likewise.evaluation._task import Input, Search, Task
from likewise.evaluation.readers import read

__all__ = [
    "Comparison",
    "Encoded",
    "Input",
    "Outcome",
    "Search",
    "Task",
    "compare",
    "encoded",
    "evaluate",
    "read",
    "save",
]
