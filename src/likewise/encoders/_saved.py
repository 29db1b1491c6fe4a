"""Networks that a model's folder holds as files to be run: ONNX, or OpenVINO's .xml with its .bin."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from likewise.errors import InputError
from likewise.hub import belongs

__all__ = ["listed", "parts", "safe", "usual"]

_USUAL: Final = ("onnx/model.onnx", "model.onnx", "openvino/openvino_model.xml", "openvino_model.xml")
"""Where sentence-transformers and optimum write the network as it is; variants of it are run when they are named."""

_KINDS: Final = (".onnx", ".xml")


def usual(folder: Path) -> Path | None:
    """The network of a folder in the precision that it was trained in, or None."""
    return next((folder / name for name in _USUAL if (folder / name).is_file()), None)


def listed(folder: Path) -> list[str]:
    """Every such file of a folder, as `load(file=)` takes it."""
    found = (p for where in ("", "onnx", "openvino") for p in (folder / where).glob("*") if p.suffix in _KINDS)
    return sorted(str(p.relative_to(folder)) for p in found)


def safe(file: str) -> str:
    """The name of a file within a folder. Raises InputError for another kind, or a way out of the folder."""
    name = PurePosixPath(file)
    if name.suffix not in _KINDS or name.is_absolute() or ".." in name.parts:
        raise InputError(f"file={file!r} must be an .onnx or .xml file within the model's folder: onnx/model.onnx")
    return str(name)


def parts(path: Path) -> list[Path]:
    """The file and those that belong to it; the .bin of an .xml even where it is missing."""
    if path.suffix == ".xml":
        return [path, path.with_suffix(".bin")]
    return sorted(other for other in {path, *path.parent.glob("*")} if belongs(other.name, path.name))
