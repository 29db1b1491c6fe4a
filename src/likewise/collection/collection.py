"""The collection: one directory that takes in files and items of every kind and answers by meaning."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self, final

from likewise.collection.asking import Asking, Mode, Question
from likewise.collection.bookcase import Bookcase
from likewise.collection.checking import checked, entries, repaired, status
from likewise.collection.examples import Example, moment
from likewise.collection.finding import one_per_item
from likewise.collection.ingest import Ingest
from likewise.collection.intake import Intake
from likewise.collection.lock import writing
from likewise.collection.points import points
from likewise.collection.results import Entry, OnProgress, Receipt, Refusal, Status, Verdict
from likewise.collection.shelf import Model
from likewise.collection.tally import Tally
from likewise.encoders import Encoder
from likewise.errors import CollectionError, InputError
from likewise.formats import Plan, Reader
from likewise.sources.folder import Folder
from likewise.types import Embeddings, Hit, Hits, Item, Passage, Points, Storage
from likewise.where import Filter, parse

__all__ = ["Collection"]

What = str | os.PathLike[str] | Item | Iterable[Item]


@final
class Collection:
    """A directory of passages, their vectors and their words, searched by meaning.

    It is made by the first `add`. `model` names the encoder of texts (see `likewise.load`) or is one, `senses` those of
    other kinds: {"image": "clip-vit-base-patch32", "audio": "yamnet.toml"}; each space has a shelf of its own. An
    existing collection remembers them, and another model for the same is refused with SpaceError. So it is with `dim`,
    to which vectors of texts are cut, and `vectors`, which says what all are kept as (`likewise.quantize`): both are
    chosen for a new collection. `plan` says how films, recordings and the like become pieces. Any number of processes
    may search beside one that writes; a second writer gets LockedError.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        model: Model | None = None,
        *,
        vectors: Storage | None = None,
        dim: int | None = None,
        senses: Mapping[str, Model] | None = None,
        plan: Plan | None = None,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        if self.path.exists() and not self.path.is_dir():
            raise CollectionError(f"{self.path} is a file; a collection is a folder: name another place")
        self._case = Bookcase(self.path, model, vectors, dim, senses or {}, plan)
        self._lock = RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release files and memory; the next call opens them again."""
        with self._lock:
            self._case.close()

    def __len__(self) -> int:
        return sum(len(shelf.store()) for shelf in self._case.shelves.values() if shelf.exists)

    @property
    def encoder(self) -> Encoder:
        """The encoder of texts, loaded at first use; SpaceError if it is not the one it was made with."""
        return self._case.text.encoder

    @property
    def encoders(self) -> Mapping[str, Encoder]:
        """The encoder of every modality that has one of its own here, loaded now."""
        return {m: self._case.shelves[name].encoder for m, name in self._case.senses.shelves.items()}

    def add(self, *what: What, progress: OnProgress | None = None) -> Receipt:
        """Take in files, folders (with all below them, remembered for `sync`) and items; durable when it returns.

        What is kept already and unchanged is not read again. A source that cannot be taken in costs one row in
        `Receipt.refused`, its neighbours go in. Raises InputError when no path given exists, LockedError while another
        process writes, StorageError when the disk refuses (what `progress` acknowledged is kept).
        """
        paths = [_path(w) for w in what if isinstance(w, str | os.PathLike)]
        items = [w for w in what if not isinstance(w, str | os.PathLike)]
        missing = [path for path in paths if not os.path.lexists(path)]
        if missing and len(missing) == len(what):
            names = ", ".join(map(str, missing))
            raise InputError(f"there is no file or folder {names}; to add text itself, give likewise.Item")
        with self._run(progress) as (desks, intake, tally):
            for path in missing:
                tally.refuse(Refusal(str(path), "missing", "there is no such file or folder"))
            there = [p for p in paths if p not in missing]
            tally.total = _bytes(there) if progress is not None and not items else None
            for path in there:
                intake.folder(path, {name: desk.ledger.watch(path) for name, desk in desks.items()})
            for given in items:
                intake.items([given] if isinstance(given, Item) else given)
            intake.flush()
        self._index(progress)
        return tally.receipt()

    def sync(self, progress: OnProgress | None = None) -> Receipt:
        """Bring the collection up to date with the folders it was given: only what changed is read, what vanished goes.

        A folder that is missing as a whole, as an unmounted disk is, or cannot be listed is reported and nothing of
        it is removed.
        """
        self._must_exist()
        with self._run(progress) as (desks, intake, tally):
            roots = list(desks[""].ledger.roots().values())
            tally.total = _bytes(roots) if progress is not None else None
            for root in roots:
                numbers = {name: desk.ledger.watch(root) for name, desk in desks.items()}
                if not os.path.lexists(root) and not (root.parent.is_dir() and _is_file(desks, numbers, root)):
                    tally.refuse(Refusal(str(root), "vanished", "the whole folder is missing; nothing was removed"))
                    continue
                unlisted = intake.folder(root, numbers) if os.path.lexists(root) else []
                intake.flush()
                tally.removed += _remove_unseen(desks, numbers, unlisted)
        self._index(progress)
        return tally.receipt()

    def delete(self, *ids: str) -> int:
        """Forget items by id (for a file its path); returns how many there were. Unknown ids are passed over.

        A file that is deleted here and still lies in a watched folder comes back with the next `sync`.
        """
        self._must_exist()
        gone: set[str] = set()
        with self._lock, writing(self.path):
            for shelf in self._case.shelves.values():
                if shelf.exists:
                    gone |= shelf.delete(ids)
        self._index(None)
        return len(gone)

    def search(  # noqa: PLR0913 (each is one way of asking, given by its name)
        self,
        query: str | None = None,
        k: int = 10,
        where: str | Filter | None = None,
        mode: Mode = "hybrid",
        *,
        image: object = None,
        audio: object = None,
        video: object = None,
        like: str | os.PathLike[str] | None = None,
        minus: str | Item | Sequence[str | Item] = (),
        kinds: Sequence[str] = (),
        per_item: int | None = None,
    ) -> Hits:
        """The k passages, pictures, sounds or clips that answer best, best first.

        `query` is words; `image`, `audio` and `video` are files (with "#00:42": that moment) or decoded contents;
        `like` is the id of an item or passage, an item with a moment ("film.mp4#00:42"), or a file. Words and contents
        given together are added, `minus` (words, or an Item) is taken away, in the spaces that know all of them.
        `mode` is for words: dense (by meaning: cosine), text (by words: BM25) or hybrid (both, by reciprocal rank
        fusion). Answers of several spaces are made one by rank, never by score. `where` filters, such as
        'year >= 2020 and kind = "pdf"', `kinds` too: ("image", "text"); `per_item` caps the passages of one item.
        """
        contents = {"image": image, "audio": audio, "video": video}
        given = [(kind, content) for kind, content in contents.items() if content is not None]
        taken = [minus] if isinstance(minus, str | Item) else list(minus)
        plain = not given and like is None and not taken
        _fit(query, k, mode, per_item, needed=plain)
        self._must_exist()
        filter_ = parse(where) if isinstance(where, str) else where
        if plain and not kinds and not self._case.others:
            asked = None if mode == "text" else self._asked(query or "")
            return _capped(lambda depth: self._answer(query or "", asked, depth, filter_, mode), k, per_item)
        if like is not None and (query or given or taken):
            raise InputError("like stands alone: add and take away words and contents, or ask what is like something")
        senses = self._case.senses
        examples = [Example.given(kind, content, senses) for kind, content in given]
        examples += [_minus(one) for one in taken]
        named, outside = self._liked(like)
        question = Question(query or "", (*examples, *outside), named, mode, tuple(kinds), filter_)
        asking = Asking(self._case.shelves, senses)
        return _capped(lambda depth: asking.answer(question, depth), k, per_item)

    def similar(self, what: str | os.PathLike[str], k: int = 10, where: str | Filter | None = None) -> Hits:
        """The k passages of other items nearest to an item or passage (by id) or to a file (by path)."""
        if k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        self._must_exist()
        item, vectors = Asking(self._case.shelves, self._case.senses).like(os.fspath(what))
        extra = sum(len(kept) for kept in vectors.values())
        filter_ = parse(where) if isinstance(where, str) else where
        hits = self.search(like=what, k=k + extra, where=filter_)
        if not self._case.others:  # one space: its own scores are the answer
            hits = Hits(tuple(_plain(hit) for hit in hits), hits.how.parts[0][1] if hits.how.parts else hits.how)
        return Hits(tuple(h for h in hits if not item or h.item != item)[:k], hits.how)

    def items(self) -> Iterator[Entry]:
        """Every item, in the order of ids: what it is, whether it was kept, and why not."""
        self._must_exist()
        return entries([shelf.ledger() for shelf in self._case.shelves.values() if shelf.exists])

    def points(self, kind: str = "text", where: str | Filter | None = None, per_item: bool = False) -> Points:
        """Every passage of one kind with its vector, or with `per_item` every item with the mean of its pieces'."""
        self._must_exist()
        filter_ = parse(where) if isinstance(where, str) else where
        return points(self._case.shelves, self._case.senses, kind, filter_, per_item)

    def passages(self, what: str | os.PathLike[str]) -> list[Passage]:
        """The passages of text of an item, or the one with this id; none where there is no such thing."""
        self._must_exist()
        line = self._case.text.ledger().named(what)
        ids = [os.fspath(what)] if line is None else [piece[0] for piece in self._case.text.ledger().pieces(line.id)]
        return self._case.text.store().get(ids)

    def vectors(self, *ids: str) -> Embeddings:
        """The kept vectors of passages of text, in the order asked; InputError for an id that is not there."""
        self._must_exist()
        return self._case.text.store().vectors(ids)

    def status(self) -> Status:
        """The collection at a glance."""
        self._must_exist()
        return status(self.path, self._case)

    def verify(self, repair: bool = False) -> Verdict:
        """Check on every shelf that items = passages = vectors = words = index rows; `repair` mends the derived parts.

        An item whose passages are not as its ledger line says is taken out whole, so that the next `sync` reads it
        as new.
        """
        self._must_exist()
        if not repair:
            return checked(self._case)
        with self._lock, writing(self.path):
            return repaired(self._case)

    def _answer(self, query: str, asked: Embeddings | None, k: int, where: Filter | None, mode: Mode) -> Hits:
        store = self._case.text.store()
        if asked is None:
            return store.search_text(query, k, where)
        if mode == "dense":
            return store.search(asked, k, where)
        return store.search_both(asked, query, k, where)

    def _asked(self, query: str) -> Embeddings:
        asked = self.encoder.encode_query([query])
        for report in asked.failed:
            raise InputError(f"the query cannot be encoded: {report.error}")
        return asked

    def _liked(self, like: str | os.PathLike[str] | None) -> tuple[str, tuple[Example, ...]]:
        """What is kept under the name of an example, or the file from outside that it is."""
        if like is None:
            return "", ()
        name = os.fspath(like)
        if Asking(self._case.shelves, self._case.senses).like(name)[1]:
            return name, ()
        if not Path(moment(name)[0]).expanduser().is_file():
            raise InputError(f"{name!r} is neither an item or passage of {self.path} nor a file")
        return "", (Example.given("any", name, self._case.senses),)

    @contextmanager
    def _run(self, progress: OnProgress | None) -> Iterator[tuple[dict[str, Ingest], Intake, Tally]]:
        """One run of taking in, under the writer's lock; what was kept before an error stays."""
        self._case.load()
        with self._lock, writing(self._case.text.made()):
            tally = Tally(progress)
            desks = self._case.begin(tally)
            with Reader() as reader:
                intake = Intake(desks, self._case.senses, reader, tally)
                try:
                    yield desks, intake, tally
                finally:
                    intake.close()

    def _index(self, progress: OnProgress | None) -> None:
        """Build the derived indexes anew where they have fallen behind."""
        with self._lock, writing(self.path):
            for shelf in self._case.shelves.values():
                shelf.index(progress)

    def _must_exist(self) -> None:
        if not self._case.text.exists:
            raise CollectionError(
                f"there is no collection at {self.path}; make one with: likewise add PATH --to {self.path}"
            )


