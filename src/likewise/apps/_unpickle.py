"""The plain part of Python's pickle, told by a machine of our own: containers, numbers, texts and tensors.

Nothing is imported and nothing is called: a name that a pickle asks for is either one of the few that PyTorch writes
for tensors, which stand for values here, or the pickle is refused by that name. So opening one cannot run code.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, final

from likewise.errors import ModelError

__all__ = ["Storage", "Tensor", "unpickled"]

KINDS: Final = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}
"""PyTorch's storages -> the kinds of numbers of safetensors."""

_MOST: Final = 2_000_000  # steps of a pickle: a model of a hundred thousand tensors has fewer
_REBUILD: Final = ("torch._utils", "_rebuild_tensor_v2")
_PARAMETER: Final = ("torch._utils", "_rebuild_parameter")
_ORDERED: Final = ("collections", "OrderedDict")
_SIZE: Final = ("torch", "Size")
_CALLED: Final = (_REBUILD, _PARAMETER, _ORDERED, _SIZE)
_SAID: Final = ("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE")
_VALUES: Final = (*_SAID, "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "INT", "LONG", "FLOAT")
_ATOMS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: Final[dict[str, Callable[[], Any]]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES: Final = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@final
@dataclass(frozen=True, slots=True)
class Storage:
    """Numbers in a checkpoint: their kind, the name of their record and how many there are."""

    kind: str
    key: str
    count: int


@final
@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a storage: where it begins, its shape and its strides, counted in numbers."""

    storage: Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class _Name:
    module: str
    name: str


@final
class _Mark:
    """Where the parts of a container begin on the stack."""


@final
@dataclass(slots=True)
class _Machine:
    """The stack and the memo of one pickle."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def step(self, name: str, value: Any) -> None:
        """One opcode, by its name in `pickletools`."""
        stack = self.stack
        if name in _VALUES:
            stack.append(value)
        elif name in _ATOMS:
            stack.append(_ATOMS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            parts = stack[-_TUPLES[name] :]
            del stack[-_TUPLES[name] :]
            stack.append(tuple(parts))
        else:
            step = _STEPS.get(name)
            if step is None:
                raise ModelError(f"it asks for {name}, which no pickle of tensors needs")
            step(self, value)

    def mark(self, _: Any) -> None:
        self.stack.append(_Mark())

    def marked(self) -> list[Any]:
        """What lies above the last mark, taken away with it."""
        at = next(i for i in range(len(self.stack) - 1, -1, -1) if isinstance(self.stack[i], _Mark))
        parts = self.stack[at + 1 :]
        del self.stack[at:]
        return parts

    def put(self, at: int) -> None:
        self.memo[at] = self.stack[-1]

    def memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def get(self, at: int) -> None:
        self.stack.append(self.memo[at])

    def tuple(self, _: Any) -> None:
        self.stack.append(tuple(self.marked()))

    def append(self, _: Any) -> None:
        value = self.stack.pop()
        self._list().append(value)

    def appends(self, _: Any) -> None:
        values = self.marked()
        self._list().extend(values)

    def _list(self) -> list[Any]:
        if type(self.stack[-1]) is not list:
            raise ModelError("it appends to what is no list")
        made: list[Any] = self.stack[-1]
        return made

    def item(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._fill([key, value])

    def items(self, _: Any) -> None:
        self._fill(self.marked())

    def _fill(self, parts: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not dict or len(parts) % 2:
            raise ModelError("it sets items of what is no dictionary")
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if not isinstance(key, Hashable) or isinstance(key, tuple | Tensor | _Name):
                raise ModelError("a key of a dictionary is neither a text nor a number")
            target[key] = value

    def name(self, value: str) -> None:
        module, _, name = value.partition(" ")
        self._named(module, name)

    def named(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._named(str(module), str(name))

    def _named(self, module: str, name: str) -> None:
        if (module, name) not in _CALLED and not (module == "torch" and name in KINDS):
            raise ModelError(f"it asks for {module}.{name}, and only tensors, numbers, texts and containers are read")
        self.stack.append(_Name(module, name))

    def called(self, _: Any) -> None:
        values, what = self.stack.pop(), self.stack.pop()
        if not isinstance(what, _Name) or type(values) is not tuple:
            raise ModelError("it calls what is no name")
        self.stack.append(_made((what.module, what.name), values))

    def built(self, _: Any) -> None:
        """State is left out: PyTorch puts the version of modules there."""
        self.stack.pop()

    def stored(self, _: Any) -> None:
        told = self.stack.pop()
        if type(told) is not tuple or len(told) < 5 or told[0] != "storage" or not isinstance(told[1], _Name):
            raise ModelError("a record of it is no storage")
        kind, key, count = KINDS.get(told[1].name), told[2], told[4]
        if kind is None or type(key) is not str or type(count) is not int:
            raise ModelError("a storage of it says no kind, name and size")
        self.stack.append(Storage(kind, key, count))

    def nothing(self, _: Any) -> None:
        """PROTO, FRAME and STOP change nothing here."""


_STEPS: Final[dict[str, Callable[[_Machine, Any], None]]] = {
    "PROTO": _Machine.nothing,
    "FRAME": _Machine.nothing,
    "STOP": _Machine.nothing,
    "MARK": _Machine.mark,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "TUPLE": _Machine.tuple,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.item,
    "SETITEMS": _Machine.items,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.named,
    "REDUCE": _Machine.called,
    "BUILD": _Machine.built,
    "BINPERSID": _Machine.stored,
}


def unpickled(content: Any) -> Any:
    """What one pickle holds, given as bytes or as a file at its beginning.

    Raises ModelError that names what it asks for, where that is not plain.
    """
    machine = _Machine()
    try:
        for count, (opcode, value, _) in enumerate(pickletools.genops(content)):
            if count > _MOST:
                raise ModelError(f"it has more than {_MOST:,} steps, which no list of tensors has")
            machine.step(opcode.name, value)
        (found,) = machine.stack
    except (ValueError, IndexError, KeyError, StopIteration, TypeError, OverflowError, MemoryError) as error:
        raise ModelError(f"its pickle is broken: {error!r}") from error
    return found


def _made(what: tuple[str, str], values: tuple[Any, ...]) -> Any:
    """What a known name makes of its arguments."""
    if what == _ORDERED and not values:
        return {}
    if what == _SIZE and len(values) == 1:
        return tuple(values[0])
    if what == _PARAMETER and values and isinstance(values[0], Tensor):
        return values[0]
    if what == _REBUILD and len(values) >= 4 and isinstance(values[0], Storage):
        storage, start, shape, strides = values[:4]
        numbers = [start, *shape, *strides]
        if len(shape) == len(strides) and all(type(n) is int and n >= 0 for n in numbers):
            return Tensor(storage, start, tuple(shape), tuple(strides))
    raise ModelError(f"{'.'.join(what)} is given what makes no tensor")
