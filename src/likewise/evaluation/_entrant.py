"""A contestant in a process of its own, so that its memory is its own: `python -m likewise.evaluation._entrant FOLDER`.

The folder holds `asked.json` and the texts; vectors and `told.json` are written beside them.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from likewise.encoders import load
from likewise.errors import LikewiseError
from likewise.evaluation._costs import alone
from likewise.evaluation._kept import made
from likewise.evaluation._task import Input
from likewise.formats._peak import peak

__all__ = ["main"]


def main(folder: Path) -> None:
    """Do what `asked.json` asks for; an error is told, not raised."""
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            told = _told(folder, asked)
        except LikewiseError as error:
            told = {"error": type(error).__name__, "message": str(error)}
    told["warnings"] = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


def _told(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    encoder = load(asked["model"], precision=asked["precision"])
    keep = Path(asked["keep"]) if asked["keep"] else None
    median, high = alone(encoder, asked["alone"])  # first, so that what a first call prepares is not in the throughput
    inputs = []
    for one in asked["inputs"]:
        rows = json.loads((folder / one["file"]).read_text(encoding="utf-8"))
        found = made(encoder, Input(rows["names"], rows["items"], one["role"]), keep)
        np.save(folder / f"{one['file']}.npy", found.vectors)
        inputs.append(
            {"refused": [asdict(r) for r in found.refused], "truncated": found.truncated, "seconds": found.seconds}
        )
    facts = {"name": encoder.name, "dim": encoder.space.dim, "inputs": inputs, "alone": [median, high]}
    return facts | {"memory": peak()}


def _end_with_parent() -> None:
    """End when nobody holds the other end of our input: whoever asked is gone, and nothing that is kept is lost."""
    os.read(0, 1)  # not sys.stdin, whose lock a thread may not hold when Python ends
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    main(Path(sys.argv[1]))
