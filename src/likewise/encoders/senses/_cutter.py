"""Contents of every kind on their way to the towers that take them, made ready ahead of need."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import Any, Final, final

import numpy as np
from PIL import Image

from likewise.encoders._batches import told
from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders.senses._files import Files, modality_of
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError
from likewise.modalities import Array, Prepared, Preparer
from likewise.types import Clip, Item, Media, Motion, Role, Sound

__all__ = ["SenseCutter", "Sensed"]

_AHEAD: Final = 32  # contents made ready while the network is busy with those before
_BYTES: Final = 64 << 20  # of them, unless one alone is larger
_KINDS: Final = ((Sound, "audio"), (Clip, "video"), (Motion, "motion"), (Image.Image, "image"))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sensed:
    """A piece for the tower of a modality: token ids, or what its preparer made."""

    modality: str
    array: Array


@final
@dataclass(slots=True)
class _Ready:
    """A content made ready: its pieces, how many there were, or what is wrong with it."""

    pieces: list[Piece] = field(default_factory=list)
    seen: int = 0
    truncated: bool = False
    error: str = ""


@final
class SenseCutter(Cutter):
    """Cuts contents of several modalities; `units` say what one input of each tower costs.

    Videos go to the tower of images, frame by frame, where there is none of their own; `workers` threads prepare.
    """

    def __init__(
        self, preparers: Mapping[str, Preparer], units: Mapping[str, int], text: TokenCutter | None, workers: int = 2
    ) -> None:
        self._preparers, self._units, self._text, self._workers = preparers, units, text, workers
        self._files = Files()

    @property
    def modalities(self) -> tuple[str, ...]:
        return (*self._preparers, *(("text",) if self._text else ()))

    def capacity(self, role: Role) -> int:
        return self._text.capacity(role) if self._text else 1

    def count(self, contents: Sequence[Any]) -> list[int]:
        """Tokens of a text; anything else is one."""
        return [self._text.count([c])[0] if self._text and isinstance(c, str) else 1 for c in contents]

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        routed = [self._routed(content) for content in contents]
        spoken = [content for modality, content in routed if modality == "text"]
        texts = self._text.cut(spoken, role, overflow) if self._text and spoken else iter(())
        others = [(modality, content) for modality, content in routed if modality != "text"]
        ready = _ahead(lambda one: self._ready(one[0], one[1], overflow), others, self._workers)
        for modality, _ in routed:
            yield _named(next(texts)) if modality == "text" else _taken(next(ready))

    def _routed(self, content: object) -> tuple[str, Any]:
        """The modality of a content and what it holds; an InputError in place of a content that none takes."""
        modality = self.modalities[0] if len(self.modalities) == 1 else ""
        if isinstance(content, Item):
            modality, content = content.modality, content.content
        if isinstance(content, Media):
            if modality not in ("", content.modality):
                return "", InputError(f"the item says it is {modality}, its content is {content.modality}")
            modality, content = content.modality, content.content
        try:
            modality = modality or (modality_of(content) if isinstance(content, PurePath) else self._told(content))
        except InputError as error:
            return "", error
        if modality in self.modalities:
            return modality, content
        if not modality:
            what = f"{content.dtype} {content.shape}" if isinstance(content, np.ndarray) else type(content).__name__
            return "", InputError(f"content is {what}: say what it is, Item(id, content, modality='...')")
        return "", InputError(f"content is {modality}, this encoder takes {' or '.join(self.modalities)}")

    def _told(self, content: object) -> str:
        """The modality of a content by its type, empty where it is not plain."""
        if isinstance(content, str):
            return "text"
        if isinstance(content, np.ndarray) and content.dtype == np.uint8 and content.ndim == 3:
            return "image"
        if isinstance(content, Prepared):
            others = [modality for modality in self._preparers if modality != "video"]
            return others[0] if len(others) == 1 else ""
        return next((modality for kind, modality in _KINDS if isinstance(content, kind)), "")

    def _ready(self, modality: str, content: Any, overflow: Overflow) -> _Ready:
        """A content made ready, or what is wrong with it."""
        if isinstance(content, Exception):
            return _Ready(error=str(content))
        if content is None:
            return _Ready(error="content is None")
        try:
            return self._prepared(modality, content, overflow)
        except InputError as error:
            return _Ready(error=str(error))
        except Exception as error:
            return _Ready(error=told(error))

    def _prepared(self, modality: str, content: Any, overflow: Overflow) -> _Ready:
        preparer = self._preparers[modality]
        if isinstance(content, PurePath):
            return self._read(modality, content, overflow)
        if isinstance(content, Prepared):
            return _Ready(self._pieces(modality, content.array, 1), 1)
        windows = preparer.windows(content)
        if overflow == "error" and len(windows) > 1:
            raise InputError(f"one input holds a part of it, it has {len(windows)}: take overflow truncate or mean")
        kept = windows if overflow == "mean" else windows[:1]
        parts = [self._pieces(modality, preparer.prepare(window), _weight(window)) for window in kept]
        return _Ready([piece for part in parts for piece in part], len(windows), len(kept) < len(windows))

    def _read(self, modality: str, path: PurePath, overflow: Overflow) -> _Ready:
        """The pieces of a file; where only the first counts, one more tells whether there is a second."""
        arrays = self._files.pieces(path, modality, self._preparers[modality], None if overflow == "mean" else 2)
        if overflow == "error" and len(arrays) > 1:
            raise InputError("it gives more than one piece: take overflow truncate or mean, or a collection")
        kept = arrays if overflow == "mean" else arrays[:1]
        parts = [self._pieces(modality, array, 1) for array in kept]
        return _Ready([piece for part in parts for piece in part], len(arrays), len(kept) < len(arrays))

    def _pieces(self, modality: str, array: Array, weight: int) -> list[Piece]:
        if modality in self._units:
            size = self._preparers[modality].size(array, self._units[modality])
            return [Piece(Sensed(modality, array), size, weight)]
        return [Piece(Sensed("image", frame), self._units["image"]) for frame in array]


def _weight(window: object) -> int:
    """What a part counts in the mean over all of them."""
    return max(1, len(window.samples)) if isinstance(window, Sound | Motion) else 1


def _taken(ready: _Ready) -> Cut:
    used = min(ready.seen, 1) if ready.truncated else ready.seen
    return Cut(ready.pieces, ready.seen, used, ready.truncated, ready.error)


def _named(cut: Cut) -> Cut:
    """Pieces of a text, said to be such."""
    pieces = cut.pieces
    cut.pieces = (Piece(Sensed("text", piece.content), piece.size, piece.weight) for piece in pieces)
    return cut


def _ahead(run: Callable[[Any], _Ready], contents: Iterable[Any], workers: int) -> Iterator[_Ready]:
    """What `run` gives for every content, in order, some of them computed before they are asked for."""
    rest = iter(contents)
    first = list(islice(rest, 2))
    if len(first) < 2:
        yield from map(run, first)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="likewise-prepare") as pool:
        going: deque[Future[_Ready]] = deque(pool.submit(run, one) for one in first)
        try:
            while going:
                while len(going) < _AHEAD and (len(going) <= workers or _held(going) < _BYTES):
                    more = list(islice(rest, 1))
                    if not more:
                        break
                    going.append(pool.submit(run, more[0]))
                yield going.popleft().result()
        finally:
            for future in going:
                future.cancel()


def _held(going: Iterable[Future[_Ready]]) -> int:
    """Bytes of what is ready and waits."""
    ready = (future.result() for future in going if future.done() and not future.cancelled())
    return sum(piece.content.array.nbytes for one in ready for piece in one.pieces)
