"""A checkpoint of PyTorch into a folder that `load` reads: its pickle is told apart and never run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from likewise.apps._checkpoint import Checkpoint
from likewise.apps._clip_words import clip_words
from likewise.apps._safetensors import written
from likewise.errors import InputError, ModelError

__all__ = ["convert"]

KINDS: Final[dict[str, dict[str, Any]]] = {
    "imagebind": {"model_type": "imagebind", "licence": "CC-BY-NC-SA-4.0"},
    "slowfast": {"model_type": "slowfast"},
    "slowfast-r101": {"model_type": "slowfast", "depth": 101},
    "resnet50": {"architecture": "resnet50"},
    "vgg16": {"architecture": "vgg16"},
    "folder": {},
    "tensors": {},
}
"""What a checkpoint may be converted as -> the config.json that its makers do not publish."""

_WORDS: Final = ("imagebind",)
"""Those with a tower for texts, which need a tokenizer."""

_MARKS: Final = {
    "imagebind": "modality_trunks.vision.blocks.0.norm_1.weight",
    "slowfast": "blocks.0.multipathway_blocks.0.conv.weight",
    "resnet50": "layer1.0.conv1.weight",
    "vgg16": "features.0.weight",
}
"""A tensor by which each is told."""

_BIN: Final = "pytorch_model.bin"
_FLOATS: Final = ("F64", "F32", "F16", "BF16")


@dataclass(frozen=True, slots=True)
class Converted:
    """The account of a conversion: tensors and bytes of numbers; `note` is what is to be known of the weights."""

    path: Path
    kind: str
    tensors: int
    bytes: int
    note: str = ""


def convert(
    checkpoint: str | os.PathLike[str],
    to: str | os.PathLike[str],
    kind: str,
    *,
    tokenizer: str | os.PathLike[str] | None = None,
) -> Converted:
    """Write model.safetensors, config.json and what else the network of that kind needs into the new folder `to`.

    `tokenizer` is a tokenizer.json, or CLIP's bpe_simple_vocab_16e6.txt.gz, for kinds that take texts. A `checkpoint`
    that is a folder of the hub with pytorch_model.bin (kind "folder") brings its settings and tokenizer along. Tensors
    go over byte for byte under their own names. Raises InputError for a kind that is not known or a folder that holds
    something, ModelError for a checkpoint that cannot be read, asks for anything but tensors, or is of another kind.
    """
    source, target = Path(checkpoint), Path(to)
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} is not known: there are {', '.join(KINDS)}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is not empty: name a new folder to convert to")
    if (kind in _WORDS) != (tokenizer is not None):
        wanted = "needs a tokenizer: CLIP's tokenizer.json or its bpe_simple_vocab_16e6.txt.gz"
        raise InputError(f"{kind} {wanted if kind in _WORDS else 'takes no texts: leave the tokenizer out'}")
    if source.is_dir() != (kind == "folder"):
        raise InputError(f"{source} is {'a' if source.is_dir() else 'no'} folder: convert it {_advice(source)}")
    opened = Checkpoint(source / _BIN if source.is_dir() else source)
    mark = _MARKS.get(kind.partition("-")[0], "")
    if mark and not any(name.endswith(mark) for name in opened.names):
        raise ModelError(f"{source} holds no tensor {mark}: it is no {kind}, but perhaps another kind")
    target.mkdir(parents=True, exist_ok=True)
    _words(target, tokenizer)
    names = sorted(name for name in opened.names if kind == "tensors" or opened.raw(name)[0] in _FLOATS)
    size = written(target / "model.safetensors", names, opened.raw)
    if kind == "folder":
        _settings(source, target)
    elif kind != "tensors":
        _config(target, KINDS[kind])
    licence = KINDS[kind].get("licence", "")
    return Converted(
        target, kind, len(names), size, f"its weights are {licence}: not for commercial use" if licence else ""
    )


def _advice(source: Path) -> str:
    return 'as "folder"' if source.is_dir() else "as what it is"


def _settings(source: Path, target: Path) -> None:
    """The small files of a folder of the hub; CLIP's tokenizer is made where only its merges are there."""
    for file in sorted([*source.glob("*.json"), *source.glob("*.txt")]):
        if not file.name.endswith(".index.json"):
            shutil.copyfile(file, target / file.name)
    merges = source / "merges.txt"
    if merges.is_file() and not (source / "tokenizer.json").is_file():
        clip_words(merges).save(str(target / "tokenizer.json"))


def _config(target: Path, values: Mapping[str, Any]) -> None:
    (target / "config.json").write_text(json.dumps(dict(values), indent=2) + "\n", encoding="utf-8")


def _words(target: Path, given: str | os.PathLike[str] | None) -> None:
    if given is None:
        return
    file = Path(given)
    if file.suffix == ".json":
        try:
            shutil.copyfile(file, target / "tokenizer.json")
        except OSError as error:
            raise ModelError(f"the tokenizer {file} cannot be read: {error}") from error
    else:
        clip_words(file).save(str(target / "tokenizer.json"))
