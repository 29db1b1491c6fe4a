"""Weights of words that a network finds in a text: SPLADE (Formal et al. 2021, arXiv:2109.10086)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._ragged import Beyond, Done, Ragged, finite
from likewise.encoders._resolve import Found
from likewise.encoders.text._batch import batch
from likewise.encoders.text._folder import optional
from likewise.encoders.text._heads import words
from likewise.encoders.text._model import Head, Model
from likewise.encoders.text._sparse_folder import SparseFolder, read_sparse
from likewise.encoders.text._sparse_values import SparseEmbeddings
from likewise.encoders.text._static_tokens import StaticCutter
from likewise.errors import InputError, ModelError
from likewise.networks import Node, Ops
from likewise.runtimes import Tokens
from likewise.saving import tensors
from likewise.types import Item, OnProgress, Report, Role, Space, Vectors

__all__ = ["Sparse"]

_BUDGET: Final = 512  # tokens of a batch: their logits are many times larger than states

_ENDLESS: Final = 1 << 30
_Row = tuple[NDArray[np.int32], Vectors]


@final
class Sparse:
    """Texts to weights of words, of a masked language model made for it; queries may be looked up in a table alone."""

    def __init__(
        self,
        found: Found,
        *,
        precision: str = "auto",
        max_length: int | None = None,
        threads: int | None = None,
        runtime: str = "openvino",
    ) -> None:
        read = read_sparse(found.path)
        if read.folder is None:
            raise ModelError(f"{found.path} holds no network: its documents cannot be encoded")
        model = Model(found, max_length, read.folder)
        self.name = found.name
        self._read = read
        self._tokenizer = model.cutter.tokenizer
        self._runtime = model.compile(_head(model, read), runtime, precision, threads)
        dim = model.network.vocabulary
        self.space = Space(
            model=found.name,
            weights=model.weights_id(),
            tokenizer=model.tokenizer_id(),
            pooling=_told(read),
            prompts=tuple(sorted(model.prompts.items())),
            max_length=model.max_length,
            dim=dim,
            normalize=False,
            precision=self._runtime.precision,
            runtime=self._runtime.name,
        )
        network = Ragged(model.cutter, self._run, _strongest, _BUDGET, self._runtime.lanes)
        self._flows: dict[Role, Ragged[_Row]] = {"query": network, "document": network}
        for role, path in read.static.items():
            self._flows[role] = _looked_up(path, dim, model.prompts)

    def encode(
        self,
        items: Iterable[str | Item],
        role: Role = "document",
        *,
        most: int | None = None,
        batch_size: int | None = None,
        overflow: Beyond = "truncate",
        progress: OnProgress | None = None,
    ) -> SparseEmbeddings:
        """Weights of words of every item, in the caller's order; plain contents get the ids "0", "1", ...

        `most` keeps that many words of an item, those that weigh most. What is longer than one input is cut off
        (`truncate`), fails (`error`) or is read in several inputs of which the largest weight of a word counts
        (`split`); the reports say so. An item that fails has an empty row and a report that says why. Raises
        InputError for arguments that cannot be meant.
        """
        parts = list(self.stream(items, role, most=most, batch_size=batch_size, overflow=overflow, progress=progress))
        if len(parts) == 1:
            return parts[0]
        return self._made(
            [part[row] for part in parts for row in range(len(part))],
            chain.from_iterable(part.reports for part in parts),
        )

    def stream(
        self,
        items: Iterable[str | Item],
        role: Role = "document",
        *,
        most: int | None = None,
        batch_size: int | None = None,
        overflow: Beyond = "truncate",
        progress: OnProgress | None = None,
    ) -> Iterator[SparseEmbeddings]:
        """The same for up to 256 items at a time, while they come in."""
        if most is not None and most < 1:
            raise InputError(f"most={most} must be 1 or more, or None for every word")
        flow = self._flows.get(role, self._flows["document"])  # a role that is none is told by the flow
        parts = flow.windows(items, role, overflow, batch_size, progress)
        return (self._value(part, most or self._read.most) for part in parts)

    def decode(self, found: SparseEmbeddings, most: int | None = None) -> list[list[tuple[str, float]]]:
        """For every item its words with their weights, heaviest first; up to `most` of them."""
        told = []
        for row in range(len(found)):
            indices, values = found[row]
            order = np.argsort(-values, kind="stable")[:most]
            told.append([(str(self._tokenizer.id_to_token(int(indices[i]))), float(values[i])) for i in order])
        return told

    def _value(self, part: list[Done[_Row]], most: int | None) -> SparseEmbeddings:
        none = np.empty(0, np.int32), np.empty(0, np.float32)
        rows = [none if done.value is None else _heaviest(done.value, most) for done in part]
        return self._made(rows, (done.report for done in part))

    def _made(self, rows: Sequence[_Row], reports: Iterable[Report]) -> SparseEmbeddings:
        told = tuple(reports)
        starts = np.cumsum([0, *(len(values) for _, values in rows)], dtype=np.int64)
        indices = np.concatenate([indices for indices, _ in rows]) if rows else np.empty(0, np.int32)
        values = np.concatenate([values for _, values in rows]) if rows else np.empty(0, np.float32)
        return SparseEmbeddings(tuple(report.id for report in told), starts, indices, values, self.space, told)

    def _run(self, contents: Sequence[Tokens], role: Role) -> list[_Row]:  # noqa: ARG002 prompts are among the tokens
        (weights,) = self._runtime.run(*batch(contents))
        return [_row(finite(row)) for row in weights]


def _head(model: Model, read: SparseFolder) -> Head:
    """Weights `(n, vocabulary)` of the words of texts."""

    def damped(ops: Ops, x: Node) -> Node:
        x = ops.activation(x, "relu")
        for _ in range(1 + read.twice):
            x = ops.log(ops.add(x, ops.constant(1.0)))
        return x

    def head(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
        counted = ops.expand(mask, 2)

        def over(ops: Ops, logits: Node) -> Node:
            logits = ops.multiply(logits, counted)
            if read.pooling == "sum":
                return ops.sum(damped(ops, logits), 1)
            return damped(ops, ops.max(logits, 1))  # the logarithm rises, so it may follow

        return (words(model, over)(ops, states),)

    return head


def _looked_up(path: Path, dim: int, prompts: Mapping[str, str]) -> Ragged[_Row]:
    """Weights from a table alone, by the tokens that a text holds."""
    weights = tensors(path / "model.safetensors").get("weight")
    if weights is None or weights.shape != (dim,):
        shape = None if weights is None else weights.shape
        raise ModelError(f"{path / 'model.safetensors'}: weight has the shape {shape}, wanted {(dim,)}")
    length = optional(path / "tokenizer_config.json").get("model_max_length")
    most = int(length) if isinstance(length, int | float) and 0 < length < _ENDLESS else _ENDLESS

    def run(contents: Sequence[Tokens], role: Role) -> list[_Row]:  # noqa: ARG001 prompts are among the tokens
        found = [np.unique(ids).astype(np.int32) for ids in contents]
        return [(ids[weights[ids] != 0], finite(weights[ids[weights[ids] != 0]])) for ids in found]

    return Ragged(StaticCutter(path / "tokenizer.json", most, prompts, drop_unknown=False), run, _strongest)


def _row(weights: Vectors) -> _Row:
    indices = np.flatnonzero(weights).astype(np.int32)
    return indices, weights[indices]


def _heaviest(row: _Row, most: int | None) -> _Row:
    indices, values = row
    if most is None or len(values) <= most:
        return row
    kept = np.sort(np.argsort(-values, kind="stable")[:most])
    return indices[kept], values[kept]


def _strongest(rows: Sequence[_Row]) -> _Row:
    """One row with the largest weight that each word has in any of them."""
    if len(rows) == 1:
        return rows[0]
    indices = np.concatenate([indices for indices, _ in rows])
    found, places = np.unique(indices, return_inverse=True)
    values = np.full(len(found), -np.inf, dtype=np.float32)
    np.maximum.at(values, places, np.concatenate([values for _, values in rows]))
    return found, values


def _told(read: SparseFolder) -> str:
    """How weights are made, for the space."""
    static = "".join(f" {role} from a table" for role in sorted(read.static))
    return f"splade-{read.pooling}{'-twice' if read.twice else ''}{static}"
