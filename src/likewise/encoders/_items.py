"""What is given to an encoder, checked and named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import get_args

from likewise.errors import InputError
from likewise.types import Item, Role

__all__ = ["check", "named", "slices"]


def check(items: object, role: str, batch_size: int | None, overflow: str, offered: Sequence[str]) -> None:
    """Raises InputError for arguments that cannot be meant."""
    if isinstance(items, str | bytes | Item):
        raise InputError(f"encode takes several items, was given one {type(items).__name__}: put it into a list")
    if not isinstance(items, Iterable):
        raise InputError(f"encode takes an iterable of items, was given {type(items).__name__}")
    if role not in get_args(Role):
        raise InputError(f"role {role!r} is not known: take query or document")
    if overflow not in offered:
        raise InputError(f"overflow {overflow!r} is not known: take {', '.join(offered[:-1])} or {offered[-1]}")
    if batch_size is not None and batch_size < 1:
        raise InputError(f"batch_size={batch_size} must be 1 or more, or None for batches by length")


def slices(items: Iterable[object], size: int) -> Iterator[tuple[object, ...]]:
    """Up to `size` items at a time."""
    it = iter(items)
    while some := tuple(islice(it, size)):
        yield some


def named(item: object, row: int, modalities: Sequence[str]) -> tuple[str, object, str]:
    """Id, content and what is wrong with an item.

    Where there are several modalities the item itself is the content, for its modality is needed.
    """
    if not isinstance(item, Item):
        return str(row), item, ""
    if item.modality in modalities:
        return item.id, item.content if len(modalities) == 1 else item, ""
    return item.id, None, f"modality is {item.modality!r}, this encoder takes {' or '.join(modalities)}"
