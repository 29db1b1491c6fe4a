"""What a model's licence does not allow, said once when it is loaded."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path

from likewise.catalog import find

__all__ = ["tell_licence"]


def tell_licence(name: str, path: Path) -> None:
    """Warn where the weights may not be used in commerce, as the catalogue or the folder's config.json says."""
    entry = find(name)
    licence = entry.licence if entry else _said(path)
    if "NC" in licence.upper().replace("_", "-").split("-"):
        _told(name, licence)


def _said(path: Path) -> str:
    """The `licence` that `likewise convert` writes into config.json; empty where there is none."""
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(config.get("licence", "")) if isinstance(config, dict) else ""


@cache
def _told(name: str, licence: str) -> None:
    warnings.warn(f"the weights of {name} are {licence}: not for commercial use", stacklevel=6)
