"""Parquet tables, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._rows import flat
from likewise.types import Part, Place

__all__ = ["Parquet"]


@final
class Parquet(Format):
    """Each row a record `column: value; ...`, a few rows in memory at a time; columns of bytes are left out."""

    name = "parquet"
    suffixes = (".parquet", ".pq")

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.head.startswith((b"PAR1", b"PARE")) else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        if file.head.startswith(b"PARE"):
            raise FormatError("encrypted", "its footer is encrypted")
        import pyarrow as pa
        from pyarrow import parquet

        pa.set_cpu_count(1)
        try:
            table = parquet.ParquetFile(file.handle, buffer_size=1 << 20, pre_buffer=False)
            shown = [f.name for f in table.schema_arrow if not pa.types.is_binary(f.type)]
            file.metadata.update(rows=table.metadata.num_rows, columns=", ".join(shown))
            yield from _rows(table, shown, file)
        except pa.ArrowException as error:
            raise FormatError("damaged", f"its pages cannot be read: {error}") from error


def _rows(table: Any, shown: list[str], file: File) -> Iterator[Part]:
    number = 0
    for batch in table.iter_batches(batch_size=256, columns=shown, use_threads=False):
        for row in batch.to_pylist():
            file.tick()
            number += 1
            if text := flat(row):
                yield Part(text, "record", Place(0, len(text), "row", number))
