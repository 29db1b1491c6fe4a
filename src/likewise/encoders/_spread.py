"""A text encoder spread over processes, for machines of so many cores that one process cannot feed them all.

Each process holds the model and its share of the cores, and answers on one socket a core. They are started by name, not
forked, so that a script needs no main guard, and speak JSON and plain arrays, never pickle.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, cast, final

import numpy as np

from likewise.encoders import Encoder
from likewise.errors import InputError, ModelError
from likewise.types import Role, Vectors

__all__ = ["Spread", "serve"]

_SERVE = "import sys; from likewise.encoders._spread import serve; serve(sys.argv[1], map(int, sys.argv[2:]))"

_ENDED = "a process that encodes has ended, perhaps for lack of memory: load the model again with fewer processes"


@final
class Spread(Encoder):
    """`encoder` over `processes` processes, each of which loads it with `settings`, the arguments of `load`."""

    def __init__(
        self, encoder: Encoder, processes: int, settings: Mapping[str, Any], calibration: Sequence[str] | None = None
    ) -> None:
        if processes < 1:
            raise InputError(f"processes={processes} must be 1 or more, or None for one process with every core")
        share = max(1, (settings["threads"] or len(os.sched_getaffinity(0))) // processes)
        super().__init__(encoder.name, encoder.space, encoder.cutter, encoder.budget, processes * share)
        # the precision that was settled on, for another process might measure otherwise
        own = {"precision": encoder.space.precision.partition(":")[0], "threads": share}
        asked = json.dumps({**settings, **own, "calibration": calibration and list(calibration)})
        self._running: list[subprocess.Popen[bytes]] = []
        self._open: list[BinaryIO] = []
        self._idle: SimpleQueue[BinaryIO] = SimpleQueue()
        self._end = weakref.finalize(self, _end, self._running, self._open)
        for _ in range(processes):
            self._open += self._start(asked, share)
        for lane in self._open:
            if _told(lane)["space"] != encoder.space.id:
                raise ModelError(f"{encoder.name} became another model while it was loaded: load it again")
            self._idle.put(lane)

    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        lane = self._idle.get()
        try:
            _tell(lane, {"role": role, "sizes": [len(piece) for piece in pieces]}, np.concatenate(pieces))
            vectors: Vectors = _array(lane, _told(lane)["shape"], "<f4")
            return vectors
        except OSError as error:
            raise ModelError(_ENDED) from error
        finally:
            self._idle.put(lane)

    def close(self) -> None:
        """End the processes; they also end with the encoder."""
        self._end()

    def _start(self, asked: str, share: int) -> list[BinaryIO]:
        pairs = [socket.socketpair() for _ in range(share)]
        theirs = [there.fileno() for _, there in pairs]
        command = [sys.executable, "-c", _SERVE, asked, *map(str, theirs)]
        self._running.append(subprocess.Popen(command, pass_fds=theirs, stdin=subprocess.DEVNULL))  # noqa: S603 ours
        for _, there in pairs:
            there.close()
        return [_stream(here) for here, _ in pairs]


def serve(asked: str, sockets: Sequence[int] | Any) -> None:
    """Load what `asked` says, then encode the batches that come in by each socket, until these end."""
    from likewise.encoders import load

    lanes = [_stream(socket.socket(fileno=number)) for number in sockets]
    try:
        encoder = load(**json.loads(asked))
    except Exception as error:
        for lane in lanes:
            _tell(lane, {"error": str(error)})
        return
    threads = [Thread(target=_answer, args=(encoder, lane), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _answer(encoder: Encoder, lane: BinaryIO) -> None:
    _tell(lane, {"space": encoder.space.id})
    while line := lane.readline():
        told = json.loads(line)
        sizes = told["sizes"]
        tokens = _array(lane, [sum(sizes)], "<i4")
        try:
            vectors = encoder.encode_batch(np.split(tokens, np.cumsum(sizes[:-1])), told["role"])
        except Exception as error:
            _tell(lane, {"error": f"{type(error).__name__}: {error}"})
            continue
        _tell(lane, {"shape": vectors.shape}, vectors)


def _stream(end: socket.socket) -> BinaryIO:
    with end:  # the stream keeps it open
        return cast("BinaryIO", end.makefile("rwb"))


def _tell(lane: BinaryIO, told: Mapping[str, Any], array: Any = None) -> None:
    lane.write(json.dumps(told).encode() + b"\n")
    if array is not None:
        lane.write(np.ascontiguousarray(array, "<f4" if array.dtype.kind == "f" else "<i4").tobytes())
    lane.flush()


def _told(lane: BinaryIO) -> dict[str, Any]:
    line = lane.readline()
    if not line:
        raise ModelError(_ENDED)
    told: dict[str, Any] = json.loads(line)
    if "error" in told:
        raise ModelError(told["error"])
    return told


def _array(lane: BinaryIO, shape: Sequence[int], kind: str) -> Any:
    return np.frombuffer(lane.read(int(np.prod(shape)) * 4), kind).reshape(shape)


def _end(running: Sequence[subprocess.Popen[bytes]], lanes: Sequence[BinaryIO]) -> None:
    for process in running:
        process.kill()
        process.wait()
    for lane in lanes:
        with suppress(OSError):  # what was on its way to a process that has ended
            lane.close()
