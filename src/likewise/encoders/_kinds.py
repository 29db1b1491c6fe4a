"""Models that give something else than one vector a text, told by their folder."""

from __future__ import annotations

import json
from pathlib import Path

from likewise.encoders.text._multi_folder import is_multi
from likewise.encoders.text._sparse_folder import is_sparse
from likewise.errors import ModelError

__all__ = ["require_dense"]


def require_dense(path: Path) -> None:
    """Raises ModelError, with what to call, for a folder whose model gives no vector for a text."""
    if is_multi(path):
        what, how = "a vector for every token", "load_multivector"
    elif is_sparse(path):
        what, how = "weights of words", "load_sparse"
    elif _is_reranker(path):
        what, how = "a score for a pair of texts", "load_reranker"
    else:
        return
    raise ModelError(f"{path} holds a model that gives {what}, not a vector for a text: take likewise.{how}")


def _is_reranker(path: Path) -> bool:
    """Whether the network scores, and no module pools its states instead."""
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        named = config.get("architectures") or ()
        modules = path / "modules.json"
        listed = json.loads(modules.read_text(encoding="utf-8")) if modules.is_file() else ()
    except (OSError, ValueError, AttributeError):
        return False
    return len(listed) < 2 and any(str(name).endswith("ForSequenceClassification") for name in named)
