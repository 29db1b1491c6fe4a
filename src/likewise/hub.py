"""The only module that downloads: the local Hugging Face cache and the hub behind it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from likewise.errors import ModelError

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

__all__ = ["belongs", "fetch", "offline", "snapshots"]

_WANTED: Final = re.compile(r"(?:[\w.-]+/)?[\w.-]+\.(?:json|txt)|model\.safetensors|\d_[\w.-]+/model\.safetensors")
"""What is fetched: weights as safetensors, settings and vocabularies; never a pickle or code."""

_INDEX: Final = "model.safetensors.index.json"
_REPOSITORY: Final = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")


def offline() -> bool:
    """Whether HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids the network."""
    return any(
        os.environ.get(name, "").upper() in {"1", "ON", "YES", "TRUE"}
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    )


def _cache() -> Path:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return Path(os.environ[name]).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface" / "hub"


def snapshots(repository: str) -> Iterator[Path]:
    """Folders of a model in the local cache: `main` first, then the others, newest first."""
    if not _REPOSITORY.fullmatch(repository):
        return
    home = _cache() / f"models--{repository.replace('/', '--')}"
    kept = home / "snapshots"
    if not kept.is_dir():
        return
    rest = sorted((p for p in kept.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    reference = home / "refs" / "main"
    if reference.is_file():
        main = reference.read_text(encoding="utf-8", errors="replace").strip()
        rest.sort(key=lambda path: path.name != main)
    yield from rest


def fetch(repository: str, tried: Sequence[str] = (), file: str | None = None) -> Path:
    """Download a model into the Hugging Face cache, checked against the hub's SHA-256, and give its folder.

    Where a `file` of the network is named, it is fetched in place of model.safetensors, with what belongs to it.
    Raises ModelError where the model is not on the hub, the network is forbidden or fails, or a file is not what the
    hub says. `tried` tells what was found before and could not be used.
    """
    before = "".join(f"; {line}" for line in tried)
    if not _REPOSITORY.fullmatch(repository):
        raise ModelError(f"no folder and no model is called {repository!r}{before}: see `likewise models`")
    if offline():
        raise ModelError(
            f"model {repository!r} is not on this machine{before}, and HF_HUB_OFFLINE forbids fetching it: "
            "unset HF_HUB_OFFLINE, or give a model folder"
        )
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        listed = HfApi().model_info(repository, files_metadata=True)
        weights = file or _weights([one.rfilename for one in listed.siblings or []])
        files = _wanted(repository, listed.siblings or [], weights)
        # weights last, so that a folder with weights is a whole one wherever the download stops
        for one in sorted(files, key=lambda one: one.rfilename == weights):
            got = Path(hf_hub_download(repository, one.rfilename, revision=listed.sha, cache_dir=_cache()))
            _check(got, one)
        path = got.parents[weights.count("/")]
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"no model {repository!r} on this machine{before} nor on the hub: see `likewise models` for names, "
            "or give a model folder"
        ) from error
    except ModelError:
        raise
    except Exception as error:  # transport errors are classes of requests, httpx or httpx2, by the library's version
        raise ModelError(
            f"model {repository!r} is not on this machine{before}, and fetching it failed: {_first(error)}. "
            "Look to the network, or give a model folder"
        ) from error
    return path


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _weights(names: Sequence[str]) -> str:
    """What tells that a model is whole: its weights, the index of their parts, or those of its first module."""
    usual = [name for name in ("model.safetensors", _INDEX) if name in names]
    inside = sorted(name for name in names if re.fullmatch(r"0_[\w.-]+/model\.safetensors", name))
    return [*usual, *inside, "model.safetensors"][0]


def belongs(name: str, file: str) -> bool:
    """Whether a file of this name is needed to run the network `file`: parts, the .bin of an .xml, data of an .onnx."""
    if file == _INDEX:
        return name == file or re.fullmatch(r"model-\d+-of-\d+\.safetensors", name) is not None
    if file.endswith(".xml"):
        return name in (file, file.removesuffix(".xml") + ".bin")
    return name == file or (file.endswith(".onnx") and name.startswith((f"{file}_data", f"{file}.data")))


def _wanted(repository: str, listed: Sequence[RepoSibling], weights: str) -> list[RepoSibling]:
    names = [file.rfilename for file in listed]
    if weights not in names:
        others = ", ".join(name for name in names if name.endswith((".onnx", ".xml")))
        others = f". There are {others}: name one as file=" if others else ""
        raise ModelError(f"model {repository!r} has no {weights} on the hub: only such weights are read here{others}")
    return [
        file
        for file in listed
        if belongs(file.rfilename, weights)
        or (file.rfilename != "model.safetensors" and _WANTED.fullmatch(file.rfilename))
    ]


def _check(path: Path, file: RepoSibling) -> None:
    """Compare a fetched file with the SHA-256 of its LFS pointer; what differs is removed from the cache."""
    if file.lfs is None:
        return
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != file.lfs.sha256:
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise ModelError(f"{file.rfilename} came with SHA-256 {found}, the hub says {file.lfs.sha256}: fetch it again")
