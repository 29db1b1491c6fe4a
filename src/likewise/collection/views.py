"""Pictures, sounds and clips on their way in: looked at in child processes ahead, then shared out to their shelves."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

import numpy as np

from likewise.collection.ahead import Ahead, Put, Stream
from likewise.collection.draft import Draft
from likewise.collection.facts import file_facts
from likewise.collection.ingest import Ingest
from likewise.collection.ledger import Line
from likewise.collection.results import Refusal
from likewise.collection.tally import Outcome, Tally
from likewise.errors import FormatError
from likewise.formats import Plan, Reader
from likewise.modalities import Prepared, Preparer
from likewise.sources import Found
from likewise.types import Clip, Item, Media, Motion, Scalar, Sound

__all__ = ["Job", "Views"]

_SHOWN = ("title", "caption", "description", "artist", "album", "comment")
"""What of a file's own metadata is found by its words."""
_MATTERS = {
    "image": ("pages", "frames", "every", "cuts", "draft"),
    "audio": ("window", "overlap"),
    "video": ("clip", "every", "cuts"),
    "depth": ("pages", "frames", "unit", "focal", "baseline"),
    "thermal": ("pages", "frames", "unit"),
    "motion": ("window", "overlap", "rate"),
}
"""What of a plan changes the pieces of a modality."""
_AHEAD = 4
"""Files under way for each child process."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be looked at: its kind, and for every shelf that it goes to the modalities wanted and what is kept."""

    found: Found
    kind: str
    wants: Mapping[str, frozenset[str]]
    lines: Mapping[str, Line]
    """What its line will be, by shelf."""
    before: Mapping[str, Line | None]


