"""Printing what `add` and `sync` did."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from likewise.cli._output import Output

if TYPE_CHECKING:
    from likewise.collection.results import Receipt, Refusal

__all__ = ["print_receipt"]

_SHOWN = 50
_LONG = 120
"""Characters of an explanation that is told once."""


def print_receipt(receipt: Receipt, collection: str, out: Output) -> int:
    """Print a receipt; the exit code is 1 where a source was refused, else 0."""
    _list("refused", receipt.refused, out)
    _list("warning", receipt.warnings, out)
    if receipt.truncated:
        out.complain(f"{len(receipt.truncated):,} texts were longer than the model takes and were cut")
    out.line(
        f"{receipt.added:,} added, {receipt.changed:,} changed, {receipt.unchanged:,} unchanged, "
        f"{receipt.removed:,} removed, {len(receipt.refused):,} refused"
    )
    rate = receipt.encoded / receipt.seconds if receipt.seconds else 0.0
    out.line(
        f"{receipt.passages:,} new passages: {receipt.encoded:,} encoded, {receipt.reused:,} known already, "
        f"in {receipt.seconds:.1f} s ({rate:,.0f} passages/s)"
    )
    out.data({"collection": collection, **asdict(receipt)})
    return 1 if receipt.refused else 0


def _list(word: str, refusals: tuple[Refusal, ...], out: Output) -> None:
    told: set[str] = set()
    for refusal in refusals[:_SHOWN]:
        detail = "as above" if refusal.detail in told and len(refusal.detail) > _LONG else refusal.detail
        told.add(refusal.detail)
        out.complain(f"{word}: {refusal.source}: {refusal.reason}: {detail}")
    if len(refusals) > _SHOWN:
        out.complain(f"{word}: ... and {len(refusals) - _SHOWN:,} more (all of them with --json)")
