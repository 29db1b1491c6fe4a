"""What a command of the command line is made of."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from likewise.cli._output import Output

__all__ = ["Command"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its help, its arguments and its work; `run` returns the exit code.

    `summary` is one line for the list of commands, `about` explains, `examples` are lines to type.
    """

    summary: str
    about: str
    examples: tuple[str, ...]
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Output], int]
