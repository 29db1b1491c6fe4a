"""A vector for every token, compared by best matches: ColBERT (Khattab and Zaharia 2020, arXiv:2004.12832)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import final

import numpy as np

from likewise.encoders._ragged import Beyond, Done, Ragged, finite
from likewise.encoders._resolve import Found
from likewise.encoders.text._batch import batch
from likewise.encoders.text._model import Model
from likewise.encoders.text._multi_folder import MultiFolder, Projection, read_multi
from likewise.encoders.text._multi_tokens import Marked, MultiCutter
from likewise.encoders.text._multi_values import MultiEmbeddings
from likewise.errors import ModelError
from likewise.networks import Node, Ops
from likewise.saving import cached
from likewise.space import PROBES
from likewise.types import Item, OnProgress, Role, Space, Vectors

__all__ = ["MultiVector"]


@final
class MultiVector:
    """Texts to a vector for every token, of a model made for it; `max_length` counts tokens of a document."""

    def __init__(
        self,
        found: Found,
        *,
        precision: str = "auto",
        max_length: int | None = None,
        threads: int | None = None,
        runtime: str = "openvino",
    ) -> None:
        read = read_multi(found.path)
        model = Model(found, folder=read.folder)
        self.name = found.name
        self._cutter = MultiCutter(model, read, max_length)
        self._path = found.path
        dim = _fitting(model, read)

        def head(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:  # noqa: ARG001 all that was seen is scored
            for projection in read.projections:
                states = _projected(ops, states, projection)
            return (ops.normalize(states) if read.normalize else states,)

        self._runtime = model.compile(head, runtime, precision, threads)
        space = Space(
            model=found.name,
            weights=model.weights_id(),
            tokenizer=model.tokenizer_id(),
            pooling=_told(read),
            prompts=tuple(sorted(model.prompts.items())),
            max_length=self._cutter.lengths["document"],
            dim=dim,
            normalize=read.normalize,
            precision=self._runtime.precision,
            runtime=self._runtime.name,
        )
        self._flow = Ragged(self._cutter, self._run, np.concatenate, lanes=self._runtime.lanes)
        self.space = space
        self.space = replace(space, probe=cached("probes", f"{space.id} {self._runtime.version}", self._probe))

    def encode(
        self,
        items: Iterable[str | Item],
        role: Role = "document",
        *,
        batch_size: int | None = None,
        overflow: Beyond = "truncate",
        progress: OnProgress | None = None,
    ) -> MultiEmbeddings:
        """Vectors of the tokens of every item, in the caller's order; plain contents get the ids "0", "1", ...

        What is longer than one input is cut off (`truncate`), fails (`error`) or is read in several inputs whose
        vectors are joined (`split`); the reports say so. An item that fails has no vectors and a report that says why.
        Raises InputError for arguments that cannot be meant.
        """
        options = {"batch_size": batch_size, "overflow": overflow, "progress": progress}
        parts = list(self.stream(items, role, **options))  # type: ignore[arg-type]
        return MultiEmbeddings(
            tuple(chain.from_iterable(part.ids for part in parts)),
            tuple(chain.from_iterable(part.vectors for part in parts)),
            self.space,
            tuple(chain.from_iterable(part.reports for part in parts)),
        )

    def stream(
        self,
        items: Iterable[str | Item],
        role: Role = "document",
        *,
        batch_size: int | None = None,
        overflow: Beyond = "truncate",
        progress: OnProgress | None = None,
    ) -> Iterator[MultiEmbeddings]:
        """The same for up to 256 items at a time, while they come in."""
        return map(self._value, self._flow.windows(items, role, overflow, batch_size, progress))

    def _value(self, part: list[Done[Vectors]]) -> MultiEmbeddings:
        none = np.empty((0, self.space.dim), dtype=np.float32)
        reports = tuple(done.report for done in part)
        vectors = tuple(none if done.value is None else done.value for done in part)
        return MultiEmbeddings(tuple(report.id for report in reports), vectors, self.space, reports)

    def _run(self, contents: Sequence[Marked], role: Role) -> list[Vectors]:  # noqa: ARG002 the role is in the tokens
        ids, mask, counted = batch([marked.ids for marked in contents])
        mask = mask.copy()
        for row, marked in zip(mask, contents, strict=True):
            row[marked.seen :] = 0
        (states,) = self._runtime.run(ids, mask, counted)
        return [finite(row[: len(marked.ids)][marked.scored]) for row, marked in zip(states, contents, strict=True)]

    def _probe(self) -> bytes:
        parts = [self.encode([text], role) for role, text in PROBES]
        for part in parts:
            for report in part.failed:
                raise ModelError(f"{self._path} gives no vectors ({report.error}): fetch the model again")
        return np.concatenate([part.vectors[0] for part in parts]).astype("<f4").tobytes()


def _projected(ops: Ops, states: Node, projection: Projection) -> Node:
    out = projection.dense.apply(ops, states)
    if projection.residual is False:
        return out
    return ops.add(out, states if projection.residual is True else ops.linear(states, projection.residual))


def _fitting(model: Model, read: MultiFolder) -> int:
    """Dimensions of a vector; ModelError where a layer does not fit the one before."""
    dim = model.network.dim
    for projection in read.projections:
        out, into = projection.dense.weight.shape
        if into != dim:
            raise ModelError(f"{model.path}: a dense layer takes {into} dimensions and is given {dim}")
        dim = out
    return dim


def _told(read: MultiFolder) -> str:
    """All that decides which tokens have vectors, for the space."""
    fill = read.expansion
    expanded = f" fill {fill.length}{'+' if not fill.fixed else ''}{' seen' if fill.attend else ''}" if fill else ""
    skipped = "".join(f" {role} without {''.join(words)}" for role, words in sorted(read.skipped.items()) if words)
    return f"multi{expanded}{skipped}"
