"""Child processes started by a thread that lives as long as this process.

A reader's child asks Linux to end it with its parent, by which Linux means the thread that started it: a child started
by a thread of a pool would die when the pool is done, and with it the file that comes next.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final, final

__all__ = ["spawned"]

Start = Callable[[], "subprocess.Popen[bytes]"]


def spawned(start: Start) -> subprocess.Popen[bytes]:
    """The process that `start` starts, started by that thread. Raises what `start` raises."""
    answer: SimpleQueue[subprocess.Popen[bytes] | Exception] = SimpleQueue()
    _STARTER.asked().put((start, answer))
    outcome = answer.get()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@final
class _Starter:
    """The thread, started when it is first needed, anew in a process that was forked from this one."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """A forked process has none of its parent's threads."""
        self._lock = Lock()
        self._asked: SimpleQueue[tuple[Start, SimpleQueue[subprocess.Popen[bytes] | Exception]]] | None = None

    def asked(self) -> SimpleQueue[tuple[Start, SimpleQueue[subprocess.Popen[bytes] | Exception]]]:
        """Where it is told what to start."""
        with self._lock:
            if self._asked is None:
                self._asked = SimpleQueue()
                Thread(target=_serve, args=(self._asked,), daemon=True, name="likewise-starter").start()
            return self._asked


def _serve(asked: SimpleQueue[tuple[Start, SimpleQueue[subprocess.Popen[bytes] | Exception]]]) -> None:
    while True:
        start, answer = asked.get()
        try:
            answer.put(start())
        except Exception as error:
            answer.put(error)


_STARTER: Final = _Starter()
os.register_at_fork(after_in_child=_STARTER.forget)
