"""A folder whose network is one of the senses: what it says, and what identifies it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from likewise.errors import ModelError
from likewise.networks import Facts, Senses, Weights
from likewise.parts import find, names
from likewise.saving import digest, read_settings

__all__ = ["architecture", "config", "lacking", "preparing_id", "settings", "weights_id"]

_SETTINGS: Final = ("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json")

_VOLATILE: Final = ("_name_or_path", "architectures", "auto_map", "dtype", "torch_dtype", "transformers_version")
"""Settings of config.json that change no vector."""


def config(path: Path) -> Facts:
    """The config.json of a folder. Raises ModelError where it cannot be read."""
    file = path / "config.json"
    return Facts(file, read_settings(file))


def architecture(path: Path) -> type[Senses] | None:
    """The network that config.json names, where it is one of the senses.

    It is named by `model_type` (transformers) or `architecture` (timm).
    """
    try:
        facts = config(path)
        kind = facts.text("model_type", facts.text("architecture", "").partition(".")[0])
    except ModelError:
        return None
    kind = kind.replace("-", "_").lower()
    if kind not in names("networks"):
        return None
    found = find("networks", kind)
    return found if isinstance(found, type) and issubclass(found, Senses) else None


def lacking(path: Path) -> list[str]:
    """What the towers of a folder need beside config.json and weights, and is not there."""
    made = architecture(path)
    if made is None:
        return []
    try:
        towers = made(config(path), Weights(path, {})).towers
    except ModelError:  # said in full where it is loaded
        return []
    missing = ["tokenizer.json"] if "text" in towers and not (path / "tokenizer.json").is_file() else []
    unsaid = any(tower.preparer is None for modality, tower in towers.items() if modality != "text")
    if unsaid and not any((path / name).is_file() for name in _SETTINGS):
        missing.append("preprocessor_config.json")
    return missing


def settings(path: Path, section: str, *files: str) -> Facts:
    """How contents are prepared: the first of `files` that is there, else `section` of processor_config.json.

    Raises ModelError where nothing says it.
    """
    for name in files:
        if (path / name).is_file():
            return Facts(path / name, read_settings(path / name))
    file = path / "processor_config.json"
    values = read_settings(file) if file.is_file() else {}
    if not isinstance(values.get(section), Mapping):
        raise ModelError(f"{path} lacks {files[0]}, which says how contents are prepared. Fetch the model again")
    return Facts(file, values[section])


def weights_id(path: Path) -> str:
    """The digest of what the network computes: its weights and the settings that bind them."""
    values = read_settings(path / "config.json")
    bound = json.dumps({key: value for key, value in values.items() if key not in _VOLATILE}, sort_keys=True)
    lines = [f"{file.name} {digest(file)}" for file in sorted(path.glob("*.safetensors"))]
    return hashlib.sha256("\n".join([*lines, bound]).encode()).hexdigest()


def preparing_id(preparers: Mapping[str, Any], words: str | None) -> str:
    """The digest of how contents become inputs: preparers and, where there are texts, what identifies their cutting."""
    lines = [f"{modality} {preparers[modality]!r}" for modality in sorted(preparers)]
    lines += [] if words is None else [f"text {words}"]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
