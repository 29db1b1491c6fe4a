"""Texts on their way in: files that are read and items of text, cut into passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import final

from likewise.collection.draft import Draft, content_hash
from likewise.collection.facts import file_facts
from likewise.collection.ingest import Ingest
from likewise.collection.ledger import Line
from likewise.collection.results import Refusal
from likewise.collection.tally import Outcome, Tally
from likewise.encoders import Encoder
from likewise.errors import FormatError
from likewise.formats import Document, Reader
from likewise.modalities import blocks
from likewise.modalities.text import split
from likewise.sources import Found
from likewise.types import Item, Part

__all__ = ["Texts", "cut"]

_LONGEST = 256
"""Tokens of a passage at most, however many the encoder takes: one thought, one vector."""
_TRIES = 3


def cut(encoder: Encoder, parts: Iterable[Part]) -> Iterator[Part]:
    """Passage-sized parts for an encoder."""
    size = min(encoder.capacity("document"), _LONGEST)
    return split(parts, encoder.count, size, size // 8)


@final
class Texts:
    """Feeds texts to the run of their shelf; `reader` holds the child process that parses files."""

    def __init__(self, ingest: Ingest, reader: Reader, tally: Tally) -> None:
        self.ingest = ingest
        self._reader, self._tally = reader, tally

    @cached_property
    def recipe(self) -> str:
        """How texts are cut; an item that was cut otherwise is read again."""
        return f"1:{min(self.ingest.encoder.capacity('document'), _LONGEST)}"

    def file(self, found: Found, line: Line, before: Line | None) -> Outcome:
        """Take in a file of text. Raises FormatError where it is refused."""
        for attempt in range(1, _TRIES + 1):
            draft = self.ingest.draft(line)
            try:
                document = self._parse(draft, found)
                break
            except FormatError as error:
                self.ingest.drop(draft)
                if error.reason != "changed_while_reading" or attempt == _TRIES:
                    raise
            except BaseException:
                self.ingest.drop(draft)
                raise
        draft.line = replace(line, kind=document.kind, digest=document.digest, recipe=self.recipe)
        for warning in document.warnings:
            self._tally.warn(Refusal(found.id, "mended", warning))
        return self._settle(draft, before)

    def item(self, item: Item, before: Line | None) -> Outcome:
        """Take in an item whose content is a text."""
        text = str(item.content).encode("utf-8", "replace").decode()
        digest = content_hash(repr((text, sorted(item.metadata.items()))))
        line = Line(item.id, None, item.modality, size=len(text), digest=digest, recipe=self.recipe)
        draft = self.ingest.draft(line)
        draft.title, draft.metadata = str(item.metadata.get("title") or ""), item.metadata
        if before is not None and before.state == "kept" and before.alike(line):
            return self._settle(draft, before)
        for part in cut(self.ingest.encoder, blocks(text)):
            self.ingest.passage(draft, part)
        return self._settle(draft, before)

    def _parse(self, draft: Draft, found: Found) -> Document[Part]:
        """Read a file into a draft; what stands before a damaged place is kept, with a warning."""
        document = self._reader.read(found.path)
        errors: list[FormatError] = []
        for part in cut(self.ingest.encoder, _until_error(document, errors)):
            self.ingest.passage(draft, part)
        for error in errors:
            if not draft.count or error.reason == "changed_while_reading":
                raise error
            self._tally.warn(Refusal(found.id, error.reason, f"kept up to there only: {error.detail}"))
        if not draft.count:
            raise FormatError("no_text", "there is no text in it")
        draft.title = str(document.metadata.get("title") or found.path.stem)
        draft.metadata = file_facts(found, document.kind) | dict(document.metadata)
        return document

    def _settle(self, draft: Draft, before: Line | None) -> Outcome:
        """Keep the draft, unless it says what is kept already."""
        if before is not None and before.state == "kept" and before.alike(draft.line):
            self.ingest.drop(draft)
            return self.ingest.unchanged(replace(draft.line, passages=before.passages))
        return self.ingest.complete(draft, before)


def _until_error(parts: Iterable[Part], errors: list[FormatError]) -> Iterator[Part]:
    """The parts before an error; the error is put into `errors`, so that what waits in the splitter is not lost."""
    try:
        yield from parts
    except FormatError as error:
        errors.append(error)
