"""Scores of pairs: a cross-encoder reads a question and a text together (Nogueira and Cho 2019, arXiv:1901.04085)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final, overload

import numpy as np

from likewise.encoders._ragged import Beyond, Ragged, finite
from likewise.encoders._resolve import Found
from likewise.encoders.text._batch import batch
from likewise.encoders.text._folder import Folder, modules, optional, settings
from likewise.encoders.text._heads import scored
from likewise.encoders.text._model import Model
from likewise.encoders.text._pairs import Pair, PairCutter, PairFrame
from likewise.errors import InputError, ModelError
from likewise.networks import Graph, Node, Ops
from likewise.parts import find
from likewise.runtimes import Runtime
from likewise.types import Item, OnProgress, Report, Role, Space, Vectors

__all__ = ["Reranker"]

_IDENTITY: Final = "torch.nn.modules.linear.Identity"
_SIGMOID: Final = "torch.nn.modules.activation.Sigmoid"


@final
@dataclass(frozen=True, slots=True)
class Ranked:
    """One text: its place among those that were given, and its score; a higher score is better."""

    index: int
    score: float


@final
@dataclass(frozen=True, slots=True)
class Ranking(Sequence[Ranked]):
    """The best texts, best first; `scores` `(n,)` and `reports` are of all texts, in the caller's order.

    A text that failed has the score NaN, is not among `ranked`, and its report says why.
    """

    ranked: tuple[Ranked, ...]
    scores: Vectors = field(repr=False)
    reports: tuple[Report, ...] = field(repr=False)

    @property
    def failed(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if not r.ok)

    @property
    def truncated(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if r.truncated)

    @overload
    def __getitem__(self, at: int) -> Ranked: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Ranked, ...]: ...
    def __getitem__(self, at: int | slice) -> Ranked | tuple[Ranked, ...]:
        return self.ranked[at]

    def __len__(self) -> int:
        return len(self.ranked)

    def __iter__(self) -> Iterator[Ranked]:
        return iter(self.ranked)


@final
class Reranker:
    """Reads a question and a text together and gives one score; `max_length` counts tokens of both."""

    def __init__(
        self,
        found: Found,
        *,
        precision: str = "auto",
        max_length: int | None = None,
        threads: int | None = None,
        runtime: str = "openvino",
    ) -> None:
        folder, activation = _read(found)
        model = Model(found, max_length, folder)
        self.name = found.name
        self._tokens, self._frame = model.cutter, PairFrame(model.cutter)
        self._segments = _segments(model)
        pooling, score = scored(model)

        def head(ops: Ops, states: Node, mask: Node) -> tuple[Node, ...]:
            return (pooling.apply(ops, states, mask),)

        def last(ops: Ops, x: Node) -> tuple[Node, ...]:
            x = score(ops, x)
            return (ops.activation(x, "sigmoid") if activation == "sigmoid" else x,)

        self._runtime = model.compile(head, runtime, precision, threads, segments=self._segments)
        # in 8 bits of bf16 many scores would be equal
        made = Graph("score", (("states", "float32", 2),), last)
        self._score: Runtime = find("runtimes", runtime)(made, "fp32", self._runtime.lanes)
        self.space = Space(
            model=found.name,
            weights=model.weights_id(),
            tokenizer=model.tokenizer_id(),
            pooling=f"score of {pooling} by {activation}",
            prompts=(),
            max_length=model.max_length,
            dim=1,
            normalize=False,
            precision=self._runtime.precision,
            runtime=self._runtime.name,
        )

    def rerank(
        self,
        query: str,
        texts: Iterable[str | Item],
        k: int | None = None,
        *,
        batch_size: int | None = None,
        overflow: Beyond = "truncate",
        progress: OnProgress | None = None,
    ) -> Ranking:
        """The k texts that answer a query best (all where None), best first; of equals the one given first.

        Where a pair is longer than one input, the longer of the two is cut off (`truncate`), the text fails (`error`)
        or is read in pieces of which the best one counts (`split`, MaxP of Dai and Callan 2019, arXiv:1905.09217);
        the reports say so. Raises InputError for arguments that cannot be meant.
        """
        if k is not None and k < 1:
            raise InputError(f"k is {k}, wanted at least 1, or None for all texts")
        flow = Ragged(PairCutter(self._tokens, self._frame, query), self._run, max, lanes=self._runtime.lanes)
        done = flow.all(texts, "document", overflow, batch_size, progress)
        scores = np.array([np.nan if one.value is None else one.value for one in done], dtype=np.float32)
        order = np.argsort(-scores, kind="stable")[: np.count_nonzero(~np.isnan(scores))]
        ranked = tuple(Ranked(int(i), float(scores[i])) for i in order[:k])
        return Ranking(ranked, scores, tuple(one.report for one in done))

    def _run(self, contents: Sequence[Pair], role: Role) -> list[float]:  # noqa: ARG002 pairs have no roles
        inputs: list[Any] = list(batch([pair.ids for pair in contents]))
        if self._segments:
            types = np.zeros_like(inputs[0])
            for row, pair in zip(types, contents, strict=True):
                row[: len(pair.types)] = pair.types
            inputs.append(types)
        (states,) = self._runtime.run(*inputs)
        (scores,) = self._score.run(finite(states))
        return [float(score) for score in finite(scores)[:, 0]]


def _read(found: Found) -> tuple[Folder, str]:
    """The folder of a reranker, and what its scores go through."""
    path = found.path
    kinds = [kind for kind, _ in modules(path)] if (path / "modules.json").is_file() else ["Transformer"]
    if kinds != ["Transformer"]:
        raise ModelError(f"{path}: modules {kinds} cannot be run as a reranker: wanted Transformer alone")
    own = settings(path)
    config = optional(path / "config.json")
    named = (
        optional(path / "config_sentence_transformers.json").get("activation_fn")
        or (config.get("sentence_transformers") or {}).get("activation_fn")
        or config.get("sbert_ce_default_activation_function")
        or _SIGMOID
    )
    if named not in (_IDENTITY, _SIGMOID):
        raise ModelError(f"{path}: activation {named!r} of a score cannot be run: there are {_IDENTITY}, {_SIGMOID}")
    folder = Folder(path, own, None, True, (), {}, ())
    return folder, "identity" if named == _IDENTITY else "sigmoid"


def _segments(model: Model) -> bool:
    """Whether the network is told which of two texts a token belongs to, as transformers decides it."""
    names = optional(model.tokenizer.with_name("tokenizer_config.json")).get("model_input_names")
    told = names is None or "token_type_ids" in names
    facts = model.folder.settings.facts
    return told and "type_vocab_size" in facts and facts.integer("type_vocab_size", 1, 0) > 1
