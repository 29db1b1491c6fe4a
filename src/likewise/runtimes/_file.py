"""What the files of text networks have in common: the names of inputs and outputs, and of precisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from likewise.errors import InputError, ModelError
from likewise.runtimes import Saved

__all__ = ["Output", "kind_of_input", "output", "precision"]

_INPUTS: Final = {"input_ids": "ids", "attention_mask": "mask", "token_type_ids": "types"}
"""The inputs of a file -> those of a `Saved` network."""

_STATES: Final = ("token_embeddings", "last_hidden_state")
_VECTORS: Final = ("sentence_embedding",)
"""Outputs as sentence-transformers and optimum name them."""

_PRECISIONS: Final = (
    ("int4", r"int4|q4|bnb4"),
    ("int8", r"q?u?int8|quantized|(^|_)q8"),
    ("fp16", r"fp16|float16|_o4"),
    ("bf16", r"bf16"),
    ("fp32", r"fp32|float32"),
)


@final
@dataclass(frozen=True, slots=True)
class Output:
    """The output of a file that is used; `pooled` where it holds one vector for each text, not for each token."""

    name: str
    pooled: bool

    @property
    def axes(self) -> int:
        return 2 if self.pooled else 3


def kind_of_input(path: Path, name: str) -> str:
    """What a file's input is given. Raises ModelError for one that is not known."""
    if name not in _INPUTS:
        raise ModelError(f"{path} asks for {name}, which is not known here: inputs may be {', '.join(_INPUTS)}")
    return _INPUTS[name]


def output(saved: Saved, outputs: Mapping[str, int | None]) -> Output:
    """The output to use, of all by their numbers of axes (None where the file does not say).

    States of tokens are preferred: what follows them is told by the model's folder. Raises ModelError where there is
    none that can be used, InputError where only whole vectors are there and are not wanted.
    """
    states = [name for name in _STATES if name in outputs] or [name for name, axes in outputs.items() if axes == 3]
    if states:
        return Output(states[0], pooled=False)
    vectors = [name for name in _VECTORS if name in outputs] or [name for name, axes in outputs.items() if axes == 2]
    if not vectors:
        raise ModelError(f"{saved.path} gives {', '.join(outputs)}: wanted {' or '.join((*_STATES, *_VECTORS))}")
    if saved.vectors is None:
        raise InputError(f"{saved.path} gives one vector for a text, and none for its tokens: take another file")
    return Output(vectors[0], pooled=True)


def precision(path: Path) -> str | None:
    """The precision that the name of a file tells, None where it tells none."""
    name = path.stem.lower()
    return next((known for known, pattern in _PRECISIONS if re.search(pattern, name)), None)
