"""Several readers at work ahead of whoever takes what they give: decoding and encoding go on side by side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from os import PathLike
from typing import TYPE_CHECKING, Self, final

from likewise.errors import InputError
from likewise.formats._limits import Limits
from likewise.formats._plan import Plan
from likewise.formats._reader import Document, Reader
from likewise.formats._wire import array_bytes
from likewise.types import Media, Metadata

if TYPE_CHECKING:
    from likewise.modalities import Preparer

__all__ = ["Ahead", "Readers"]

Path = str | PathLike[str]


@final
class Ahead:
    """One media file that is looked at ahead of its turn: iterate it once for its pieces, which may raise FormatError.

    `kind`, `metadata`, `warnings` and `digest` are known after the last piece, also where it ends in FormatError.
    """

    def __init__(self, path: Path, room: _Room) -> None:
        self.path = path
        self.kind, self.digest = "", ""
        self.metadata: Metadata = {}
        self.warnings: tuple[str, ...] = ()
        self._room = room
        self._pieces: deque[tuple[Media, int]] = deque()
        self._error: BaseException | None = None
        self._done = self.dropped = False

    def __iter__(self) -> Iterator[Media]:
        return self

    def __next__(self) -> Media:
        with self._room.changed:
            while not self._pieces and not self._done:
                self._room.changed.wait()
            if self._pieces:
                media, size = self._pieces.popleft()
                self._room.free(size)
                return media
        if self.dropped:
            raise InputError(f"{self.path}: iterate each file before the next one is asked for")
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        raise StopIteration

    def put(self, media: Media) -> bool:
        """Take a piece, once there is room; False where nobody wants it any more."""
        size = array_bytes(media.content) + 256
        with self._room.changed:
            while not self.dropped and not self._room.take(size, self):
                self._room.changed.wait()
            if not self.dropped:
                self._pieces.append((media, size))
                self._room.changed.notify_all()
        return not self.dropped

    def end(self, view: Document[Media] | None, error: BaseException | None) -> None:
        """There is no more."""
        with self._room.changed:
            if view is not None:
                self.kind, self.digest = view.kind, view.digest
                self.metadata, self.warnings = view.metadata, view.warnings
            self._error, self._done = error, True
            self._room.changed.notify_all()

    def drop(self) -> None:
        """Nobody wants what is left."""
        with self._room.changed:
            self.dropped = self._done = True
            while self._pieces:
                self._room.free(self._pieces.popleft()[1])
            self._room.changed.notify_all()


@final
class _Room:
    """Bytes that may wait; the file whose turn it is has room for one piece whatever the others hold."""

    def __init__(self, most: int) -> None:
        self.changed = threading.Condition()
        self.turn: Ahead | None = None
        self._most, self._used = most, 0

    def take(self, size: int, who: Ahead) -> bool:
        if self._used + size > self._most and self._used and not (who is self.turn and not who._pieces):
            return False
        self._used += size
        return True

    def free(self, size: int) -> None:
        self._used -= size
        self.changed.notify_all()


@final
class Readers:
    """`n` readers, each with its child process, that view many files ahead of their turn.

    What waits holds at most `ahead` bytes, and one piece more.
    """

    def __init__(self, n: int = 1, limits: Limits | None = None, *, ahead: int = 64 << 20) -> None:
        if n < 1 or ahead < 1:
            raise InputError(f"readers n={n}, ahead={ahead}: both must be above zero")
        self.limits, self.ahead = limits or Limits(), ahead
        self._readers = [Reader(self.limits) for _ in range(n)]

    def view(
        self, paths: Iterable[Path], preparers: Mapping[str, Preparer] | None = None, plan: Plan | None = None
    ) -> Iterator[Ahead]:
        """The files in their order, each to be iterated before the next one is asked for; as `Reader.view` else.

        Errors of a file are raised where it is iterated. `paths` is asked for no more than twice `n` files ahead.
        """
        todo, room = _Todo(paths, 2 * len(self._readers)), _Room(self.ahead)
        work = [
            threading.Thread(target=_work, args=(reader, todo, preparers, plan), daemon=True, name="likewise-reader")
            for reader in self._readers
        ]
        waiting: deque[Ahead] = deque()
        for thread in work:
            thread.start()
        try:
            while (ahead := todo.next(waiting, room)) is not None:
                with room.changed:
                    room.turn = ahead
                    room.changed.notify_all()
                yield ahead
                ahead.drop()
        finally:
            todo.stop()
            for one in (*waiting, *((room.turn,) if room.turn else ())):
                one.drop()
            for thread in work:
                thread.join()

    @property
    def peak(self) -> int:
        """Most memory that any child has held so far, in bytes."""
        return max(reader.peak for reader in self._readers)

    def close(self) -> None:
        """End the children."""
        for reader in self._readers:
            reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@final
class _Todo:
    """Files handed out to readers in their order; `paths` is read by the caller's thread alone."""

    def __init__(self, paths: Iterable[Path], most: int) -> None:
        self._paths, self._most = iter(paths), most
        self._open: deque[Ahead] = deque()
        self._ready = threading.Condition()
        self._stopped = False

    def next(self, waiting: deque[Ahead], room: _Room) -> Ahead | None:
        """Hand out files up to `most` ahead; the one whose turn it is, None after the last."""
        for path in islice(self._paths, max(0, self._most - len(waiting))):
            one = Ahead(path, room)
            waiting.append(one)
            with self._ready:
                self._open.append(one)
                self._ready.notify()
        return waiting.popleft() if waiting else None

    def take(self) -> Ahead | None:
        """The next file for a reader; None at the end."""
        with self._ready:
            while not self._open and not self._stopped:
                self._ready.wait()
            return self._open.popleft() if self._open and not self._stopped else None

    def stop(self) -> None:
        with self._ready:
            self._stopped = True
            self._ready.notify_all()


def _work(reader: Reader, todo: _Todo, preparers: Mapping[str, Preparer] | None, plan: Plan | None) -> None:
    while (ahead := todo.take()) is not None:
        view: Document[Media] | None = None
        error: BaseException | None = None
        try:
            view = reader.view(ahead.path, preparers, plan)
            for media in view:
                if not ahead.put(media):
                    break
        except BaseException as raised:  # whatever it is, whoever waits must hear of it
            error = raised
        ahead.end(view, error)
