"""Where vectors go: a .npy file, a Parquet file or JSON lines, each written as they come and put in place whole."""

from __future__ import annotations

import io
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, final

import numpy as np

from likewise.errors import InputError, StorageError
from likewise.space import to_json
from likewise.types import Space, Vectors

__all__ = ["SUFFIXES", "Encoded", "JsonLines", "Sink", "open_sink"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What became of one row: a vector `(dim,)`, or None and the error that says why."""

    id: str
    vector: Vectors | None
    tokens: int = 0
    used: int = 0
    truncated: bool = False
    error: str = ""


class Sink(ABC):
    """Takes rows as they are encoded; what was begun and not finished leaves nothing behind."""

    @abstractmethod
    def write(self, rows: Sequence[Encoded]) -> None:
        """Take the next rows, in order."""

    @abstractmethod
    def finish(self) -> None:
        """Make the result complete and put it in place."""

    @abstractmethod
    def discard(self) -> None:
        """Remove what was begun; nothing after `finish`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.discard()


@final
class JsonLines(Sink):
    """One JSON object a row on a text stream: `id`, `embedding`, `tokens`, `truncated`, `space`, or `id`, `error`."""

    def __init__(self, stream: IO[str], space: Space) -> None:
        self._stream = stream
        self._space = space.id
        self._vector = "[" + ", ".join(["%.9g"] * space.dim) + "]"  # nine digits hold a float32 exactly

    def write(self, rows: Sequence[Encoded]) -> None:
        for row in rows:
            self._stream.write(self._line(row) + "\n")
        self._stream.flush()

    def _line(self, row: Encoded) -> str:
        name = json.dumps(row.id)
        if row.vector is None:
            return f'{{"id": {name}, "error": {json.dumps(row.error)}}}'
        vector = self._vector % tuple(row.vector.tolist())
        truncated = json.dumps(row.truncated)
        return (
            f'{{"id": {name}, "embedding": {vector}, "tokens": {row.tokens}, "used": {row.used}, '
            f'"truncated": {truncated}, "space": "{self._space}"}}'
        )

    def finish(self) -> None:
        self._stream.flush()

    def discard(self) -> None:
        """Nothing: what was written to a stream stays written."""


class _File(Sink):
    """A sink into a file beside the target, moved onto it when all is written and on the disk."""

    def __init__(self, target: Path, space: Space) -> None:
        self.target = target
        self.space = space
        self._draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            self._file = self._draft.open("w+b")
        except OSError as error:
            raise InputError(f"cannot write beside {target}: {error.strerror}; choose another --to") from error

    @abstractmethod
    def _complete(self) -> None:
        """Write what belongs at the end, or at the start once the end is known."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of whatever writes through the file, before it is closed; called once or after `_complete`."""

    def finish(self) -> None:
        try:
            self._complete()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.replace(self.target)
        except OSError as error:
            raise StorageError(
                f"{self.target} could not be written: {error.strerror}; free space and try again"
            ) from error

    def discard(self) -> None:
        for step in (self._release, self._file.close, self._draft.unlink):
            with suppress(OSError):  # a full disk refuses to flush, and must still get its space back
                step()


@final
class _Npy(_File):
    """Vectors `(n, dim)` as .npy, good rows only; ids and the rows left out stand in the note beside it."""

    def __init__(self, target: Path, space: Space) -> None:
        super().__init__(target, space)
        self._count = 0
        self._left_out: list[str] = []
        self._file.write(self._header(0))

    def _header(self, count: int) -> bytes:
        # numpy leaves room for the first axis to grow to 21 digits, so every header has the same length
        header = io.BytesIO()
        shape = {"descr": "<f4", "fortran_order": False, "shape": (count, self.space.dim)}
        np.lib.format.write_array_header_1_0(header, shape)
        return header.getvalue()

    def write(self, rows: Sequence[Encoded]) -> None:
        vectors = [row.vector for row in rows if row.vector is not None]
        self._left_out += [row.id for row in rows if row.vector is None]
        self._count += len(vectors)
        if vectors:
            self._file.write(np.stack(vectors).astype("<f4").tobytes())

    def _complete(self) -> None:
        self._file.seek(0)
        self._file.write(self._header(self._count))
        _note(self.target, self.space, {"rows": self._count, "left_out": self._left_out})

    def _release(self) -> None:
        """Nothing writes through the file."""


@final
class _Jsonl(_File):
    """JSON lines in a file, failed rows included with their error."""

    def __init__(self, target: Path, space: Space) -> None:
        super().__init__(target, space)
        self._text = io.TextIOWrapper(self._file, encoding="utf-8", newline="\n", write_through=True)
        self._lines = JsonLines(self._text, space)

    def write(self, rows: Sequence[Encoded]) -> None:
        self._lines.write(rows)

    def _complete(self) -> None:
        self._text.flush()
        _note(self.target, self.space, {})

    def _release(self) -> None:
        self._text.close()


@final
class _Parquet(_File):
    """A Parquet table: id, embedding (null where it failed), tokens, used, truncated, error; the space as metadata."""

    def __init__(self, target: Path, space: Space) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        super().__init__(target, space)
        self._pa: Any = pa
        fields = [("id", pa.string()), ("embedding", pa.list_(pa.float32(), space.dim)), ("tokens", pa.int32())]
        fields += [("used", pa.int32()), ("truncated", pa.bool_()), ("error", pa.string())]
        self._schema = pa.schema(fields, metadata={"likewise.space": to_json(space), "likewise.space.id": space.id})
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")

    def write(self, rows: Sequence[Encoded]) -> None:
        if rows:
            columns = [
                [r.id.encode("utf-8", "replace").decode() for r in rows],
                [r.vector for r in rows],
                [r.tokens for r in rows],
                [r.used for r in rows],
                [r.truncated for r in rows],
                [r.error or None for r in rows],
            ]
            arrays = [self._pa.array(c, type=f.type) for c, f in zip(columns, self._schema, strict=True)]
            self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))

    def _complete(self) -> None:
        self._writer.close()

    def _release(self) -> None:
        if self._writer.is_open:
            self._writer.close()


SUFFIXES: dict[str, type[_File]] = {".npy": _Npy, ".parquet": _Parquet, ".jsonl": _Jsonl}


def open_sink(target: Path, space: Space) -> Sink:
    """The sink for a file by its suffix; InputError for another suffix or a folder that is not there."""
    kind = SUFFIXES.get(target.suffix.lower())
    if kind is None:
        raise InputError(f"{target} ends in {target.suffix or 'nothing'}; vectors go to {', '.join(SUFFIXES)}")
    return kind(target, space)


def _note(target: Path, space: Space, more: dict[str, object]) -> None:
    """`TARGET.space.json`: the space of the vectors (see `likewise.space.from_json`) and what else belongs to it."""
    note = target.with_name(target.name + ".space.json")
    draft = note.with_name(f".{note.name}.{os.getpid()}.part")
    draft.write_text(
        json.dumps({"id": space.id, "space": json.loads(to_json(space)), **more}, indent=2) + "\n", encoding="utf-8"
    )
    draft.replace(note)
