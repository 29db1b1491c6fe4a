"""An item on its way in: its passages wait, on disk when they are many, until all of their vectors are known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, final

from likewise.collection.ledger import Line
from likewise.errors import StorageError
from likewise.types import Metadata, Passage, Place

__all__ = ["Draft", "content_hash"]

_IN_MEMORY = 1 << 20
_FIELDS = attrgetter(*(f.name for f in fields(Place)))


def content_hash(text: str) -> str:
    """The key under which the vector of a text is kept: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@final
class Draft:
    """The passages of one item, with what its ledger line and its metadata will be."""

    def __init__(self, line: Line, directory: Path) -> None:
        self.line = line
        self.title = ""
        self.text = ""  # of passages that have none of their own
        self.metadata: Metadata = {}
        self.count = 0
        self._directory = directory
        self._spool = SpooledTemporaryFile(  # noqa: SIM115 (it lives as long as the draft)
            max_size=_IN_MEMORY, mode="w+", encoding="utf-8", dir=str(directory)
        )

    def append(self, text: str, place: Place, modality: str = "", hash_: str = "") -> str:
        """Take a passage; where its content is not the text, of which modality that is and its hash.

        Returns the id that it will have, in which the modality tells it from the same file's pieces on other shelves.
        """
        self.count += 1
        try:
            self._spool.write(json.dumps([text, modality, hash_, *_FIELDS(place)], separators=(",", ":")) + "\n")
        except OSError as error:
            raise StorageError(
                f"cannot write beside the collection {self._directory}: {error}; everything acknowledged before is "
                "intact; make room on the disk, then run the same again"
            ) from error
        return self._id(self.count, modality)

    def _id(self, number: int, modality: str) -> str:
        return f"{self.line.id}#{modality}{number}"

    def batches(self, size: int) -> Iterator[list[tuple[Passage, str]]]:
        """The passages and the hashes of their contents in order, `size` at a time."""
        self._spool.seek(0)
        lines = enumerate(self._spool, 1)
        while batch := list(islice(lines, size)):
            yield [self._passage(number, *json.loads(line)) for number, line in batch]

    def _passage(self, number: int, text: str, modality: str, hash_: str, *place: Any) -> tuple[Passage, str]:
        where = Place(*place)
        title = " > ".join(x for x in (self.title, where.heading) if x)
        id_, shown = self._id(number, modality), text or self.text
        return Passage(id_, self.line.id, shown, title, where, self.metadata), hash_ or content_hash(text)

    def close(self) -> None:
        self._spool.close()
