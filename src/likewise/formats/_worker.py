"""The parent's end of the child process: start, ask, wait for so long and no longer, kill."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats._peak import peak
from likewise.formats._spawn import spawned

__all__ = ["Worker"]

_START = 60.0
"""Seconds that a child may take to come up, on the slowest disk."""
_FRAME = 4 << 20
"""Bytes of a frame at most; the child cuts its parts to far less."""
_SLICE = 0.25
"""Seconds of waiting after which it is looked whether to wait on."""
_PATIENCE = 3
"""Times as long a child may be silent that is kept from working."""
_AHEAD = 1 << 20
"""Bytes that a child may send before they are taken."""
_SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_SETTINGS |= {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""One thread each; memory for a picture is kept for the next one, as asking for it anew takes a fifth of the time."""
_DECODER = json.JSONDecoder()


@final
class Worker:
    """One child at a time; `memory` bytes of address space, replaced after `files` files."""

    def __init__(self, memory: int, files: int, modules: tuple[str, ...]) -> None:
        self.memory, self.files, self.modules = memory, files, modules
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._resting = True
        self._served = self._most = 0
        self._stall = self._left = _START

    def ask(self, facts: Mapping[str, Any], descriptor: int, stall: float, wall: float) -> None:
        """Send an open file; `answer` then gives the frames, waiting `stall` seconds for each and `wall` in all."""
        if self._child is not None and (self._served >= self.files or self._child.poll() is not None):
            self.close()
        if self._child is None:
            self._start()
        self._stall, self._left = stall, wall
        self._resting = False
        self._served += 1
        try:
            socket.send_fds(self._line(), [json.dumps(facts).encode()], [descriptor])
        except OSError as error:
            raise FormatError("crashed", f"its reader went away: {error.strerror}") from error

    def answer(self) -> list[Any]:
        """The next frame, the name of what it is first. Raises FormatError `timeout` or `crashed`."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > _FRAME:
                raise FormatError("crashed", "its reader talked nonsense")
            self._buffer += self._receive()
        frame = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            values = _DECODER.decode(frame.decode())
        except (ValueError, RecursionError) as error:
            raise FormatError("crashed", "its reader talked nonsense") from error
        if not isinstance(values, list) or not values:
            raise FormatError("crashed", "its reader talked nonsense")
        return values

    def fill(self, view: memoryview) -> None:
        """Receive the bytes that follow a frame straight into an array. Raises FormatError as `answer` does."""
        count = min(len(view), len(self._buffer))
        view[:count] = self._buffer[:count]
        del self._buffer[:count]
        while count < len(view):
            line = self._ready()
            try:
                got = line.recv_into(view[count:])
            except OSError:
                got = 0
            if not got:
                raise FormatError("crashed", f"its reader died: {self._death()}")
            count += got

    def rest(self) -> None:
        """Note that the child is done with its file."""
        self._resting = not self._buffer

    def drop_unless_resting(self, spent: bool = False) -> None:
        """Kill a child that is still at work, or that has `spent` its memory."""
        if spent or not self._resting:
            self._kill()

    def close(self) -> None:
        """End the child."""
        self._kill()

    def peak(self) -> int:
        """Most memory that a child has held when it was ended, or that the present one holds, in bytes."""
        if not Path("/proc").is_dir():
            return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return max(self._most, self._held())

    def _held(self) -> int:
        return peak(self._child.pid) if self._child is not None else 0

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _AHEAD)
        with theirs:
            command = [sys.executable, "-P", "-m", "likewise.formats._child"]
            command += [str(theirs.fileno()), str(os.getpid()), str(self.memory), *self.modules]

            def start() -> subprocess.Popen[bytes]:
                return subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    process_group=0,  # the user's Ctrl-C is the parent's to handle
                    env=os.environ | _SETTINGS,
                )

            self._child = spawned(start)
        self._socket = ours
        self._served, self._stall, self._left = 0, _START, _START
        self._resting = False
        if self.answer() != ["ready"]:
            raise FormatError("crashed", "its reader talked nonsense")

    def _line(self) -> socket.socket:
        if self._socket is None:
            raise FormatError("crashed", "its reader is gone")
        return self._socket

    def _receive(self) -> bytes:
        line = self._ready()
        try:
            data = line.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise FormatError("crashed", f"its reader died: {self._death()}")
        return data

    def _ready(self) -> socket.socket:
        """The line, once there is something on it."""
        line, ready = self._line(), select.poll()
        ready.register(line, select.POLLIN)
        quiet, most, worked = 0.0, self._stall, self._worked()
        while not self._polled(ready, most - quiet):
            quiet += min(_SLICE, most - quiet)
            if self._left <= 0:
                raise FormatError("timeout", "its reader took too long in all and was stopped")
            if quiet >= most:
                if most > self._stall or not self._starved(worked):
                    raise FormatError("timeout", f"its reader gave no sign of life for {quiet:g} s and was stopped")
                most = _PATIENCE * self._stall
        return line

    def _polled(self, ready: select.poll, seconds: float) -> bool:
        """Whether something came within so many seconds, a slice at most: a stop of this process counts as one."""
        wait = max(0.0, min(seconds, self._left, _SLICE))
        began = time.monotonic()
        got = bool(ready.poll(wait * 1000))
        self._left -= min(time.monotonic() - began, _SLICE)
        return got

    def _worked(self) -> float:
        """Seconds that the child has worked."""
        return _told(self._child.pid)[1] if self._child is not None else 0.0

    def _starved(self, before: float) -> bool:
        """Whether the child would work and the machine, busy with others, does not let it."""
        if self._child is None:
            return False
        state, worked = _told(self._child.pid)
        return state in "RD" and worked - before < self._stall / 2

    def _death(self) -> str:
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._child.wait(1)
                return signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return "it closed its line"

    def _kill(self) -> None:
        if self._child is not None:
            self._most = max(self._most, self._held())
            self._child.kill()
            self._child.wait()
            self._child = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._buffer.clear()
        self._resting = True


def _told(pid: int) -> tuple[str, float]:
    """The state of a process, a letter, and the seconds that it has worked; "?" where the system does not tell."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "?", 0.0
    return facts[0], (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")
