"""A network that is run from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final, final

from likewise.encoders.text._folder import Settings
from likewise.errors import ModelError
from likewise.networks import Facts, Node, Ops, TextNetwork, Weights

__all__ = ["FileNetwork"]

_DIMS: Final = ("hidden_size", "d_model", "dim", "n_embd")
_POSITIONS: Final = ("max_position_embeddings", "n_positions")
_SHIFTED: Final = ("roberta", "xlm_roberta", "xlm_roberta_xl", "camembert", "mpnet", "data2vec_text", "longformer")
"""Architectures whose first rows of positions, up to that of padding, are for no token."""


@final
class FileNetwork(TextNetwork):
    """Its sizes are those of config.json, its operations are known to the runtime alone."""

    def __init__(self, file: Path, own: Settings) -> None:
        """Raises ModelError for a config.json that names no dimensions."""
        facts = own.facts
        dim = next((name for name in _DIMS if name in facts), None)
        if dim is None:
            raise ModelError(f"{facts.path} names no dimensions ({', '.join(_DIMS)}). Fetch the model again")
        most = next((facts.integer(name) for name in _POSITIONS if name in facts), own.max_length or 512)
        if own.kind in _SHIFTED:
            most -= facts.integer("pad_token_id", 1, least=0) + 1
        words = facts.integer("vocab_size", 1 << 31)
        sizes = {"hidden_size": facts.integer(dim), "max_position_embeddings": most, "vocab_size": words}
        super().__init__(Facts(facts.path, sizes), Weights(own.path, {}))
        self.file = file

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:  # noqa: ARG002 (as promised)
        raise ModelError(f"{self.file} cannot be taken apart: run it whole, or take model.safetensors")
