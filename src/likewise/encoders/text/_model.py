"""A text model ready to be run: tokens in, whatever a head makes of the states of tokens out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from likewise.encoders._resolve import Found
from likewise.encoders._saved import parts, usual
from likewise.encoders.text._file_network import FileNetwork
from likewise.encoders.text._folder import Folder, read
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError, ModelError
from likewise.networks import Array, Graph, Inputs, Node, Ops, TextNetwork, Weights
from likewise.parts import find, names
from likewise.runtimes import Runtime, Saved
from likewise.saving import checkpoint, digest

__all__ = ["Head", "Model", "prompts"]

Head = Callable[[Ops, Node, Node], tuple[Node, ...]]
"""head(ops, states `(n, s, d)`, mask `(n, s)`) -> outputs"""

_KEPT: Final = ("*.json", "*.txt", "*.safetensors", "[0-9]_*/*.json", "[0-9]_*/*.safetensors")
_PREFIXES: Final = (
    "bert.",
    "roberta.",
    "mpnet.",
    "distilbert.",
    "albert.",
    "electra.",
    "gte.",
    "new.",
    "nomic_bert.",
    "deberta.",
    "transformer.",
    "model.",
)
_LARGE: Final = 2 << 30
_VOLATILE: Final = (
    "_name_or_path",
    "architectures",
    "auto_map",
    "dtype",
    "gradient_checkpointing",
    "torch_dtype",
    "transformers_version",
    "use_cache",
)
"""Settings of config.json that change no vector."""


@final
class Model:
    """A network with its tokenizer; `compile` makes it run in a runtime, under a head."""

    def __init__(self, found: Found, max_length: int | None = None, folder: Folder | None = None) -> None:
        self.name = found.name
        self.path = found.path
        self.folder: Folder = folder or read(found.path)
        self._own = self.folder.settings
        self._file = found.file or _file(self.folder)
        weights = Weights(self._own.path, {} if self._file else checkpoint(self._own.path), _PREFIXES)
        self.weights = weights
        self.network: TextNetwork = (
            FileNetwork(self._file, self._own) if self._file else _architecture(self.folder)(self._own.facts, weights)
        )
        most = self.network.positions
        length = min(self._own.max_length or most, most) if max_length is None else max_length
        if not 1 <= length <= most:
            raise InputError(f"max_length={length} must be from 1 to {most}, the model's positions")
        self.prompts = prompts(self.folder.prompts) or prompts(found.prompts)
        tokenizer = next(p for p in (self._own.path, found.path) if p == found.path or (p / "tokenizer.json").exists())
        self.tokenizer = tokenizer / "tokenizer.json"
        self.cutter = TokenCutter(self.tokenizer, length, self.prompts, self._own.lowercase, self._own.added)
        self.max_length = length
        if self.cutter.vocabulary > self.network.vocabulary:
            raise ModelError(
                f"{found.path}: tokenizer.json has {self.cutter.vocabulary} tokens, the weights know "
                f"{self.network.vocabulary}: they do not belong together. Fetch the model again"
            )

    def compile(
        self,
        head: Head,
        runtime: str = "openvino",
        precision: str = "auto",
        threads: int | None = None,
        samples: Sequence[tuple[Array, ...]] = (),
        *,
        segments: bool = False,
        device: str | None = None,
        finished: Head | None = None,
    ) -> Runtime:
        """The network under a head in a runtime: `run(ids, mask, counted)`, see `batch`; `samples` are such inputs.

        With `segments` a fourth input says for every token which of two texts it belongs to. `finished` is the head
        for a file that gives vectors of texts in place of states, which is refused where it is None.
        """

        def build(ops: Ops, ids: Node, mask: Node, counted: Node, *types: Node) -> tuple[Node, ...]:
            return head(ops, self.network.states(ops, ids, mask, *types), counted)

        def after(last: Head) -> Callable[..., tuple[Node, ...]]:
            return lambda ops, found, _ids, _mask, counted, *_types: last(ops, found, counted)

        inputs: Inputs = (("ids", "int32", 2), ("mask", "float32", 2), ("counted", "float32", 2))
        inputs += (("types", "int32", 2),) if segments else ()
        graph: Graph | Saved = Graph(self._own.kind, inputs, build)
        if self._file:
            graph = Saved(self._file, inputs, after(head), finished and after(finished))
        made: Runtime = find("runtimes", runtime)(graph, precision, threads, samples, device)
        return made

    @property
    def buildable(self) -> bool:
        """Whether it is run from its weights, of which trying it twice at once is no burden."""
        return not self._file and sum(f.stat().st_size for f in self._own.path.glob("*.safetensors")) < _LARGE

    def weights_id(self) -> str:
        """The digest of what the network computes: its weights and the settings that bind them."""
        own = parts(self._file) if self._file else sorted(self._own.path.glob("*.safetensors"))
        files = [*own, *self.folder.files]
        return _combined(self.path, files, json.dumps(self._facts(), sort_keys=True))

    def _facts(self) -> object:
        """The settings that bind the weights."""
        own = self._own.facts
        if self._own.kind == "bert":  # as 0.1.0 wrote them, whose collections stay good
            sizes = [own.integer(f"num_{name}") for name in ("hidden_layers", "attention_heads")]
            return [*sizes, self.network.dim, own.number("layer_norm_eps", 1e-12), own.text("hidden_act", "gelu")]
        config = json.loads(own.path.read_bytes())
        return {key: value for key, value in config.items() if key not in _VOLATILE}

    def tokenizer_id(self) -> str:
        """The digest of how texts become tokens."""
        facts: dict[str, object] = {"lowercase": self._own.lowercase}
        if any(self._own.added):
            facts["added"] = self._own.added
        return _combined(self.path, [self.tokenizer], json.dumps(facts))

    def broken(self) -> str:
        """The first tensor that holds NaN or infinity; empty where none does."""
        tensors = {} if self._file else checkpoint(self._own.path)
        return next((name for name in tensors if not np.isfinite(tensors[name]).all()), "")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copy the model into a new folder that `load` reads. Raises InputError where the folder holds something."""
        target = Path(path)
        if target.exists() and any(target.iterdir()):
            raise InputError(f"{target} is not empty: name a new folder to save the model to")
        kept = [file for pattern in _KEPT for file in sorted(self.path.glob(pattern))]
        for file in [*kept, *(parts(self._file) if self._file else ())]:
            place = target / file.relative_to(self.path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


def _file(folder: Folder) -> Path | None:
    """The file that is run where the network cannot be built here, or its weights are not there."""
    own = folder.settings
    weighed = any((own.path / name).exists() for name in ("model.safetensors", "model.safetensors.index.json"))
    return None if weighed and own.kind in names("networks") else usual(folder.path)


def _architecture(folder: Folder) -> Any:
    kind = folder.settings.kind
    if kind in names("networks"):
        found = find("networks", kind)
        if issubclass(found, TextNetwork):
            return found
        raise ModelError(f"{folder.path} holds a network of images or sounds ({kind}): take likewise.load alone")
    facts = folder.settings.facts
    remote = ": its code comes with the model (auto_map) and is never run here" if "auto_map" in facts else ""
    known = ", ".join(names("networks"))
    raise ModelError(f"{facts.path}: model_type {kind!r} cannot be run{remote}. There are {known}")


def prompts(named: Mapping[str, str]) -> dict[str, str]:
    """Prefixes of the two roles."""
    roles = {"query": ("query",), "document": ("document", "passage", "corpus")}
    chosen = {role: next((named[k] for k in keys if k in named), "") for role, keys in roles.items()}
    return {role: prefix for role, prefix in chosen.items() if prefix}


def _combined(path: Path, files: list[Path], more: str) -> str:
    lines = [f"{file.relative_to(path)} {digest(file)}" for file in files]
    return hashlib.sha256("\n".join([*lines, more]).encode()).hexdigest()
