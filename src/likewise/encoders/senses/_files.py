"""Files given as contents: read and made ready in child processes, several at a time."""

from __future__ import annotations

import weakref
from dataclasses import replace
from os import PathLike
from queue import Empty, SimpleQueue
from typing import final

from likewise.formats import Plan, Reader, kind_of
from likewise.modalities import Array, Preparer

__all__ = ["Files", "modality_of"]


@final
class Files:
    """Reads files; as many child processes as there are threads that call, ended with this object."""

    def __init__(self) -> None:
        self._idle: SimpleQueue[Reader] = SimpleQueue()
        self._end = weakref.finalize(self, _close, self._idle)

    def pieces(self, path: str | PathLike[str], modality: str, preparer: Preparer, most: int | None) -> list[Array]:
        """What `preparer` makes of the pieces of a file taken for a modality, of its first `most`.

        A sound is cut as one that is given by its samples: into windows as long as an input.

        Raises FormatError for a file that cannot be used.
        """
        try:
            reader = self._idle.get_nowait()
        except Empty:
            reader = Reader()
        try:
            found: list[Array] = []
            plan = Plan(modality=modality)
            plan = replace(plan, window=preparer.span() or plan.window)
            for media in reader.view(path, {modality: preparer}, plan):
                found.append(media.content)  # type: ignore[arg-type]
                if len(found) == most:
                    break
            return found
        finally:
            self._idle.put(reader)


def modality_of(path: str | PathLike[str]) -> str:
    """What a file holds, by its first bytes; empty where nobody knows. Raises FormatError for what cannot be opened."""
    kind = kind_of(path)
    return "" if kind == "other" else kind


def _close(idle: SimpleQueue[Reader]) -> None:
    while not idle.empty():
        idle.get_nowait().close()
