"""Images, sounds, clips and words to vectors of one space, through the towers of one network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, final

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders._logits import Logits
from likewise.encoders._ragged import Done, Ragged, finite
from likewise.encoders._resolve import Found
from likewise.encoders.senses._audio import audio
from likewise.encoders.senses._cutter import SenseCutter, Sensed
from likewise.encoders.senses._folder import architecture, config, preparing_id, weights_id
from likewise.encoders.senses._image import image
from likewise.encoders.senses._logits import logits
from likewise.encoders.senses._probes import probes
from likewise.encoders.senses._trial import Choice, choose
from likewise.encoders.senses._video import video
from likewise.encoders.senses._words import read_words, speller
from likewise.errors import InputError, ModelError
from likewise.modalities import Array, Preparer
from likewise.modalities.image import ImagePreparer
from likewise.networks import Facts, Graph, Node, Ops, Senses, Tower, Weights
from likewise.parts import find
from likewise.runtimes import Runtime
from likewise.saving import cached, checkpoint
from likewise.types import Report, Role, Space, Vectors

__all__ = ["Towers"]

Output = Literal["tokens", "features"]

_READERS: Final[dict[str, Callable[[Path, Facts], Preparer]]] = {
    "image": image,
    "audio": audio,
    "video": video,
}
"""How a folder says what makes contents of a modality ready."""

_KEPT: Final = ("*.json", "*.txt", "*.safetensors", "*.model")


_BATCHES: Final = 8
_LARGE: Final = 2 << 30


@final
class Towers(Encoder):
    """An encoder of every content that the network in a folder has a tower for, all in one space.

    `max_length` counts tokens of a text; images, sounds and clips are as long as their preparer makes them. Videos go
    to a tower of images, frame by frame, where there is none of their own: their vector is the mean. Towers are
    compiled when they are first needed.
    """

    def __init__(
        self,
        found: Found,
        *,
        precision: str = "auto",
        max_length: int | None = None,
        threads: int | None = None,
        runtime: str = "openvino",
        device: str | None = None,
    ) -> None:
        made = architecture(found.path)
        if made is None:
            raise ModelError(f"{found.path} holds no network of the senses: its config.json names another")
        if precision == "int8":
            raise InputError("precision int8 is for texts: take auto, fp32 or bf16")
        facts = config(found.path)
        self.path = found.path
        self._network: Senses = made(facts, Weights(found.path, checkpoint(found.path), made.prefixes))
        self._network.words = speller(found.path)
        self._preparers = _preparers(found.path, facts, self._network.towers)
        seen = self._preparers.get("image")
        if isinstance(seen, ImagePreparer):
            self._network.shown = seen.shown
        self._towers = dict(self._network.towers)
        self._words = words = read_words(found, self._towers["text"], max_length) if "text" in self._towers else None
        if max_length is not None and words is None:
            raise InputError(f"max_length is for texts, and {found.name} takes none: leave it out")
        self._compiled: dict[tuple[str, str], Runtime] = {}
        self._lock = Lock()
        self._how: Mapping[str, Any] = {"threads": threads, "device": device}
        self._kind = runtime
        weights = weights_id(found.path)
        choice = self._choose(precision, f"{weights} {runtime}")
        self._precision = choice.precision
        self.trials = choice.trials
        first = self._runtime(next(iter(self._towers)), "embedding")
        space = Space(
            model=found.name,
            weights=weights,
            tokenizer=preparing_id(self._preparers, words and words.facts),
            pooling="embedding",
            prompts=tuple(sorted(words.prompts.items())) if words else (),
            max_length=words.cutter.max_length if words else 1,
            dim=next(iter(self._towers.values())).dim,
            normalize=self._network.cosine,
            precision=first.precision,
            runtime=first.name,
        )
        units = {modality: tower.units for modality, tower in self._towers.items()}
        cutter = SenseCutter(self._preparers, units, words and words.cutter, max(2, first.lanes))
        pool = _BATCHES * first.budget * first.lanes  # few: pieces are large, and more is made ready meanwhile
        super().__init__(found.name, space, cutter, first.budget, first.lanes, pool)
        self.space = replace(space, probe=cached("probes", f"{space.id} {first.version}", self._probe))

    @property
    def preparers(self) -> Mapping[str, Preparer]:
        return self._preparers

    @property
    def logits(self) -> Logits | None:
        return logits(self._network.weights)

    def encode_batch(self, pieces: Sequence[Sensed], role: Role) -> Vectors:  # noqa: ARG002 prompts are among the ids
        return np.stack(self._by_tower(pieces, "embedding"))

    def outputs(
        self, items: Iterable[Any], kind: Output, *, role: Role = "document", batch_size: int | None = None
    ) -> tuple[tuple[Vectors | None, ...], tuple[Report, ...]]:
        """For every item `tokens` `(n, width)` (patches, frames) or `features` `(width,)`, and its report.

        `features` are what enters the classifier of the makers. Several pieces of one item are joined one behind the
        other, features to `(pieces, width)`. An item that fails has None. Raises InputError for a kind that the network
        does not have.
        """
        offered = ("tokens", "features")
        if kind not in offered:
            raise InputError(f"output {kind!r} is not known: there are {' and '.join(offered)}")
        self._require(kind)
        run = partial(self._checked, kind)
        flow: Ragged[Vectors] = Ragged(self._cutter, run, _joined, self._budget, self._lanes)
        done: list[Done[Vectors]] = flow.all(items, role, "truncate", batch_size)
        return tuple(one.value for one in done), tuple(one.report for one in done)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copy the model into a new folder that `load` reads. Raises InputError where the folder holds something."""
        target = Path(path)
        if target.exists() and any(target.iterdir()):
            raise InputError(f"{target} is not empty: name a new folder to save the model to")
        target.mkdir(parents=True, exist_ok=True)
        for pattern in _KEPT:
            for file in sorted(self.path.glob(pattern)):
                shutil.copyfile(file, target / file.name)

    def _require(self, kind: str) -> None:
        """Raises InputError for an output that no tower has."""
        for at, modality in enumerate(self._towers, start=1):
            try:
                self._runtime(modality, kind)
            except InputError:
                if at == len(self._towers):
                    raise
            else:
                return

    def _checked(self, kind: str, pieces: Sequence[Sensed], _: Role) -> list[Vectors]:
        return [finite(row) for row in self._by_tower(pieces, kind)]

    def _by_tower(self, pieces: Sequence[Sensed], kind: str) -> list[Vectors]:
        """The output of every piece, in order; those of one modality go through their tower together."""
        rows: dict[str, list[int]] = {}
        for row, piece in enumerate(pieces):
            rows.setdefault(piece.modality, []).append(row)
        found: dict[int, Vectors] = {}
        for modality, some in rows.items():
            inputs = self._inputs(modality, [pieces[row].array for row in some])
            outputs = self._runtime(modality, kind).run(*inputs)[0]
            found |= dict(zip(some, outputs, strict=True))
        return [found[row] for row in range(len(pieces))]

    def _inputs(self, modality: str, arrays: Sequence[Array]) -> tuple[Array, ...]:
        if modality == "text" and self._words is not None:
            return self._words.inputs(arrays)
        return self._preparers[modality].inputs(arrays)

    def _runtime(self, modality: str, kind: str) -> Runtime:
        """The tower of a modality in the runtime, compiled once for every kind of output."""
        with self._lock:
            known = self._compiled.get((modality, kind))
            if known is None:
                known = self._compile(modality, kind, self._precision)
                self._compiled[modality, kind] = known
            return known

    def _compile(self, modality: str, kind: str, precision: str) -> Runtime:
        tower, unit = self._towers[modality], self._network.cosine and kind == "embedding"

        def build(ops: Ops, *inputs: Node) -> tuple[Node, ...]:
            found = tower.build(ops, *inputs)
            if kind not in found:
                raise InputError(f"{self.path.name} gives no {kind} for {modality}: it gives {', '.join(found)}")
            return (ops.normalize(found[kind]) if unit else found[kind],)

        made: Runtime = find("runtimes", self._kind)(Graph(modality, tower.inputs, build), precision, **self._how)
        return made

    def _choose(self, precision: str, key: str) -> Choice:
        def batch(modality: str) -> tuple[Array, ...]:
            contents = [item.content for _, item in probes(modality)]
            if modality == "text" and self._words is not None:
                cuts = self._words.cutter.cut(contents, "document", "truncate")
                return self._inputs(modality, [piece.content for cut in cuts for piece in cut.pieces])
            preparer = self._preparers[modality]
            return self._inputs(modality, [preparer.prepare(preparer.windows(content)[0]) for content in contents])

        def compiled(modality: str, wanted: str) -> Runtime:
            return self._compile(modality, "embedding", wanted)

        return choose(precision, self._kind, key, tuple(self._towers), compiled, batch, large=_size(self.path) > _LARGE)

    def _probe(self) -> bytes:
        vectors = []
        for modality in sorted(self._towers):
            for role, item in probes(modality):
                asked = replace(item, modality=modality)
                found = self.encode([asked], role)
                if found.failed:
                    raise ModelError(f"{self.path} gives no vector for a plain {modality}: {found.failed[0].error}")
                vectors.append(found.vectors)
        return np.concatenate(vectors).astype("<f4").tobytes()


def _size(path: Path) -> int:
    """Bytes of weights."""
    return sum(file.stat().st_size for file in path.glob("*.safetensors"))


def _preparers(path: Path, facts: Facts, towers: Mapping[str, Tower]) -> dict[str, Preparer]:
    """What makes contents of every modality ready but text; frames of a video are images where there is no tower."""
    found: dict[str, Preparer] = {}
    for modality, tower in towers.items():
        if modality == "text":
            continue
        if tower.preparer is None and modality not in _READERS:
            raise ModelError(f"{path}: how {modality} is prepared cannot be read here: there are {', '.join(_READERS)}")
        found[modality] = tower.preparer or _READERS[modality](path, facts)
    if isinstance(found.get("image"), ImagePreparer) and "video" not in found:
        found["video"] = found["image"]
    return found


def _joined(parts: list[Vectors]) -> Vectors:
    return parts[0] if len(parts) == 1 else np.concatenate([np.atleast_2d(part) for part in parts])
