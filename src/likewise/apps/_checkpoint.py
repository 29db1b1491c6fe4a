"""Tensors of a PyTorch checkpoint (.pth, .pt, .bin), without PyTorch and without running anything of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.apps._unpickle import Storage, Tensor, unpickled
from likewise.errors import ModelError

__all__ = ["Checkpoint"]

SIZES: Final = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_LONGEST: Final = 1 << 28  # bytes of a pickle without its tensors
_MAGIC: Final = 0x1950A86A20F9469CFC6C
_NESTS: Final = ("state_dict", "model_state_dict", "model_state", "model", "module", "teacher", "net")
"""Where trainers put the tensors, beside their own state; the first one that is there is taken."""


@final
@dataclass(frozen=True, slots=True)
class _Record:
    """Where the numbers of a storage lie in the file, in bytes."""

    offset: int
    size: int


@final
class Checkpoint:
    """The tensors of one checkpoint by their names: `names`, and `raw(name)` for kind, shape and bytes.

    Raises ModelError for a file that is no checkpoint, is broken, or asks for anything but tensors and containers.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: dict[str, _Record] = {}
        try:
            found = self._zipped() if zipfile.is_zipfile(path) else self._old()
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._wrong(str(error)) from error
        except ModelError as error:
            raise self._wrong(str(error)) from error
        self._tensors = dict(_listed(found))
        if not self._tensors:
            raise self._wrong("it holds no tensors by name")
        self._bytes: NDArray[np.uint8] = np.memmap(path, np.uint8, "r")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of tensors, in the order of the file."""
        return tuple(self._tensors)

    def raw(self, name: str) -> tuple[str, tuple[int, ...], bytes]:
        """Kind (as safetensors calls it), shape and little-endian bytes of a tensor."""
        tensor = self._tensors[name]
        record = self._records.get(tensor.storage.key)
        size = SIZES[tensor.storage.kind]
        last = tensor.start + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
        if record is None or (0 not in tensor.shape and (last + 1) * size > record.size):
            raise self._wrong(f"the tensor {name} reaches beyond its storage")
        if 0 in tensor.shape:
            return tensor.storage.kind, tensor.shape, b""
        whole = int(np.prod(tensor.shape, dtype=np.float64))
        if whole * size > record.size or len(tensor.shape) > 32:  # strides of 0 would make much of little
            raise self._wrong(f"the tensor {name} is larger than its storage")
        numbers = self._bytes[record.offset : record.offset + record.size // size * size].view(f"u{size}")
        steps = [step * size for step in tensor.strides]
        view = np.lib.stride_tricks.as_strided(numbers[tensor.start :], tensor.shape, steps, writeable=False)
        return tensor.storage.kind, tensor.shape, view.tobytes()

    def _zipped(self) -> Any:
        """The layout of torch.save since 1.6: a zip of data.pkl and a record for every storage."""
        with zipfile.ZipFile(self._path) as archive:
            inside = {info.filename: info for info in archive.infolist()}
            main = next((name for name in inside if name.rpartition("/")[2] == "data.pkl"), None)
            if main is None:
                raise ModelError("it is a zip without data.pkl: no checkpoint of PyTorch")
            folder = main.removesuffix("data.pkl")
            if inside[main].file_size > _LONGEST:
                raise ModelError("its pickle is larger than any list of tensors")
            order = archive.read(f"{folder}byteorder") if f"{folder}byteorder" in inside else b"little"
            if order.strip() != b"little":
                raise ModelError(f"its numbers are {order[:20]!r} endian, only little can be read")
            with self._path.open("rb") as file:
                for name, info in inside.items():
                    if name.startswith(f"{folder}data/"):
                        self._records[name.removeprefix(f"{folder}data/")] = _place(file, info)
            return unpickled(archive.read(main))

    def _old(self) -> Any:
        """The layout before: pickles one behind the other, then the storages in the order of their keys."""
        whole = self._path.stat().st_size
        with self._path.open("rb") as file:
            if file.read(1) != b"\x80":
                raise ModelError("it is no checkpoint of PyTorch: neither a zip nor pickles")
            file.seek(0)
            short = _Short(file, whole)
            if unpickled(short) != _MAGIC:
                raise ModelError("it is a pickle, and no checkpoint of PyTorch")
            unpickled(short)
            unpickled(short)
            found, keys = unpickled(short), unpickled(short)
            kinds = {storage.key: storage for storage in _storages(found)}
            for key in keys if isinstance(keys, list) else ():
                count = int.from_bytes(file.read(8), "little")
                size = count * SIZES[kinds[key].kind] if key in kinds else -1
                if size < 0 or file.tell() + size > whole:
                    raise ModelError(f"its storage {key!r} is not whole")
                self._records[key] = _Record(file.tell(), size)
                file.seek(size, io.SEEK_CUR)
            return found

    def _wrong(self, why: str) -> ModelError:
        return ModelError(f"{self._path} cannot be converted: {why}")


def _place(file: io.BufferedReader, info: zipfile.ZipInfo) -> _Record:
    """Where the bytes of a record lie."""
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise ModelError(f"its record {info.filename} is compressed, which PyTorch does not write")
    file.seek(info.header_offset + 26)
    lengths = file.read(4)
    start = info.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    file.seek(0, io.SEEK_END)
    if start + info.file_size > file.tell():
        raise ModelError(f"its record {info.filename} is not whole")
    return _Record(start, info.file_size)


def _listed(found: Any, depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Tensors by name: of the dictionary itself, or of the one inside that trainers put them into."""
    if not isinstance(found, Mapping) or depth > len(_NESTS):
        return
    own = [(str(name), value) for name, value in found.items() if isinstance(value, Tensor)]
    if own:
        yield from own
        return
    for name in _NESTS:
        if isinstance(found.get(name), Mapping):
            yield from _listed(found[name], depth + 1)
            return


def _storages(found: Any) -> list[Storage]:
    """Storages of every tensor inside, however nested; a container may hold itself."""
    made, seen, rest = [], set(), [found]
    while rest:
        one = rest.pop()
        if isinstance(one, Tensor):
            made.append(one.storage)
        elif isinstance(one, Mapping | list | tuple) and id(one) not in seen:
            seen.add(id(one))
            rest.extend(one.values() if isinstance(one, Mapping) else one)
    return made


@final
class _Short:
    """A file that is never asked for more than it has: a pickle may say that a text is as long as it likes."""

    def __init__(self, file: io.BufferedReader, whole: int) -> None:
        self._file, self._whole = file, whole

    def read(self, count: int) -> bytes:
        return self._file.read(max(0, min(count, self._whole - self._file.tell())))

    def readline(self) -> bytes:
        return self._file.readline()

    def tell(self) -> int:
        return self._file.tell()
