"""A map for TensorBoard's embedding projector: the plain files that it reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from likewise.apps._map_table import rows
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps._map_drawn import Map

__all__ = ["projector"]

_LONGEST: Final = 200
_CONFIG: Final = """\
embeddings {
  tensor_name: "vectors"
  tensor_path: "vectors.tsv"
  metadata_path: "metadata.tsv"
}
embeddings {
  tensor_name: "map"
  tensor_path: "map.tsv"
  metadata_path: "metadata.tsv"
}
"""


def projector(drawn: Map, folder: str | os.PathLike[str]) -> Path:
    """Write vectors.tsv, map.tsv, metadata.tsv and projector_config.pbtxt, in the projector's documented form.

    `tensorboard --logdir FOLDER` shows them, and projector.tensorflow.org takes the first three by its button Load.
    Raises InputError where they cannot be written.
    """
    target = Path(folder).expanduser()
    try:
        target.mkdir(parents=True, exist_ok=True)
        np.savetxt(target / "vectors.tsv", drawn.points.vectors, fmt="%.7g", delimiter="\t")
        np.savetxt(target / "map.tsv", drawn.plane, fmt="%.7g", delimiter="\t")
        (target / "metadata.tsv").write_text(_metadata(drawn), encoding="utf-8")
        (target / "projector_config.pbtxt").write_text(_CONFIG, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _metadata(drawn: Map) -> str:
    """A header and a line for every point; a cell holds no tab and no line end, which the form cannot escape."""
    table = rows(drawn)
    names = [name for name in dict.fromkeys(name for row in table for name in row) if name not in ("x", "y")]
    lines = ["\t".join(_cell(name) for name in names)]
    lines += ["\t".join(_cell(row.get(name)) for name in names) for row in table]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value)[:_LONGEST].encode("utf-8", "replace").decode().split())
