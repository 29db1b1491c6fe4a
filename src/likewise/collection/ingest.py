"""One run of taking sources in: read, split, encode what is not known yet, keep; a kill costs one batch at most.

Vectors are kept under the hash of their text as soon as they are computed; an item's passages become visible all
together, in one transaction with its line in the ledger. A run that was cut short is simply run again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import final

import numpy as np

from likewise.collection.draft import Draft, content_hash
from likewise.collection.ledger import Ledger, Line
from likewise.collection.results import OnProgress, Progress, Receipt, Refusal
from likewise.encoders import Encoder
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Item, Part, Passage, Report

__all__ = ["BATCH", "Ingest"]

BATCH = 256
"""Passages encoded, and at most lost, at a time."""
_CHARACTERS = 1 << 20
"""Characters that a batch may hold."""


@final
class Ingest:
    """Takes drafts in, batch by batch; `finish` gives the receipt."""

    def __init__(
        self, directory: Path, store: SQLite, ledger: Ledger, encoder: Encoder, progress: OnProgress | None
    ) -> None:
        self.directory = directory
        self.run = ledger.begin()
        self.total: int | None = None
        self._store, self._ledger, self._encoder, self._progress = store, ledger, encoder, progress
        self._started = time.monotonic()
        self._waiting: dict[str, tuple[str, str]] = {}  # content hash -> (passage id, text)
        self._characters = 0
        self._drafts: set[Draft] = set()
        self._ready: list[Draft] = []
        self._lines: list[Line] = []
        self._failed: dict[str, str] = {}
        self._done = self._added = self._changed = self._unchanged = self._removed = 0
        self._passages = self._encoded = self._reused = self.skipped = 0
        self._refused: list[Refusal] = []
        self._warnings: list[Refusal] = []
        self._truncated: list[Report] = []

    def draft(self, line: Line) -> Draft:
        """A new draft; it is `complete` or `drop` that ends it."""
        draft = Draft(line, self.directory)
        self._drafts.add(draft)
        return draft

    def drop(self, draft: Draft) -> None:
        """Let go of a draft; vectors computed for it stay in the cache."""
        draft.close()
        self._drafts.discard(draft)

    def passage(self, draft: Draft, part: Part) -> None:
        """Add a passage to a draft; its vector is computed when a batch is full."""
        id_ = draft.append(part)
        hash_ = content_hash(part.text)
        if hash_ in self._waiting:
            self._reused += 1
        else:
            self._waiting[hash_] = (id_, part.text)
            self._characters += len(part.text)
        if len(self._waiting) >= BATCH or self._characters >= _CHARACTERS:
            self._encode()

    def complete(self, draft: Draft, before: Line | None) -> None:
        """The draft has all of its passages: keep it with the next batch."""
        self._ready.append(draft)
        if before is None or before.state == "refused":
            self._added += 1
        else:
            self._changed += 1
        if sum(d.count for d in self._ready) >= BATCH or len(self._ready) >= BATCH:
            self.flush()

    def unchanged(self, line: Line) -> None:
        self._unchanged += 1
        self._write(line)

    def refuse(self, line: Line, refusal: Refusal, before: Line | None) -> None:
        """Report a source that is not taken in; what an older version of it gave stays."""
        self._refused.append(refusal)
        if before is not None and before.state != "refused":
            self._write(replace(before, state="stale", reason=refusal.reason))
        else:
            self._write(replace(line, state="refused", reason=refusal.reason, passages=0))

    def report(self, refusal: Refusal) -> None:
        """Report a source that cannot even be written down, such as a folder that cannot be listed."""
        self._refused.append(refusal)

    def warn(self, warning: Refusal) -> None:
        self._warnings.append(warning)

    def advance(self, amount: int) -> None:
        """Work done, in the unit of `total`, for the progress bar."""
        self._done += amount
        self._tell()

    def remove(self, lines: list[Line]) -> None:
        """Forget items and their passages."""
        for start in range(0, len(lines), BATCH):
            with self._store.transaction():
                for line in lines[start : start + BATCH]:
                    self._store.delete(self._ledger.held(line.id))
                    self._ledger.drop(line.id)
        self._removed += len(lines)

    def flush(self) -> None:
        """Encode and keep everything that waits, all or nothing."""
        self._encode()
        ready, self._ready = self._ready, []
        lines, self._lines = self._lines, []
        if not ready and not lines:
            return
        with self._store.transaction():
            for line in lines:
                self._ledger.put(line, self.run)
            for draft in ready:
                self._replace(draft)
        for draft in ready:
            self.drop(draft)
        self._tell(tuple(d.line.id for d in ready))

    def finish(self) -> Receipt:
        self.flush()
        return Receipt(
            self._added,
            self._changed,
            self._unchanged,
            self._removed,
            self._passages,
            self._encoded,
            self._reused,
            self.skipped,
            tuple(self._refused),
            tuple(self._warnings),
            tuple(self._truncated),
            time.monotonic() - self._started,
        )

    def discard(self) -> None:
        """Let go of every draft that was not kept."""
        for draft in list(self._drafts):
            self.drop(draft)

    def _write(self, line: Line) -> None:
        self._lines.append(line)
        if len(self._lines) >= BATCH:
            self.flush()

    def _encode(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting, self._characters = self._waiting, {}, 0
        known = self._store.cached("document", list(waiting), self._encoder.space)
        wanted = {h: row for h, row in waiting.items() if h not in known}
        self._reused += len(known)
        if wanted:
            embeddings = self._encoder.encode([Item(id_, text) for id_, text in wanted.values()], role="document")
            self._store.remember("document", list(wanted), embeddings)
            self._encoded += len(wanted) - len(embeddings.failed)
            self._truncated += embeddings.truncated
            for hash_, report in zip(wanted, embeddings.reports, strict=True):
                if not report.ok:
                    self._failed[hash_] = report.error
        self._tell()

    def _replace(self, draft: Draft) -> None:
        self._store.delete(self._ledger.held(draft.line.id))
        kept = 0
        for passages in draft.batches(BATCH):
            well = [p for p in passages if self._well(p)]
            if well:
                self._store.add(well, self._vectors(well))
                kept += len(well)
        self._passages += kept
        self._ledger.put(replace(draft.line, passages=kept), self.run)

    def _well(self, passage: Passage) -> bool:
        error = self._failed.get(content_hash(passage.text)) if self._failed else None
        if error:
            self.warn(Refusal(passage.id, "not_encoded", error))
        return error is None

    def _vectors(self, passages: list[Passage]) -> Embeddings:
        space = self._encoder.space
        hashes = [content_hash(p.text) for p in passages]
        known = self._store.cached("document", hashes, space)
        ids = tuple(p.id for p in passages)
        return Embeddings(ids, np.stack([known[h] for h in hashes]), space, tuple(Report(i, 0, 0) for i in ids))

    def _tell(self, kept: tuple[str, ...] = ()) -> None:
        if self._progress is not None:
            unit = "items" if self.total is None else "B"
            done = self._added + self._changed + self._unchanged if self.total is None else self._done
            self._progress(Progress("add", done, self.total, unit, kept))