@dataclass(frozen=True, slots=True)
class _Known:
    """The file's digest, and by shelf the id of an item of the same content (its own id where that is unchanged)."""

    digest: str
    twins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of a file at its end, and what was wrong with it."""

    kind: str
    metadata: Mapping[str, Scalar]
    warnings: tuple[str, ...]
    error: FormatError | None


_Event = _Known | Media | _Seen
Settle = Callable[[Job, list[Outcome], FormatError | None], None]


@final
class Views:
    """Feeds media to the runs of their shelves; `settle` hears of every file, in the order given, what became of it."""

    def __init__(self, desks: Mapping[str, Ingest], plan: Plan, tally: Tally, settle: Settle) -> None:
        self._desks, self._plan, self._tally, self._settle = desks, plan, tally, settle
        self._ahead: Ahead[_Event] | None = None
        self._under_way: deque[tuple[Job, Stream[_Event]]] = deque()

    def recipe(self, shelf: str, modalities: frozenset[str]) -> str:
        """How files are cut and prepared for a shelf; one that was cut otherwise is looked at again."""
        preparers = self._desks[shelf].encoder.preparers
        told = [(m, _chosen(self._plan, m), preparers.get(m)) for m in sorted(modalities)]
        return f"2:{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"

    def submit(self, job: Job) -> None:
        """Have a file looked at; what is ready of those before it goes in."""
        if self._ahead is None:
            self._ahead = Ahead(max(1, min(4, len(os.sched_getaffinity(0)))))
        self._under_way.append((job, self._ahead.start(partial(self._look, job))))
        while len(self._under_way) >= _AHEAD * self._ahead.workers:
            self._next()

    def drain(self) -> None:
        """Take in everything that is under way."""
        while self._under_way:
            self._next()

    def close(self) -> None:
        """Stop what is under way and end the child processes."""
        if self._ahead is not None:
            self._ahead.close()

    def item(self, item: Item, shelf: str, before: Line | None) -> Outcome:
        """Take in an item whose content is decoded. Raises FormatError where nobody can tell what it is."""
        ingest = self._desks[shelf]
        digest = _content_digest(item)
        recipe = self.recipe(shelf, frozenset((item.modality,)))
        size = _bytes(item.content)
        line = Line(item.id, None, item.modality, size=size, digest=digest, recipe=recipe)
        if before is not None and before.state == "kept" and before.alike(line):
            return ingest.unchanged(replace(line, passages=before.passages))
        draft = ingest.draft(line)
        draft.title, draft.metadata = str(item.metadata.get("title") or ""), {"kind": item.modality, **item.metadata}
        draft.text = _shown(item.metadata, item.id)
        ingest.piece(draft, Media(item.modality, item.content), _hash(digest, recipe, item.modality, 0), size)
        return ingest.complete(draft, before)

    def _look(self, job: Job, reader: Reader, put: Put[_Event]) -> None:
        """What happens beside: the digest, then, unless all of it is known, the pieces."""
        try:
            with job.found.path.open("rb") as handle:
                digest = hashlib.file_digest(handle, "sha256").hexdigest()
        except OSError as error:
            reason = "vanished" if isinstance(error, FileNotFoundError) else "unreadable"
            put(_Seen("", {}, (), FormatError(reason, f"it cannot be opened: {error.strerror}")), 0)
            return
        twins = {shelf: self._twin(job, shelf, digest) for shelf in job.wants}
        put(_Known(digest, twins), 0)
        lacking = [shelf for shelf, twin in twins.items() if not twin]
        put(self._viewed(job, lacking, digest, reader, put) if lacking else _Seen("", {}, (), None), 0)

    def _twin(self, job: Job, shelf: str, digest: str) -> str:
        before, line = job.before[shelf], replace(job.lines[shelf], digest=digest)
        if before is not None and before.state == "kept" and before.alike(line):
            return line.id
        return self._desks[shelf].ledger.twin(digest, line.recipe)

    def _viewed(self, job: Job, shelves: list[str], digest: str, reader: Reader, put: Put[_Event]) -> _Seen:
        """Put the pieces for these shelves; a file that changes meanwhile ends in an error."""
        seen = _Seen("", {}, (), None)
        for preparers, modalities in self._looks(job, shelves):
            view = None
            try:
                view = reader.view(job.found.path, preparers, self._plan)
                for media in view:
                    if media.modality in modalities:
                        put(media, _bytes(media.content))
                seen = _Seen(view.kind, view.metadata, tuple(dict.fromkeys((*seen.warnings, *view.warnings))), None)
                if view.digest != digest:
                    raise FormatError("changed_while_reading", "it was written to or replaced while it was read")
            except FormatError as error:
                facts = (view.kind, view.metadata, view.warnings) if view else ("", {}, ())
                return _Seen(*facts, error)
        return seen

    def _looks(self, job: Job, shelves: list[str]) -> list[tuple[dict[str, Preparer], frozenset[str]]]:
        """How to look at a file: once for what is made ready in the child, once for what is wanted as it is."""
        ready: dict[str, Preparer] = {}
        plain: set[str] = set()
        for shelf in shelves:
            known = self._desks[shelf].encoder.preparers
            if job.wants[shelf] <= set(known):
                ready |= {modality: known[modality] for modality in job.wants[shelf]}
            else:
                plain |= job.wants[shelf]
        looks: list[tuple[dict[str, Preparer], frozenset[str]]] = [({}, frozenset(plain))] if plain else []
        return [(ready, frozenset(ready)), *looks] if ready else looks

    def _next(self) -> None:
        """Take in the oldest file under way; one that changed meanwhile is looked at again."""
        job, stream = self._under_way.popleft()
        for attempt in range(1, _TRIES + 1):
            error, outcomes = _Sharing(self._desks, job, self._tally).take(stream)
            if self._ahead is not None:
                self._ahead.forget(stream)
                if error is not None and error.reason == "changed_while_reading" and attempt < _TRIES:
                    stream = self._ahead.start(partial(self._look, job))
                    continue
            self._settle(job, outcomes, error)
            return


@final
class _Sharing:
    """The drafts of one file, by shelf, while its pieces come in."""

    def __init__(self, desks: Mapping[str, Ingest], job: Job, tally: Tally) -> None:
        self._desks, self._job, self._tally = desks, job, tally
        self._by_modality = {m: shelf for shelf, wanted in job.wants.items() for m in wanted}
        self._drafts: dict[str, Draft] = {}
        self._numbers: dict[str, int] = {}
        self._prepared = {shelf: wanted <= set(desks[shelf].encoder.preparers) for shelf, wanted in job.wants.items()}
        self._known = _Known("", {})

    def take(self, stream: Stream[_Event]) -> tuple[FormatError | None, list[Outcome]]:
        """Take the events of a file; an error where it is refused, else what became of it on each shelf."""
        seen = _Seen("", {}, (), None)
        try:
            for event in stream:
                if isinstance(event, _Known):
                    self._known = event
                    lacking = [shelf for shelf, twin in event.twins.items() if not twin]
                    self._drafts = {shelf: self._draft(shelf, event.digest) for shelf in lacking}
                elif isinstance(event, Media):
                    self._piece(event)
                else:
                    seen = event
        except BaseException:
            self._drop()
            raise
        error = self._refusal(seen) or self._outrun()
        if error is not None:
            self._drop()
            return error, []
        return None, self._complete(seen)

    def _draft(self, shelf: str, digest: str) -> Draft:
        return self._desks[shelf].draft(replace(self._job.lines[shelf], digest=digest))

    def _drop(self) -> None:
        for shelf, draft in self._drafts.items():
            self._desks[shelf].drop(draft)

    def _piece(self, media: Media) -> None:
        shelf = self._by_modality.get(media.modality, "")
        draft = self._drafts.get(shelf)
        if draft is None:
            return
        number = self._numbers[media.modality] = self._numbers.get(media.modality, 0) + 1
        hash_ = _hash(draft.line.digest, draft.line.recipe, media.modality, number)
        size = _bytes(media.content)
        if self._prepared[shelf]:
            media = replace(media, content=Prepared(np.asarray(media.content)))
        self._desks[shelf].piece(draft, media, hash_, size)

    def _outrun(self) -> FormatError | None:
        """Whether what this file was to be like has changed since that was seen; then it is looked at itself."""
        for shelf, twin in self._known.twins.items():
            kept = self._desks[shelf].ledger.get(twin) if twin else None
            if twin and (kept is None or not kept.alike(replace(self._job.lines[shelf], digest=self._known.digest))):
                return FormatError("changed_while_reading", "the file of the same content changed meanwhile")
        return None

    def _refusal(self, seen: _Seen) -> FormatError | None:
        """Why nothing of the file is kept; damage after good pieces is a warning."""
        error = seen.error
        given = any(draft.count for draft in self._drafts.values()) or not self._drafts
        if error is None:
            return None if given else FormatError("no_content", "there is nothing in it to look at or hear")
        if not given or error.reason in ("changed_while_reading", "vanished") or not self._known.digest:
            return error
        self._tally.warn(Refusal(self._job.found.id, error.reason, f"kept up to there only: {error.detail}"))
        return None

    def _complete(self, seen: _Seen) -> list[Outcome]:
        job, outcomes = self._job, []
        for warning in seen.warnings:
            self._tally.warn(Refusal(job.found.id, "mended", warning))
        for shelf, line in job.lines.items():
            ingest, before = self._desks[shelf], job.before[shelf]
            if shelf in self._drafts:
                if not self._drafts[shelf].count and job.wants[shelf] != {"audio"}:  # many films are silent
                    what = " and ".join(sorted(job.wants[shelf]))
                    self._tally.warn(Refusal(job.found.id, "no_content", f"no {what} was found in it for {shelf}"))
                self._describe(self._drafts[shelf], seen.kind, seen.metadata)
                outcomes.append(ingest.complete(self._drafts[shelf], before))
            elif before is not None and self._known.twins[shelf] == line.id:
                outcomes.append(ingest.unchanged(replace(before, root=line.root, mtime_ns=line.mtime_ns)))
            else:
                outcomes.append(self._copied(ingest, shelf, before))
        return outcomes

    def _copied(self, ingest: Ingest, shelf: str, before: Line | None) -> Outcome:
        """Take the pieces of another file of the same bytes; nothing is decoded."""
        draft = self._draft(shelf, self._known.digest)
        own: Mapping[str, Scalar] = {}
        for id_, place, hash_, facts in ingest.ledger.pieces(self._known.twins[shelf]):
            ingest.known(draft, place, id_.rpartition("#")[2].rstrip("0123456789"), hash_)
            own = {k: v for k, v in facts.items() if k not in file_facts(self._job.found, "")}
        self._describe(draft, "", own)
        return ingest.complete(draft, before)

    def _describe(self, draft: Draft, form: str, metadata: Mapping[str, Scalar]) -> None:
        path = self._job.found.path
        named = {"format": form} if form else {}
        draft.title = str(metadata.get("title") or path.stem.encode("utf-8", "replace").decode())
        draft.metadata = file_facts(self._job.found, self._job.kind) | named | dict(metadata)
        draft.text = _shown(metadata, f"{path.parent.name}/{path.name}".encode("utf-8", "replace").decode())


def _chosen(plan: Plan, modality: str) -> list[tuple[str, object]]:
    """What a plan says of a modality; the rest of it may change without any file being looked at again."""
    return [(name, getattr(plan, name)) for name in _MATTERS.get(modality, ())]


def _shown(metadata: Mapping[str, Scalar], name: str) -> str:
    """What is shown of a piece, and found by its words: what its maker says of it, and its name."""
    said = [str(metadata[key]) for key in _SHOWN if metadata.get(key)]
    return "\n".join(dict.fromkeys((*said, name)))


def _hash(digest: str, recipe: str, modality: str, number: int) -> str:
    """The key of a piece's vector: which bytes, which piece of them, made ready how."""
    return hashlib.sha256(f"{digest} {recipe} {modality} {number}".encode()).hexdigest()


def _arrays(content: Any) -> list[Any]:
    if isinstance(content, Sound | Motion):
        return [content.samples]
    return [content.frames, content.times] if isinstance(content, Clip) else [np.asarray(content)]


def _bytes(content: object) -> int:
    return sum(array.nbytes for array in _arrays(content))


def _content_digest(item: Item) -> str:
    """The digest of decoded content and metadata. Raises FormatError for what holds no numbers."""
    arrays = _arrays(item.content)
    if any(array.dtype.kind not in "biuf" or not array.ndim for array in arrays):
        what = f"{item.modality} given as {type(item.content).__name__}"
        raise FormatError("unsupported", f"{what} cannot be taken in; give an array, Sound, Clip or Motion, or a file")
    told = repr((item.modality, getattr(item.content, "rate", 0), sorted(item.metadata.items())))
    made = hashlib.sha256(told.encode())
    for array in arrays:
        made.update(f"{array.dtype} {array.shape}".encode())
        made.update(np.ascontiguousarray(array).tobytes())
    return made.hexdigest()
