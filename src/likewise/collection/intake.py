"""From folders, files and items to their shelves: what is unchanged is passed over, what nobody takes is reported."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import final

from likewise.collection.ingest import Ingest
from likewise.collection.ledger import Line
from likewise.collection.results import Refusal
from likewise.collection.senses import Senses
from likewise.collection.tally import Outcome, Tally
from likewise.collection.texts import Texts
from likewise.collection.views import Job, Views
from likewise.errors import FormatError, ModelError
from likewise.formats import Reader, kind_of
from likewise.sources import Found
from likewise.sources.folder import Folder
from likewise.types import Item

__all__ = ["Intake"]

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change must show in a file's time; a younger file is read again next time."""
_TEXT = ""


@final
class Intake:
    """Feeds one run: `desks` are the runs of the shelves by their names, that of texts is named ""."""

    def __init__(self, desks: Mapping[str, Ingest], senses: Senses, reader: Reader, tally: Tally) -> None:
        self._desks, self._senses, self._tally = desks, senses, tally
        self._texts = Texts(desks[_TEXT], reader, tally)
        self._views = Views(desks, senses.plan, tally, self._viewed)
        self._met: set[str] = set()
        self._moved: list[tuple[str, str]] = []  # (shelf, id) of what lies on another shelf now

    def folder(self, path: Path, roots: Mapping[str, int]) -> list[str]:
        """Take in a file, or every file below a folder, which has a number on every shelf.

        Returns the folders that could not be listed.
        """
        walk = Folder([path])
        unlisted = []
        met = False
        for found in walk:
            met = True
            if found.folder:
                unlisted.append(found.id)
                self._tally.refuse(Refusal(found.id, found.reason, found.detail))
            else:
                self._file(found, roots)
                self._tally.advance(found.size)
        if not met:
            self._tally.warn(
                Refusal(str(path), "empty", f"no file to read in it; {walk.skipped:,} passed over as junk")
            )
        self._tally.skipped += walk.skipped
        return unlisted

    def items(self, items: Iterable[Item]) -> None:
        """Take in items of text or of decoded content."""
        for item in items:
            self._item(item)

    def flush(self) -> None:
        """Take in everything that is under way, on every shelf; then leave the shelves that things moved from."""
        self._views.drain()
        for desk in self._desks.values():
            desk.flush()
        moved, self._moved = self._moved, []
        for name, desk in self._desks.items():
            desk.remove([id_ for shelf, id_ in moved if shelf == name])

    def close(self) -> None:
        """End the child processes and let go of what was not kept."""
        self._views.close()
        for desk in self._desks.values():
            desk.discard()

    def _lines(self, id_: str) -> dict[str, Line]:
        """What is known of a source, by shelf."""
        lines = ((name, desk.ledger.get(id_)) for name, desk in self._desks.items())
        return {name: line for name, line in lines if line is not None}

    def _file(self, found: Found, roots: Mapping[str, int]) -> None:
        lines = self._lines(found.id)
        line = Line(found.id, size=found.size)
        if found.reason:
            self._refuse(line, FormatError(found.reason, found.detail), lines, roots)
            return
        stamp = found.mtime_ns if time.time_ns() - found.mtime_ns > _SETTLED else 0
        line = replace(line, mtime_ns=stamp)
        if stamp and self._unchanged(line, lines, roots):
            return
        try:
            kind = self._senses.kind(found.path)
            wants = self._senses.wants(kind)
            if wants:
                self._submit(found, kind, line, (wants, roots, lines))
                return
            outcome = self._text(found, replace(line, root=roots[_TEXT]), lines.get(_TEXT))
        except FormatError as error:
            self._refuse(line, self._advised(found, error), lines, roots)
            return
        self._settled([_TEXT], lines, [outcome], found.id)

    def _unchanged(self, line: Line, lines: Mapping[str, Line], roots: Mapping[str, int]) -> bool:
        """Whether a file lies as it is on every shelf that it goes to; if so that is written down."""
        kept = {name: known for name, known in lines.items() if known.state == "kept"}
        kind = next((self._senses.kind_kept(name, known.kind) for name, known in kept.items()), "")
        if self._senses.plan.asked(line.id) not in ("", kind):  # a new rule says what it is
            return False
        wants = self._senses.wants(kind) if kind else {}
        shelves = list(wants) or ([_TEXT] if kind == "text" else [])
        for name in shelves:
            recipe = self._views.recipe(name, wants[name]) if wants else self._texts.recipe
            if name not in kept or not kept[name].same(replace(line, recipe=recipe)):
                return False
        if not shelves:
            return False
        outcomes = [self._desks[name].unchanged(replace(kept[name], root=roots[name])) for name in shelves]
        self._settled(shelves, lines, outcomes, line.id)
        return True

    def _submit(
        self,
        found: Found,
        kind: str,
        line: Line,
        known: tuple[Mapping[str, frozenset[str]], Mapping[str, int], Mapping[str, Line]],
    ) -> None:
        wants, roots, lines = known
        made = {
            name: replace(line, root=roots[name], kind=kind, recipe=self._views.recipe(name, modalities))
            for name, modalities in wants.items()
        }
        self._views.submit(Job(found, kind, wants, made, {name: lines.get(name) for name in wants}))

    def _viewed(self, job: Job, outcomes: list[Outcome], error: FormatError | None) -> None:
        """What became of a file that was looked at."""
        lines = self._lines(job.found.id)
        if error is None:
            self._settled(list(job.wants), lines, outcomes, job.found.id)
            return
        line = next(iter(job.lines.values()))
        roots = {name: made.root for name, made in job.lines.items() if made.root is not None}
        self._refuse(line, error, lines, roots, shelf=next(iter(job.wants)))

    def _text(self, found: Found, line: Line, before: Line | None) -> Outcome:
        try:
            return self._texts.file(found, line, before)
        except ModelError as error:
            if not self._senses.waiting:
                raise
            raise FormatError("no_encoder", f"there is no model for texts here: {error}") from error

    def _advised(self, found: Found, error: FormatError) -> FormatError:
        """A refusal as its reader gives it, or what to get for a file that no encoder here takes."""
        if error.reason not in ("unsupported", "binary"):
            return error
        try:
            kind = self._senses.plan.asked(str(found.path)) or kind_of(found.path)
        except FormatError:
            return error
        return error if kind in ("text", "other") else self._senses.advice(kind)

    def _refuse(
        self, line: Line, error: FormatError, lines: Mapping[str, Line], roots: Mapping[str, int], shelf: str = _TEXT
    ) -> None:
        """Write a source down as refused, where an older version of it lies if there is one."""
        self._tally.refuse(Refusal(line.id, error.reason, error.detail))
        older = [name for name, known in lines.items() if known.state != "refused"] or [*lines][:1]
        for name in older or [shelf]:
            now = replace(line, root=roots.get(name, lines[name].root if name in lines else None))
            self._desks[name].refuse(now, error.reason, lines.get(name))

    def _settled(self, shelves: list[str], lines: Mapping[str, Line], outcomes: list[Outcome], id_: str) -> None:
        """Count a source; where it lay on other shelves before, it goes from there once it is kept here."""
        moved = [name for name in lines if name not in shelves]
        self._moved += [(name, id_) for name in moved]
        if any(lines[name].state != "refused" for name in moved):
            outcomes = [*outcomes, "changed"]
        self._tally.count(outcomes)

    def _item(self, item: Item) -> None:
        lines = self._lines(item.id)
        try:
            shelf = self._shelf(item)
            self._met.add(item.id)
            take = self._texts.item if shelf == _TEXT else lambda it, line: self._views.item(it, shelf, line)
            outcome = take(item, lines.get(shelf))
        except FormatError as error:
            if error.reason == "duplicate_id":
                self._tally.refuse(Refusal(item.id, error.reason, error.detail))
                return
            self._refuse(Line(item.id, None, kind=item.modality), error, lines, {})
            return
        self._settled([shelf], lines, [outcome], item.id)

    def _shelf(self, item: Item) -> str:
        """The shelf that an item goes to. Raises FormatError where there is none."""
        if item.id in self._met:
            raise FormatError("duplicate_id", "another item of this call has the same id; the first one is kept")
        if item.modality != "text":
            wants = self._senses.of_items(item.modality)
            if not wants:
                raise self._senses.advice(item.modality)
            return wants
        if not isinstance(item.content, str):
            what = f"{item.modality} given as {type(item.content).__name__}"
            raise FormatError("unsupported", f"{what} cannot be taken in; give text as str")
        if not item.content.strip():
            raise FormatError("empty", "there is no text in it")
        return _TEXT
