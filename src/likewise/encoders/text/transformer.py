"""A text encoder from a folder in the layout of sentence-transformers or of transformers alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import cast, final, get_args

import numpy as np

from likewise.encoders import Encoder
from likewise.encoders._resolve import Found
from likewise.encoders.text._batch import batch
from likewise.encoders.text._examples import examples
from likewise.encoders.text._folder import chain_fits
from likewise.encoders.text._late import finishing
from likewise.encoders.text._model import Model
from likewise.encoders.text._precision import Trial, best, trials
from likewise.encoders.text.tokens import TokenEncoder
from likewise.errors import InputError, ModelError
from likewise.networks import Node, Ops
from likewise.networks._steps import Normalize, Pooling, Way, pooled
from likewise.runtimes import Runtime, Tokens
from likewise.runtimes._cpu import candidates, machine
from likewise.saving import cached
from likewise.space import PROBES
from likewise.types import Role, Space, Vectors

__all__ = ["Transformer"]


@final
class Transformer(Encoder):
    """Text to vectors through a transformer; `max_length` counts tokens with the special ones.

    `pooling` is for folders that do not say it: mean, cls, max, lasttoken, weightedmean or mean_sqrt_len_tokens, by
    default the last token for networks that only look back, else the mean. `calibration` are texts by which int8 is
    scaled, a built-in set of every kind where None. `trials` tell what was measured to choose `precision="auto"`:
    nothing where only one precision comes into question, or the runtime chooses by itself.
    """

    def __init__(
        self,
        found: Found,
        *,
        precision: str = "auto",
        max_length: int | None = None,
        threads: int | None = None,
        runtime: str = "openvino",
        pooling: str | None = None,
        calibration: Sequence[str] | None = None,
        device: str | None = None,
    ) -> None:
        self._model = model = Model(found, max_length)
        way = _pooling(model, pooling or found.pooling)
        steps = model.folder.steps
        if model.folder.pooling is None and found.normalize:
            steps = (Normalize(),)

        def head(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
            return (pooled(ops, states, mask, way, steps),)

        def finished(ops: Ops, vectors: Node, _: Node) -> tuple[Node, ...]:
            return (ops.normalize(vectors) if steps[-1:] == (Normalize(),) else vectors,)

        dim = chain_fits(model.network.dim, way, steps, found.path)
        samples = _samples(model, calibration) if precision == "int8" else ()

        def compiled(wanted: str) -> Runtime:
            return model.compile(head, runtime, wanted, threads, samples, device=device, finished=finished)

        self.trials: tuple[Trial, ...] = ()
        if precision == "auto" and runtime == "openvino" and model.buildable and len(candidates()) > 1:
            rows = [inputs[0][0] for inputs in _samples(model, None)]
            self.trials = trials(f"{model.weights_id()} {way} {runtime} {machine()}", candidates(), compiled, rows)
            precision = best(self.trials)
        self._runtime = compiled(precision)
        space = Space(
            model=found.name,
            weights=model.weights_id(),
            tokenizer=model.tokenizer_id(),
            pooling="+".join([str(way), *(str(s) for s in steps if not isinstance(s, Normalize))]),
            prompts=tuple(sorted(model.prompts.items())),
            max_length=model.max_length,
            dim=dim,
            normalize=bool(steps) and isinstance(steps[-1], Normalize),
            precision=self._runtime.precision,
            runtime=self._runtime.name,
        )
        super().__init__(found.name, space, model.cutter, self._runtime.budget, self._runtime.lanes)
        # shared by copies of this encoder, compiled when first asked for
        self._states = cache(lambda: model.compile(_states, runtime, precision, threads, samples, device=device))
        self._finish = finishing(steps, runtime) if way.ways == ("mean",) else None
        self.space = replace(space, probe=cached("probes", f"{space.id} {self._runtime.version}", self._probe))

    def encode_batch(self, pieces: Sequence[Tokens], role: Role) -> Vectors:
        skipped = 0 if self._model.folder.counted else self._model.cutter.leading(role)
        inputs = batch(pieces, skipped)
        if not inputs[2].any(axis=1).all():
            raise InputError("gives no tokens beside its prompt, which this model does not pool: nothing is left")
        vectors: Vectors = self._runtime.run(*inputs)[0]
        return vectors

    @property
    def tokens(self) -> TokenEncoder:
        model = self._model
        return TokenEncoder(self.name, model.cutter, self._states(), model.network.dim, self.space, self._finish)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copy the model into a new folder that `load` reads. Raises InputError where the folder holds something."""
        self._model.save(path)

    def _probe(self) -> bytes:
        parts = [self.encode([text], role) for role, text in PROBES]
        if any(part.failed for part in parts):
            broken = self._model.broken()
            tensor = f"its tensor {broken} holds NaN or infinity" if broken else "some value grows beyond all bounds"
            raise ModelError(
                f"{self._model.path} gives no vectors ({tensor}): fetch the model again, or run it in fp32"
            )
        return np.concatenate([part.vectors for part in parts]).astype("<f4").tobytes()


def _states(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
    """The head of token vectors."""
    return (ops.multiply(states, ops.expand(mask, 2)),)


def _samples(model: Model, texts: Sequence[str] | None) -> list[tuple[Tokens, Vectors, Vectors]]:
    """Inputs of one text each, without padding, which would widen the ranges."""
    cuts = model.cutter.cut(examples() if texts is None else texts, "document", "truncate")
    found = [batch([piece.content]) for cut in cuts for piece in cut.pieces]
    if not found:
        raise InputError("calibration holds no text that can be encoded: give some that are like your own")
    return found


def _pooling(model: Model, asked: str | None) -> Pooling:
    if model.folder.pooling is not None:
        if asked and asked != str(model.folder.pooling):
            raise InputError(
                f"{model.path} says how it is pooled ({model.folder.pooling}): leave pooling={asked!r} out"
            )
        return model.folder.pooling
    if asked is None:
        return Pooling(("lasttoken" if model.network.causal else "mean",))
    if asked not in get_args(Way):
        raise InputError(f"pooling {asked!r} is not known: there are {', '.join(get_args(Way))}")
    return Pooling((cast("Way", asked),))
