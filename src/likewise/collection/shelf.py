"""A shelf: one vector space of a collection, a folder with its store, its ledger and the encoder of that space."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import RLock
from typing import final

from likewise.collection.ingest import Ingest
from likewise.collection.ledger import TABLES, Ledger
from likewise.collection.results import OnProgress, Progress
from likewise.collection.tally import Tally
from likewise.encoders import Encoder, load
from likewise.errors import InputError, StorageError
from likewise.space import require
from likewise.stores.sqlite import SQLite
from likewise.types import Storage

__all__ = ["Model", "Shelf"]

Model = str | os.PathLike[str] | Encoder
_FILE = "collection.sqlite"


@final
class Shelf:
    """A folder of passages of one space; `name` is empty for texts, which lie in the collection's own folder.

    It is made by the first writing. `model` is an encoder or what `likewise.load` takes; where it is None, the one
    that the shelf was made with is loaded at first use. `dim` and `vectors` are as for a collection.
    """

    def __init__(
        self,
        path: Path,
        name: str = "",
        model: Model | None = None,
        vectors: Storage | None = None,
        dim: int | None = None,
    ) -> None:
        self.path, self.name = path, name
        self._encoder: Encoder | None = model if isinstance(model, Encoder) else None
        self._model = None if isinstance(model, Encoder) else model
        self._vectors, self._dim, self._cut = vectors, dim, False
        self._opened: SQLite | None = None
        self._writable = False
        self._lock = RLock()

    def close(self) -> None:
        """Release files and memory; the next call opens them again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    @property
    def given(self) -> Encoder | None:
        """The encoder, if it is loaded."""
        return self._encoder

    @property
    def exists(self) -> bool:
        """Whether it was ever written to."""
        return (self.path / _FILE).is_file()

    @property
    def model(self) -> str:
        """The model named for it: by the caller, else as it is remembered; empty where there is none."""
        if self._encoder is not None:
            return self._encoder.name
        return os.fspath(self._model) if self._model is not None else self.remembered("model")

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded at first use; SpaceError if it is not the one that the shelf was made with."""
        with self._lock:
            if self._encoder is None:
                self._encoder = load(self._model or self.remembered("model") or None, dim=self._dim)
            if not self._cut:
                self._cut = True
                whole = self._encoder.space.dim
                wanted = int(self.remembered("dim") or whole) if self._dim is None else self._dim
                self._encoder = self._encoder.truncated(wanted)
            return self._encoder

    @property
    def modalities(self) -> tuple[str, ...]:
        """What its encoder takes, as remembered, so that it need not be loaded to tell."""
        known = self.remembered("modalities") if self._encoder is None else ""
        return tuple(known.split()) or self.encoder.modalities

    def remembered(self, key: str) -> str:
        """A fact that its ledger holds, or an empty string."""
        return Ledger(self.store(), readonly=True).about(key) if self.exists else ""

    def store(self, write: bool = False) -> SQLite:
        """The store, opened for reading until something is written."""
        with self._lock:
            if self._opened is None or (write and not self._writable):
                self.close()
                path = (self.made() if write else self.path) / _FILE
                self._opened = SQLite(path, not write, self._vectors if write else None, TABLES)
                self._writable = write
                kept = self._opened.packing.kind
                if self._vectors not in (None, kept):
                    self.close()
                    raise InputError(f"{self.path} keeps its vectors as {kept}: leave vectors={self._vectors!r} out")
            return self._opened

    def made(self) -> Path:
        """Its folder, made if it is not there; StorageError where it cannot be."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the collection {self.path}: {error.strerror}") from error
        return self.path

    def ledger(self) -> Ledger:
        """What it knows of its sources, for reading."""
        return Ledger(self.store(), readonly=True)

    def begin(self, tally: Tally, waiting: bool = False) -> Ingest:
        """Start a run of taking in, under the writer's lock; SpaceError for another encoder than it was made with.

        With `waiting` the encoder is loaded when the first content comes.
        """
        if not waiting:
            self.encoder  # noqa: B018 (what is wrong with it is told before anything is written)
        store = self.store(write=True)
        ledger = Ledger(store)
        if self.name:
            ledger.know_twins()
        agreed = cache(lambda: self._agree(ledger))
        if not waiting:
            agreed()
        return Ingest(self.path, store, ledger, agreed, tally)

    def delete(self, ids: Iterable[str]) -> set[str]:
        """Forget items by id or, for files, by any path to them; returns the ids of those that there were."""
        store = self.store(write=True)
        ledger = Ledger(store)
        lines = [line for name in dict.fromkeys(ids) if (line := ledger.named(name))]
        with store.transaction():
            for line in lines:
                store.delete(ledger.held(line.id))
                ledger.drop(line.id)
        store.forget_unused()
        return {line.id for line in lines}

    def index(self, progress: OnProgress | None) -> None:
        """Build the derived index anew where it has fallen behind."""
        if not self.exists:
            return
        store = self.store(write=True)
        if store.index_stale():
            if progress is not None:
                progress(Progress("index", 0, None, "vectors"))
            store.build_index()

    def _agree(self, ledger: Ledger) -> Encoder:
        """The encoder, once it is seen to be that of the shelf and noted."""
        encoder, space = self.encoder, self.store().space
        if space is not None:
            require(encoder.space, space)
        if space is None or not ledger.about("model"):
            ledger.note("model", self._origin(encoder))
            if self.name:
                ledger.note("modalities", " ".join(encoder.modalities))
            if self._dim is not None:
                ledger.note("dim", str(self._dim))
        return encoder

    def _origin(self, encoder: Encoder) -> str:
        """How to load the encoder again: its folder or file where one was given, else its name."""
        place = Path(self._model or "").expanduser()
        return str(place.absolute()) if self._model and place.exists() else encoder.name
