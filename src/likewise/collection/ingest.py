"""One run of taking sources in on one shelf: encode what is not known yet, keep; a kill costs one batch at most.

Vectors are kept under the hash of their content as soon as they are computed; an item's passages become visible all
together, in one transaction with its line in the ledger. A run that was cut short is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np

from likewise.collection.draft import Draft, content_hash
from likewise.collection.ledger import Ledger, Line
from likewise.collection.results import Refusal
from likewise.collection.tally import Outcome, Tally
from likewise.encoders import Encoder
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Item, Media, Part, Passage, Place, Report

__all__ = ["BATCH", "Ingest"]

BATCH = 256
"""Passages encoded, and at most lost, at a time."""
_CHARACTERS = 1 << 20
"""Characters that a batch of texts may hold."""
_BYTES = 96 << 20
"""Bytes that a batch of pictures, sounds and the like may hold."""
_PIECES = 64
"""Pieces of media encoded, and at most lost, at a time: one takes as long as many texts."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A content that waits for its batch."""

    id: str
    content: object
    modality: str


@final
class Ingest:
    """Takes drafts in, batch by batch; after `flush` everything given is kept."""

    def __init__(
        self, directory: Path, store: SQLite, ledger: Ledger, encoder: Callable[[], Encoder], tally: Tally
    ) -> None:
        self.directory = directory
        self.ledger = ledger
        self.run = ledger.begin()
        self._store, self._loaded, self._tally = store, encoder, tally
        self._waiting: dict[str, _Waiting] = {}
        self._filled = 0.0
        self._drafts: set[Draft] = set()
        self._ready: list[Draft] = []
        self._lines: list[Line] = []
        self._failed: dict[str, str] = {}

    @property
    def encoder(self) -> Encoder:
        """The encoder of the shelf, loaded when it is first needed."""
        return self._loaded()

    def draft(self, line: Line) -> Draft:
        """A new draft; it is `complete` or `drop` that ends it."""
        draft = Draft(line, self.directory)
        self._drafts.add(draft)
        self._tally.hold(line.id)
        return draft

    def drop(self, draft: Draft) -> None:
        """Let go of a draft; vectors computed for it stay in the cache."""
        self._end(draft)

    def passage(self, draft: Draft, part: Part) -> None:
        """Add a text to a draft; its vector is computed when a batch is full."""
        id_ = draft.append(part.text, part.place)
        self._wait(content_hash(part.text), _Waiting(id_, part.text, "text"), len(part.text) / _CHARACTERS, BATCH)

    def piece(self, draft: Draft, media: Media, hash_: str, size: int) -> None:
        """Add a piece of media, `size` bytes large, to a draft; its vector is computed when a batch is full."""
        id_ = draft.append("", media.place, media.modality, hash_)
        self._wait(hash_, _Waiting(id_, media.content, media.modality), size / _BYTES, _PIECES)

    def known(self, draft: Draft, place: Place, modality: str, hash_: str) -> None:
        """Add a piece to a draft whose vector is kept under its hash."""
        draft.append("", place, modality, hash_)
        self._tally.reused += 1

    def complete(self, draft: Draft, before: Line | None) -> Outcome:
        """The draft has all of its passages: keep it with the next batch."""
        self._ready.append(draft)
        if sum(d.count for d in self._ready) >= BATCH or len(self._ready) >= BATCH:
            self.flush()
        return "added" if before is None or before.state == "refused" else "changed"

    def unchanged(self, line: Line) -> Outcome:
        """The line of a source that need not be taken in again."""
        self._write(line)
        return "unchanged"

    def refuse(self, line: Line, reason: str, before: Line | None) -> Outcome:
        """Write down a source that is not taken in; what an older version of it gave stays."""
        if before is not None and before.state != "refused":
            self._write(replace(before, state="stale", reason=reason))
        else:
            self._write(replace(line, state="refused", reason=reason, passages=0))
        return "refused"

    def remove(self, ids: Sequence[str]) -> None:
        """Forget items and their passages."""
        for start in range(0, len(ids), BATCH):
            with self._store.transaction():
                for id_ in ids[start : start + BATCH]:
                    self._store.delete(self.ledger.held(id_))
                    self.ledger.drop(id_)

    def flush(self) -> None:
        """Encode and keep everything that waits, all or nothing."""
        self._encode()
        ready, self._ready = self._ready, []
        lines, self._lines = self._lines, []
        if not ready and not lines:
            return
        with self._store.transaction():
            for line in lines:
                self.ledger.put(line, self.run)
            for draft in ready:
                self._replace(draft)
        whole = tuple(d.line.id for d in ready if self._end(d))
        self._tally.tell(whole)

    def discard(self) -> None:
        """Let go of every draft that was not kept."""
        for draft in list(self._drafts):
            self.drop(draft)

    def _end(self, draft: Draft) -> bool:
        """Let go of a draft; true if its source waits for no other one."""
        draft.close()
        self._drafts.discard(draft)
        return self._tally.release(draft.line.id)

    def _write(self, line: Line) -> None:
        self._lines.append(line)
        if len(self._lines) >= BATCH:
            self.flush()

    def _wait(self, hash_: str, waiting: _Waiting, share: float, most: int) -> None:
        if hash_ in self._waiting:
            self._tally.reused += 1
        else:
            self._waiting[hash_] = waiting
            self._filled += share
        if len(self._waiting) >= most or self._filled >= 1:
            self._encode()

    def _encode(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting, self._filled = self._waiting, {}, 0.0
        encoder = self.encoder
        known = self._store.cached("document", list(waiting), encoder.space)
        wanted = {h: row for h, row in waiting.items() if h not in known}
        self._tally.reused += len(known)
        if wanted:
            items = [Item(row.id, row.content, row.modality) for row in wanted.values()]
            embeddings = encoder.encode(items, role="document")
            self._store.remember("document", list(wanted), embeddings)
            self._tally.encoded += len(wanted) - len(embeddings.failed)
            self._tally.truncated += embeddings.truncated
            for hash_, report in zip(wanted, embeddings.reports, strict=True):
                if not report.ok:
                    self._failed[hash_] = report.error
        self._tally.tell()

    def _replace(self, draft: Draft) -> None:
        self._store.delete(self.ledger.held(draft.line.id))
        kept = 0
        for rows in draft.batches(BATCH):
            well = [(passage, hash_) for passage, hash_ in rows if self._well(passage, hash_)]
            if well:
                passages, hashes = [passage for passage, _ in well], [hash_ for _, hash_ in well]
                self._store.add(passages, self._vectors(passages, hashes), hashes)
                kept += len(well)
        self._tally.passages += kept
        self.ledger.put(replace(draft.line, passages=kept), self.run)

    def _well(self, passage: Passage, hash_: str) -> bool:
        error = self._failed.get(hash_) if self._failed else None
        if error:
            self._tally.warn(Refusal(passage.id, "not_encoded", error))
        return error is None

    def _vectors(self, passages: list[Passage], hashes: list[str]) -> Embeddings:
        space = self.encoder.space
        known = self._store.cached("document", hashes, space)
        ids = tuple(p.id for p in passages)
        return Embeddings(ids, np.stack([known[h] for h in hashes]), space, tuple(Report(i, 0, 0) for i in ids))
