"""A vector for every token of a text, and passages pooled from one pass over a long text (late chunking)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, final

import numpy as np

from likewise.encoders._batches import Batches, told
from likewise.encoders._pieces import Piece
from likewise.encoders._ragged import Done, Ragged, finite
from likewise.encoders.text._batch import batch
from likewise.encoders.text._late import Spans, check
from likewise.encoders.text._located import located
from likewise.encoders.text._token_values import TextTokens, TokenEmbeddings
from likewise.encoders.text._tokens import TokenCutter
from likewise.encoders.text._windows import Window, WindowCutter, note, windows
from likewise.errors import InputError
from likewise.quantize import truncate
from likewise.runtimes import Runtime, Tokens
from likewise.types import Embeddings, Item, OnProgress, Report, Role, Space, Vectors

__all__ = ["TokenEncoder"]

_BUDGET: Final = 1024
_POOL: Final = 1 << 14  # tokens of one text whose vectors are held at once while passages are pooled


@dataclass(frozen=True, slots=True)
class _Seen:
    """Tokens of a window: their ids, their places in the text, their vectors."""

    ids: Tokens
    places: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    vectors: Vectors


@final
class TokenEncoder:
    """Texts to a vector for every token, which knows its context: "bank" by a river is not "bank" with an account.

    A text that one input does not hold is read in windows that share a quarter of their tokens, each token taken from
    the window that shows most of its surroundings; its report notes it. Nothing is cut off. `pooled` is the space of
    the encoder whose network this is; `finish` makes vectors of it from means of tokens, None where it takes no mean.
    """

    def __init__(
        self,
        name: str,
        tokens: TokenCutter,
        runtime: Runtime,
        dim: int,
        pooled: Space,
        finish: Callable[[Vectors], Vectors] | None,
    ) -> None:
        self.name = name
        self.space = replace(pooled, pooling="tokens", dim=dim, normalize=False, probe=b"")
        self._tokens, self._runtime, self._pooled, self._finish = tokens, runtime, pooled, finish
        self._flow = Ragged(WindowCutter(tokens), self._run, _joined, _BUDGET, runtime.lanes)

    def encode(
        self,
        items: Iterable[str | Item],
        role: Role = "document",
        *,
        batch_size: int | None = None,
        progress: OnProgress | None = None,
    ) -> TokenEmbeddings:
        """Tokens of every text, in the caller's order; plain contents get the ids "0", "1", ...

        A text that fails has no tokens and a report that says why. Raises InputError for arguments that cannot be
        meant.
        """
        parts = self.stream(items, role, batch_size=batch_size, progress=progress)
        return TokenEmbeddings(tuple(chain.from_iterable(parts)), self.space)

    def stream(
        self,
        items: Iterable[str | Item],
        role: Role = "document",
        *,
        batch_size: int | None = None,
        progress: OnProgress | None = None,
    ) -> Iterator[TokenEmbeddings]:
        """The same for up to 256 texts at a time, while they come in."""
        parts = self._flow.windows(items, role, "split", batch_size, progress)
        return (TokenEmbeddings(tuple(map(self._text, part)), self.space) for part in parts)

    def passages(self, text: str, spans: Sequence[tuple[int, int]], role: Role = "document") -> Embeddings:
        """A vector for each span (characters `start` to `end`) of one text, pooled from a single pass over all of it.

        Late chunking (Günther et al. 2024, arXiv:2409.04701): a passage keeps what the text around it says. The
        vectors stand in the space of the encoder, to be compared with those of its queries; ids are "0", "1", ... A
        span without a token fails alone. Vectors of tokens are not kept, so a text may be long. Raises InputError for
        spans outside of the text, and where the model does not pool by the mean.
        """
        if self._finish is None:
            raise InputError(
                f"{self.name} pools by {self._pooled.pooling}: passages from one pass need a model that takes the mean"
            )
        check(text, spans)
        whole = located(self._tokens, text, role)
        sums = Spans(whole, spans, self.space.dim)
        error = self._sum(sums, windows(self._tokens, whole))
        why = [error or ("" if count else "no token stands in it") for count in sums.counts]
        vectors = np.full((len(spans), self._pooled.dim), np.nan, dtype=np.float32)
        good = np.array([row for row, wrong in enumerate(why) if not wrong], dtype=np.int64)
        if len(good):
            vectors[good] = truncate(self._finish(sums.means(good)), self._pooled.dim, self._pooled.normalize)
        told_of = note(self._tokens, whole)
        reports = tuple(
            Report(str(row), int(count), 0 if why[row] else int(count), error=why[row], note=told_of)
            for row, count in enumerate(sums.counts)
        )
        return Embeddings(tuple(report.id for report in reports), vectors, self._pooled, reports)

    def _sum(self, sums: Spans, pieces: Iterator[Piece]) -> str:
        """Run windows, a few batches at a time, and take in what they give; what went wrong, empty if nothing did."""
        batches = Batches(self._states, _BUDGET, lanes=self._runtime.lanes)
        for some in _groups(pieces):
            for done, outcome in batches.outcomes(list(enumerate(some))):
                if isinstance(outcome, Exception):
                    return told(outcome)
                for (_, piece), vectors in zip(done, outcome, strict=True):
                    sums.take(piece.content.kept, vectors)
        return ""

    def _run(self, contents: Sequence[Window], role: Role) -> list[_Seen]:  # noqa: ARG002 prompts are among the ids
        return [
            _Seen(window.text.ids[window.kept], window.text.places[window.kept], vectors)
            for window, vectors in zip(contents, self._states(contents), strict=True)
        ]

    def _states(self, contents: Sequence[Window]) -> list[Vectors]:
        """The vectors of the tokens that each window keeps."""
        (states,) = self._runtime.run(*batch([window.ids for window in contents]))
        sizes = (window.kept.stop - window.kept.start for window in contents)
        return [
            finite(row[window.at : window.at + size]).copy()  # a view would keep the whole batch
            for window, row, size in zip(contents, states, sizes, strict=True)
        ]

    def _text(self, done: Done[_Seen]) -> TextTokens:
        seen = done.value or _Seen(
            np.empty(0, np.int32), np.empty((0, 2), np.int64), np.empty((0, self.space.dim), np.float32)
        )
        named = self._tokens.tokenizer.id_to_token
        return TextTokens(
            done.report.id, tuple(str(named(int(i))) for i in seen.ids), seen.places, seen.vectors, done.report
        )


def _joined(parts: list[_Seen]) -> _Seen:
    if len(parts) == 1:
        return parts[0]
    return _Seen(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.vectors for part in parts]),
    )


def _groups(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Some pieces at a time, so that what they give stays bounded."""
    held: list[Piece] = []
    units = 0
    for piece in pieces:
        held.append(piece)
        units += piece.size
        if units >= _POOL:
            yield held
            held, units = [], 0
    yield held
