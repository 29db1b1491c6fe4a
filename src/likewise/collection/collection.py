"""The collection: one directory that takes in files and items and answers by meaning."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Literal, Self, final

from likewise.collection.checking import checked, repaired, status
from likewise.collection.finding import one_per_item
from likewise.collection.ingest import Ingest
from likewise.collection.intake import Intake, cut
from likewise.collection.ledger import TABLES, Ledger, Line, entry
from likewise.collection.lock import writing
from likewise.collection.results import Entry, OnProgress, Progress, Receipt, Refusal, Status, Verdict
from likewise.encoders import Encoder, load
from likewise.errors import CollectionError, InputError, StorageError
from likewise.formats import Reader
from likewise.sources.folder import Folder
from likewise.space import require
from likewise.stores.sqlite import SQLite
from likewise.types import Embeddings, Hits, Item, Report, Storage
from likewise.where import Filter, parse

__all__ = ["Collection"]

Mode = Literal["hybrid", "dense", "text"]
What = str | os.PathLike[str] | Item | Iterable[Item]
_FILE = "collection.sqlite"


@final
class Collection:
    """A directory of passages, their vectors and their words, searched by meaning.

    It is made by the first `add`. `model` names the encoder (see `likewise.load`) or is one; an existing collection
    remembers its own, and another one is refused with SpaceError. So it is with `dim`, to which vectors are cut, and
    `vectors`, which says what they are kept as (`likewise.quantize`): both are chosen for a new collection. Any number
    of processes may search beside one that writes; a second writer gets LockedError.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        model: str | os.PathLike[str] | Encoder | None = None,
        *,
        vectors: Storage | None = None,
        dim: int | None = None,
    ) -> None:
        self.path = Path(path).expanduser().absolute()
        self._encoder: Encoder | None = model if isinstance(model, Encoder) else None
        self._model = None if isinstance(model, Encoder) else model
        self._vectors, self._dim, self._cut = vectors, dim, False
        self._opened: SQLite | None = None
        self._writable = False
        self._lock = RLock()
        if self.path.exists() and not self.path.is_dir():
            raise CollectionError(f"{self.path} is a file; a collection is a folder: name another place")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release files and memory; the next call opens them again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def __len__(self) -> int:
        return len(self._store()) if self._exists() else 0

    @property
    def encoder(self) -> Encoder:
        """The encoder of this collection, loaded at first use; SpaceError if it is not the one it was made with."""
        with self._lock:
            if self._encoder is None:
                self._encoder = load(self._model or self._remembered("model") or None, dim=self._dim)
            if not self._cut:
                self._cut = True
                self._encoder = self._encoder.truncated(self._wanted_dim(self._encoder.space.dim))
            return self._encoder

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
        with self._run(progress) as (ingest, intake, ledger):
            for path in missing:
                ingest.report(Refusal(str(path), "missing", "there is no such file or folder"))
            there = [p for p in paths if p not in missing]
            ingest.total = _bytes(there) if progress is not None and not items else None
            for path in there:
                intake.folder(path, ledger.watch(path))
            for given in items:
                intake.items([given] if isinstance(given, Item) else given)
            receipt = ingest.finish()
        self._index(progress)
        return receipt

    def sync(self, progress: OnProgress | None = None) -> Receipt:
        """Bring the collection up to date with the folders it was given: only what changed is read, what vanished goes.

        A folder that is missing as a whole, as an unmounted disk is, or cannot be listed is reported and nothing of
        it is removed.
        """
        self._must_exist()
        with self._run(progress) as (ingest, intake, ledger):
            ingest.total = _bytes(ledger.roots().values()) if progress is not None else None
            for number, root in ledger.roots().items():
                if not os.path.lexists(root) and not (root.parent.is_dir() and _is_file(ledger, number, root)):
                    ingest.report(Refusal(str(root), "vanished", "the whole folder is missing; nothing was removed"))
                    continue
                unlisted = intake.folder(root, number) if os.path.lexists(root) else []
                ingest.flush()
                gone = ledger.unseen(number, ingest.run)
                ingest.remove([line for line in gone if not any(line.id.startswith(f"{u}/") for u in unlisted)])
            receipt = ingest.finish()
        self._index(progress)
        return receipt

    def delete(self, *ids: str) -> int:
        """Forget items by id (for a file its path); returns how many there were. Unknown ids are passed over.

        A file that is deleted here and still lies in a watched folder comes back with the next `sync`.
        """
        self._must_exist()
        with self._lock, writing(self.path):
            store = self._store(write=True)
            ledger = Ledger(store)
            lines = [line for i in dict.fromkeys(ids) if (line := self._line(ledger, i))]
            with store.transaction():
                for line in lines:
                    store.delete(ledger.held(line.id))
                    ledger.drop(line.id)
            store.forget_unused()
        self._index(None)
        return len(lines)

    def search(
        self,
        query: str,
        k: int = 10,
        where: str | Filter | None = None,
        mode: Mode = "hybrid",
        *,
        per_item: int | None = None,
    ) -> Hits:
        """The k passages that answer `query` best, best first.

        `mode` is dense (by meaning: cosine), text (by words: BM25) or hybrid (both, by reciprocal rank fusion);
        `where` filters, such as 'year >= 2020 and kind = "pdf"'; `per_item` caps the passages of one item.
        """
        _fit(query, k, mode, per_item)
        self._must_exist()
        filter_ = parse(where) if isinstance(where, str) else where
        asked = None if mode == "text" else self._asked(query)
        if per_item is None:
            return self._answer(query, asked, k, filter_, mode)
        return one_per_item(lambda depth: self._answer(query, asked, depth, filter_, mode), k, per_item)

    def similar(self, what: str | os.PathLike[str], k: int = 10, where: str | Filter | None = None) -> Hits:
        """The k passages of other items nearest to an item or passage (by id) or to a file (by path)."""
        if k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        self._must_exist()
        item, vectors = self._example(what)
        filter_ = parse(where) if isinstance(where, str) else where
        mean = vectors.vectors.mean(axis=0, keepdims=True)
        query = Embeddings(("example",), mean, vectors.space, (Report("example", 0, 0),))
        extra = len(vectors) if item else 0
        hits = self._store().search(query, k + extra, filter_)
        return Hits(tuple(h for h in hits if h.item != item)[:k], hits.how)

    def items(self) -> Iterator[Entry]:
        """Every item, in the order of ids: what it is, whether it was kept, and why not."""
        self._must_exist()
        return map(entry, Ledger(self._store(), readonly=True).all())

    def status(self) -> Status:
        """The collection at a glance."""
        self._must_exist()
        return status(self.path, self._store())

    def verify(self, repair: bool = False) -> Verdict:
        """Check that items = passages = vectors = words = index rows, and with `repair` mend the derived parts.

        An item whose passages are not as its ledger line says is taken out whole, so that the next `sync` reads it
        as new.
        """
        self._must_exist()
        if not repair:
            return checked(self._store())
        with self._lock, writing(self.path):
            return repaired(self._store(write=True))

    def _answer(self, query: str, asked: Embeddings | None, k: int, where: Filter | None, mode: Mode) -> Hits:
        store = self._store()
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

    def _example(self, what: str | os.PathLike[str]) -> tuple[str, Embeddings]:
        """The item that an example is (empty for a file from outside), and its vectors."""
        store = self._store()
        ledger = Ledger(store, readonly=True)
        line = self._line(ledger, what)
        if line is not None and line.passages:
            return line.id, store.vectors(ledger.held(line.id))
        passages = store.get([os.fspath(what)])
        if passages:
            return passages[0].item, store.vectors([passages[0].id])
        path = Path(what).expanduser()
        if not path.is_file():
            raise InputError(f"{os.fspath(what)!r} is neither an item or passage of {self.path} nor a file")
        with Reader() as reader:
            texts = [part.text for part in cut(self.encoder, reader.read(path))]
        if not texts:
            raise InputError(f"there is no text in {path}")
        return "", self.encoder.encode_document(texts)

    @staticmethod
    def _line(ledger: Ledger, what: str | os.PathLike[str]) -> Line | None:
        """The ledger's line of an item, named by its id or, for a file, by any path to it."""
        return ledger.get(os.fspath(what)) or ledger.get(str(Path(what).expanduser().absolute()))

    @contextmanager
    def _run(self, progress: OnProgress | None) -> Iterator[tuple[Ingest, Intake, Ledger]]:
        """One run of taking in, under the writer's lock; what was kept before an error stays."""
        encoder = self.encoder
        self._make()
        with self._lock, writing(self.path):
            store = self._store(write=True)
            ledger = Ledger(store)
            if store.space is not None:
                require(encoder.space, store.space)
            if not ledger.about("model"):
                ledger.note("model", self._origin(encoder))
                if self._dim is not None:
                    ledger.note("dim", str(self._dim))
            ingest = Ingest(self.path, store, ledger, encoder, progress)
            try:
                with Reader() as reader:
                    yield ingest, Intake(ingest, ledger, encoder, reader), ledger
            finally:
                ingest.discard()

    def _index(self, progress: OnProgress | None) -> None:
        """Build the derived index anew where it has fallen behind."""
        with self._lock, writing(self.path):
            store = self._store(write=True)
            if store.index_stale():
                if progress is not None:
                    progress(Progress("index", 0, None, "vectors"))
                store.build_index()

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the collection {self.path}: {error.strerror}") from error

    def _exists(self) -> bool:
        return (self.path / _FILE).is_file()

    def _must_exist(self) -> None:
        if not self._exists():
            raise CollectionError(
                f"there is no collection at {self.path}; make one with: likewise add PATH --to {self.path}"
            )

    def _origin(self, encoder: Encoder) -> str:
        """How to load the encoder again: its folder where one was given, else its name."""
        folder = Path(self._model or "").expanduser()
        return str(folder.absolute()) if self._model and folder.is_dir() else encoder.name

    def _wanted_dim(self, whole: int) -> int:
        """To how many dimensions vectors are cut: as asked, else as remembered, else not at all."""
        return int(self._remembered("dim") or whole) if self._dim is None else self._dim

    def _remembered(self, key: str) -> str:
        return Ledger(self._store(), readonly=True).about(key) if self._exists() else ""

    def _store(self, write: bool = False) -> SQLite:
        """The store, opened for reading until something is written."""
        with self._lock:
            if self._opened is None or (write and not self._writable):
                self.close()
                vectors = self._vectors if write else None
                self._opened, self._writable = SQLite(self.path / _FILE, not write, vectors, TABLES), write
                kept = self._opened.packing.kind
                if self._vectors not in (None, kept):
                    self.close()
                    raise InputError(f"{self.path} keeps its vectors as {kept}: leave vectors={self._vectors!r} out")
            return self._opened


def _path(what: str | os.PathLike[str]) -> Path:
    """An absolute path without `..`; links in it are left as they are."""
    return Path(os.path.normpath(Path(what).expanduser().absolute()))


def _bytes(paths: Iterable[Path]) -> int:
    """How many bytes a run will read at most, so that its progress can tell the time left."""
    return sum(found.size for found in Folder(paths))


def _is_file(ledger: Ledger, number: int, root: Path) -> bool:
    """Whether a root that is gone was a single file, whose going means just that."""
    line = ledger.get(str(root))
    return line is not None and line.root == number


def _fit(query: str, k: int, mode: str, per_item: int | None) -> None:
    if not isinstance(query, str) or not query.strip():
        raise InputError("the query is empty; ask for something in words")
    if k < 1:
        raise InputError(f"k is {k}, wanted at least 1")
    if per_item is not None and per_item < 1:
        raise InputError(f"per_item is {per_item}, wanted at least 1")
    if mode not in ("hybrid", "dense", "text"):
        raise InputError(f"mode is {mode!r}, wanted hybrid, dense or text")