def _path(what: str | os.PathLike[str]) -> Path:
    """An absolute path without `..`; links in it are left as they are."""
    return Path(os.path.normpath(Path(what).expanduser().absolute()))


def _bytes(paths: Iterable[Path]) -> int:
    """How many bytes a run will read at most, so that its progress can tell the time left."""
    return sum(found.size for found in Folder(paths))


def _is_file(desks: Mapping[str, Ingest], roots: Mapping[str, int], root: Path) -> bool:
    """Whether a root that is gone was a single file, whose going means just that."""
    lines = ((desk.ledger.get(str(root)), roots[name]) for name, desk in desks.items())
    return any(line is not None and line.root == number for line, number in lines)


def _remove_unseen(desks: Mapping[str, Ingest], roots: Mapping[str, int], unlisted: list[str]) -> int:
    """Take out what this run did not meet below a root; returns how many sources are gone from every shelf."""
    gone: set[str] = set()
    for name, desk in desks.items():
        lines = desk.ledger.unseen(roots[name], desk.run)
        ids = [line.id for line in lines if not any(line.id.startswith(f"{u}/") for u in unlisted)]
        desk.remove(ids)
        gone.update(ids)
    if len(desks) == 1:
        return len(gone)
    return sum(all(desk.ledger.get(id_) is None for desk in desks.values()) for id_ in gone)


def _fit(query: object, k: int, mode: str, per_item: int | None, *, needed: bool) -> None:
    if not (query is None and not needed) and (not isinstance(query, str) or not query.strip()):
        raise InputError("the query is empty; ask for something in words")
    if k < 1:
        raise InputError(f"k is {k}, wanted at least 1")
    if per_item is not None and per_item < 1:
        raise InputError(f"per_item is {per_item}, wanted at least 1")
    if mode not in ("hybrid", "dense", "text"):
        raise InputError(f"mode is {mode!r}, wanted hybrid, dense or text")


def _capped(search: Callable[[int], Hits], k: int, per_item: int | None) -> Hits:
    return search(k) if per_item is None else one_per_item(search, k, per_item)


def _minus(what: str | Item) -> Example:
    """Words or content to turn away from."""
    if isinstance(what, Item):
        return Example(what.modality, what.content, -1.0)
    if not what.strip():
        raise InputError("what is taken away is empty; give words, or an Item of decoded content")
    return Example("text", what, -1.0)


def _plain(hit: Hit) -> Hit:
    """A hit of the only space that there is, with its score there."""
    return replace(hit, score=hit.score if hit.own is None else hit.own, shelf="", own=None)
