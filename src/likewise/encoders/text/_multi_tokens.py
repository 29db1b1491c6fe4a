"""Texts to the tokens of a multi-vector model: a mark before them, fill behind a query, words without vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders.text._model import Model
from likewise.encoders.text._multi_folder import Expansion, MultiFolder
from likewise.encoders.text._tokens import TokenCutter
from likewise.errors import InputError, ModelError
from likewise.runtimes import Tokens
from likewise.types import Role

__all__ = ["Marked", "MultiCutter"]

_ROLES: tuple[Role, ...] = ("query", "document")


@dataclass(frozen=True, slots=True)
class Marked:
    """One input: `ids` `(t,)`, of which the first `seen` are seen by all, and for each whether it gets a vector."""

    ids: Tokens
    seen: int
    scored: NDArray[np.bool_]


@final
class MultiCutter(Cutter):
    """Cuts texts as their role wants it; `max_length` counts tokens of a document with all that is put around it."""

    def __init__(self, model: Model, read: MultiFolder, max_length: int | None) -> None:
        tokenizer = model.cutter.tokenizer
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
        prompts = {role: model.prompts.get(role, "") for role in _ROLES}
        self._marks: Mapping[Role, Tokens] = {role: _mark(prompts[role], vocabulary) for role in _ROLES}
        self._expansion = read.expansion
        self._fill = _fill(read.expansion, vocabulary, model)
        self._skipped = {role: _known(words, vocabulary) for role, words in read.skipped.items()}
        self.lengths = {role: _length(role, read, model, max_length) for role in _ROLES}
        self._cutters: Mapping[Role, TokenCutter] = {
            role: TokenCutter(
                model.tokenizer,
                self.lengths[role] - len(self._marks[role]),
                {} if len(self._marks[role]) else {role: prompts[role]},
                model.cutter.lowercase,
                model.folder.settings.added,
            )
            for role in _ROLES
        }

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("text",)

    def count(self, contents: Sequence[Any]) -> list[int]:
        return self._cutters["document"].count(contents)

    def capacity(self, role: Role) -> int:
        return self._cutters[role].capacity(role)

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:
        for cut in self._cutters[role].cut(contents, role, overflow):
            cut.pieces = self._pieces(cut.pieces, role)  # type: ignore[arg-type]  # an iterator, as cut makes it
            yield cut

    def _pieces(self, pieces: Iterator[Piece], role: Role) -> Iterator[Piece]:
        for piece in pieces:
            marked = self._marked(piece.content, role)
            yield replace(piece, content=marked, size=len(marked.ids))

    def _marked(self, ids: Tokens, role: Role) -> Marked:
        head = len(self._cutters[role].frame[0])
        ids = np.concatenate([ids[:head], self._marks[role], ids[head:]])
        scored = ~np.isin(ids, self._skipped.get(role, ()))
        missing = self._expansion.length - len(ids) if self._expansion and role == "query" else 0
        if missing <= 0:
            return Marked(ids, len(ids), scored)
        seen = len(ids) + missing if self._expansion and self._expansion.attend else len(ids)
        fill = np.full(missing, self._fill, dtype=np.int32)
        return Marked(np.concatenate([ids, fill]), seen, np.append(scored, np.ones(missing, dtype=bool)))


def _mark(prompt: str, vocabulary: Mapping[str, int]) -> Tokens:
    """The id of a prompt that is one token of the vocabulary, such as `[unused0]`; none for a prompt in words."""
    found = next((vocabulary[name] for name in (prompt, prompt.strip()) if name and name in vocabulary), None)
    return np.array([] if found is None else [found], dtype=np.int32)


def _known(words: Sequence[str], vocabulary: Mapping[str, int]) -> Tokens:
    return np.array([vocabulary[word] for word in words if word in vocabulary], dtype=np.int32)


def _fill(expansion: Expansion | None, vocabulary: Mapping[str, int], model: Model) -> int:
    if expansion is None:
        return 0
    names = (expansion.token,) if expansion.token else ("[MASK]", "<mask>")
    found = next((vocabulary[name] for name in names if name in vocabulary), None)
    if found is None:
        raise ModelError(f"{model.tokenizer} has no token {' or '.join(names)}, by which queries are filled up")
    return found


def _length(role: Role, read: MultiFolder, model: Model, asked: int | None) -> int:
    """Tokens of one input, with all that is put around a text."""
    most = model.network.positions
    if role == "document":
        length = asked or read.lengths[role] or model.max_length
    elif read.expansion and read.expansion.fixed:
        length = read.expansion.length
    else:
        length = max(read.lengths[role] or model.max_length, read.expansion.length if read.expansion else 1)
    if length > most:
        raise InputError(f"{role}s of {length} tokens do not fit: the model has {most} positions")
    return length
