"""scikit-learn, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from likewise.errors import MissingLibrary
from likewise.parts import missing

__all__ = ["learning"]


@contextmanager
def learning(kind: str) -> Iterator[None]:
    """MissingLibrary with the command that mends it, in place of what Python says of a library that is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not missing(error):
            raise
        raise MissingLibrary(f"a task of {kind} needs {missing(error)}") from error
