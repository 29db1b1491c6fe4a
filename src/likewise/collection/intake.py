"""From folders, files and items to drafts: what is unchanged is passed over, what cannot be read is reported."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from likewise.collection.draft import Draft, content_hash
from likewise.collection.ingest import Ingest
from likewise.collection.ledger import Ledger, Line
from likewise.collection.results import Refusal
from likewise.encoders import Encoder
from likewise.errors import FormatError
from likewise.formats import Document, Reader
from likewise.modalities import blocks
from likewise.modalities.text import split
from likewise.sources import Found
from likewise.sources.folder import Folder
from likewise.types import Item, Part, Scalar

__all__ = ["Intake", "cut"]

_LONGEST = 256
"""Tokens of a passage at most, however many the encoder takes: one thought, one vector."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which a change must show in a file's time; a younger file is read again next time."""
_TRIES = 3


def cut(encoder: Encoder, parts: Iterable[Part]) -> Iterator[Part]:
    """Passage-sized parts for an encoder."""
    size = min(encoder.capacity("document"), _LONGEST)
    return split(parts, encoder.count, size, size // 8)


def recipe(encoder: Encoder) -> str:
    """How texts are cut; an item that was cut otherwise is read again."""
    return f"1:{min(encoder.capacity('document'), _LONGEST)}"


@final
class Intake:
    """Feeds one run of `Ingest`; used as a context, it holds the child process that parses files."""

    def __init__(self, ingest: Ingest, ledger: Ledger, encoder: Encoder, reader: Reader) -> None:
        self._ingest, self._ledger, self._encoder, self._reader = ingest, ledger, encoder, reader
        self._recipe = recipe(encoder)
        self._met: set[str] = set()

    def folder(self, path: Path, root: int) -> list[str]:
        """Take in a file, or every file below a folder; returns the folders that could not be listed."""
        walk = Folder([path])
        unlisted = []
        met = False
        for found in walk:
            met = True
            if found.folder:
                unlisted.append(found.id)
                self._ingest.report(Refusal(found.id, found.reason, found.detail))
            else:
                self._file(found, root)
                self._ingest.advance(found.size)
        if not met:
            self._ingest.warn(
                Refusal(str(path), "empty", f"no file to read in it; {walk.skipped:,} passed over as junk")
            )
        self._ingest.skipped += walk.skipped
        return unlisted

    def items(self, items: Iterable[Item]) -> None:
        """Take in items of text."""
        for item in items:
            self._item(item)

    def _file(self, found: Found, root: int) -> None:
        before = self._ledger.get(found.id)
        line = Line(found.id, root, size=found.size, recipe=self._recipe)
        if found.reason:
            self._ingest.refuse(line, Refusal(found.id, found.reason, found.detail), before)
            return
        stamp = found.mtime_ns if time.time_ns() - found.mtime_ns > _SETTLED else 0
        line = replace(line, mtime_ns=stamp)
        if before is not None and stamp and _same(before, line):
            self._ingest.unchanged(replace(before, root=root))
            return
        self._read(found, line, before)

    def _read(self, found: Found, line: Line, before: Line | None) -> None:
        for attempt in range(1, _TRIES + 1):
            draft = self._ingest.draft(line)
            try:
                document = self._parse(draft, found)
                break
            except FormatError as error:
                self._ingest.drop(draft)
                if error.reason != "changed_while_reading" or attempt == _TRIES:
                    self._ingest.refuse(line, Refusal(found.id, error.reason, error.detail), before)
                    return
        draft.line = replace(line, kind=document.kind, digest=document.digest)
        for warning in document.warnings:
            self._ingest.warn(Refusal(found.id, "mended", warning))
        self._settle(draft, before)

    def _parse(self, draft: Draft, found: Found) -> Document:
        """Read a file into a draft; what stands before a damaged place is kept, with a warning."""
        document = self._reader.read(found.path)
        errors: list[FormatError] = []
        for part in cut(self._encoder, _until_error(document, errors)):
            self._ingest.passage(draft, part)
        for error in errors:
            if not draft.count or error.reason == "changed_while_reading":
                raise error
            self._ingest.warn(Refusal(found.id, error.reason, f"kept up to there only: {error.detail}"))
        if not draft.count:
            raise FormatError("no_text", "there is no text in it")
        draft.title = str(document.metadata.get("title") or found.path.stem)
        draft.metadata = _facts(found, document)
        return document

    def _item(self, item: Item) -> None:
        line = Line(item.id, None, kind=item.modality, recipe=self._recipe)
        before = self._ledger.get(item.id)
        refusal = self._unfit(item)
        if refusal is not None:
            self._ingest.refuse(line, refusal, before)
            return
        self._met.add(item.id)
        text = str(item.content).encode("utf-8", "replace").decode()
        line = replace(line, size=len(text), digest=content_hash(repr((text, sorted(item.metadata.items())))))
        draft = self._ingest.draft(line)
        draft.title, draft.metadata = str(item.metadata.get("title") or ""), item.metadata
        if before is not None and before.state == "kept" and _alike(before, line):
            self._settle(draft, before)
            return
        for part in cut(self._encoder, blocks(text)):
            self._ingest.passage(draft, part)
        self._settle(draft, before)

    def _unfit(self, item: Item) -> Refusal | None:
        if item.id in self._met:
            return Refusal(item.id, "duplicate_id", "another item of this call has the same id; the first one is kept")
        if item.modality != "text" or not isinstance(item.content, str):
            what = f"{item.modality} given as {type(item.content).__name__}"
            return Refusal(item.id, "unsupported", f"{what} cannot be taken in yet; give text as str")
        if not item.content.strip():
            return Refusal(item.id, "empty", "there is no text in it")
        return None

    def _settle(self, draft: Draft, before: Line | None) -> None:
        """Keep the draft, unless it says what is kept already."""
        if before is not None and before.state == "kept" and _alike(before, draft.line):
            self._ingest.drop(draft)
            self._ingest.unchanged(replace(draft.line, passages=before.passages))
        else:
            self._ingest.complete(draft, before)


def _until_error(parts: Iterable[Part], errors: list[FormatError]) -> Iterator[Part]:
    """The parts before an error; the error is put into `errors`, so that what waits in the splitter is not lost."""
    try:
        yield from parts
    except FormatError as error:
        errors.append(error)


def _same(before: Line, now: Line) -> bool:
    """Whether a file need not be read: same size and time, cut the same way, and kept."""
    return before.state == "kept" and (before.size, before.mtime_ns, before.recipe) == (
        now.size,
        now.mtime_ns,
        now.recipe,
    )


def _alike(before: Line, now: Line) -> bool:
    """Whether the content is what is kept."""
    return (before.digest, before.recipe) == (now.digest, now.recipe)


def _facts(found: Found, document: Document) -> dict[str, Scalar]:
    """What filters can ask of a file: its own metadata, and kind, name, source, size, modified and year."""
    when = datetime.fromtimestamp(found.mtime_ns / 1e9, UTC)
    facts: dict[str, Scalar] = {
        "source": found.id,
        "name": found.path.name.encode("utf-8", "replace").decode(),
        "kind": document.kind,
        "size": found.size,
        "modified": when.isoformat(timespec="seconds"),
        "year": when.year,
    }
    return facts | dict(document.metadata)
