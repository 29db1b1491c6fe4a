"""Work in child processes ahead of the one that takes its results, several at a time, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Condition
from typing import Generic, TypeVar, final

from likewise.formats import Reader

__all__ = ["Ahead", "Put", "Stream"]

T = TypeVar("T")
Put = Callable[[T, int], None]
_BYTES = 48 << 20
"""Bytes of results that one work may have waiting."""


class _Stopped(Exception):  # noqa: N818 (nothing failed)
    """Nobody takes results any more."""


@final
class Stream(Generic[T]):
    """The results of one work, in their order, while it goes on; an error that ended it is raised at their end."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._ended = self._stopped = False
        self._error: BaseException | None = None

    def run(self, work: Callable[[Put[T]], None]) -> None:
        """Do the work, in a thread of its own."""
        try:
            work(self._put)
        except _Stopped:
            pass
        except BaseException as error:  # it belongs to the one who takes the results
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Let the work end at its next result."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _put(self, value: T, size: int) -> None:
        with self._changed:
            while self._waiting and self._bytes + size > _BYTES and not self._stopped:
                self._changed.wait()
            if self._stopped:
                raise _Stopped
            self._waiting.append((value, size))
            self._bytes += size
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                while not self._waiting and not self._ended:
                    self._changed.wait()
                if not self._waiting:
                    break
                value, size = self._waiting.popleft()
                self._bytes -= size
                self._changed.notify_all()
            yield value
        if self._error is not None:
            raise self._error


@final
class Ahead(Generic[T]):
    """Up to `workers` works at a time, each with a child process that decodes files; started when first needed."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="likewise-view")
        self._readers: SimpleQueue[Reader] = SimpleQueue()
        self._all = [Reader() for _ in range(workers)]
        self._streams: set[Stream[T]] = set()
        for reader in self._all:
            self._readers.put(reader)

    def start(self, work: Callable[[Reader, Put[T]], None]) -> Stream[T]:
        """Begin a work as soon as a worker is free; works begin in the order in which they are given."""
        stream: Stream[T] = Stream()
        self._streams.add(stream)

        def lent(put: Put[T]) -> None:
            reader = self._readers.get()
            try:
                work(reader, put)
            finally:
                self._readers.put(reader)

        self._pool.submit(stream.run, lent)
        return stream

    def forget(self, stream: Stream[T]) -> None:
        """A stream was taken to its end."""
        self._streams.discard(stream)

    def close(self) -> None:
        """Stop what is under way and end the children."""
        for stream in self._streams:
            stream.stop()
        if self._streams:  # they may be in the middle of a long film
            self._end()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._end()

    def _end(self) -> None:
        for reader in self._all:
            reader.close()
