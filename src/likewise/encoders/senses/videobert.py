"""VideoBERT (Sun et al. 2019, arXiv:1904.01766): clips as words, read by BERT together with words.

A clip encoder gives a vector for every 1.5 s, hierarchical k-means makes it a token, and BERT's vocabulary holds these
tokens beside its own: [CLS] words [>] clips [SEP]. Nobody has published weights of it: `create` makes an untrained one
of a BERT and of vectors of one's own clips, examples/videobert.py trains it by masking (with torch), and this encoder
runs what comes of it without torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from safetensors.numpy import save_file

from likewise.encoders import Encoder
from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece
from likewise.encoders._resolve import resolve
from likewise.encoders.senses._clip_tokens import ClipTokens
from likewise.encoders.text._model import Model
from likewise.errors import InputError, ModelError, SpaceError
from likewise.modalities.video import Video
from likewise.networks import Node, Ops
from likewise.networks._steps import Normalize, Pooling, pooled
from likewise.runtimes import Tokens
from likewise.saving import checkpoint, digest
from likewise.types import Clip, Item, Media, Role, Space, Vectors

__all__ = ["VideoBERT"]

_SETTINGS: Final = "videobert.json"
_TREE: Final = "clip_tokens.safetensors"
_COPIED: Final = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")
_BY_WORD: Final = (
    "word_embeddings.weight",
    "predictions.bias",
    "predictions.decoder.weight",
    "predictions.decoder.bias",
)
"""Tensors with a row for every word."""


@final
class VideoBERT(Encoder):
    """Texts, clips, and pairs `(text, Clip)` of both to vectors of one space.

    `clips` is the encoder of clips by whose vectors the tokens were made. The paper names no embedding of a whole
    input; this is the mean of the states of words and clip tokens, of length 1. Words are of segment 0, clips of 1.
    """

    def __init__(
        self, name: str | os.PathLike[str], clips: Encoder, *, runtime: str = "openvino", precision: str = "auto"
    ) -> None:
        found = resolve(name)
        said = _said(found.path)
        if clips.space.id != said["clips"]:
            raise SpaceError(
                f"{found.path}: its clip tokens were made of vectors of {said['clips_model']} ({said['clips']}), "
                f"this encoder of clips is {clips.space}: give the same one"
            )
        self._model = model = Model(found)
        tree = ClipTokens.load(found.path / _TREE)
        if said["join"] + 1 + tree.count != model.network.vocabulary:
            raise ModelError(f"{found.path}: the weights know {model.network.vocabulary} tokens, not those of {_TREE}")
        self._cutter: _Rows
        rows = _Rows(model, tree, clips, int(said["join"]), float(said["seconds"]))
        self._runtime = model.compile(_head, runtime, precision, segments=True)
        space = Space(
            model=found.name,
            weights=model.weights_id(),
            tokenizer=hashlib.sha256(
                f"{model.tokenizer_id()} {digest(found.path / _TREE)} {json.dumps(said, sort_keys=True)}".encode()
            ).hexdigest(),
            pooling="mean",
            prompts=(),
            max_length=model.max_length,
            dim=model.network.dim,
            normalize=True,
            precision=self._runtime.precision,
            runtime=self._runtime.name,
        )
        super().__init__(found.name, space, rows, self._runtime.budget, self._runtime.lanes)

    def encode_batch(self, pieces: Sequence[_Row], role: Role) -> Vectors:  # noqa: ARG002 there are no prompts
        longest = max(len(row.ids) for row in pieces)
        ids, types = np.zeros((2, len(pieces), longest), np.int32)
        mask, counted = np.zeros((2, len(pieces), longest), np.float32)
        for i, row in enumerate(pieces):
            size = len(row.ids)
            ids[i, :size], types[i, :size], mask[i, :size], counted[i, :size] = row.ids, row.types, 1, row.counted
        found: Vectors = self._runtime.run(ids, mask, counted, types)[0]
        return found

    def sequence(self, content: object) -> tuple[Tokens, Tokens]:
        """Ids and segments `(s,)` of a text, a clip or a pair, as BERT reads them: what training takes.

        Raises InputError for other contents.
        """
        row = next(self._cutter.rows(content, self._cutter.room))
        return row.ids, row.types

    @staticmethod
    def create(
        path: str | os.PathLike[str],
        bert: str | os.PathLike[str],
        clips: Encoder,
        tree: ClipTokens,
        *,
        seconds: float = 1.5,
        seed: int = 0,
    ) -> Path:
        """Write an untrained VideoBERT into the new folder `path`: a BERT with words for clips, near its mean word.

        `tree` comes of vectors by `clips` of pieces of `seconds`. Raises InputError where it does not, or the folder
        holds something; ModelError for a `bert` that is none.
        """
        target, found = Path(path), resolve(bert)
        if target.exists() and any(target.iterdir()):
            raise InputError(f"{target} is not empty: name a new folder")
        if tree.dim != clips.space.dim or not seconds > 0:
            raise InputError(f"a tree of {tree.dim} dimensions, clips of {clips.space.dim}, seconds={seconds}: no fit")
        config = json.loads((found.path / "config.json").read_text(encoding="utf-8"))
        if config.get("model_type") != "bert":
            raise ModelError(f"{found.path} is a {config.get('model_type')}: VideoBERT is made of a bert")
        words, rng = int(config["vocab_size"]), np.random.default_rng(seed)
        made = {
            name: _longer(tensor, 1 + tree.count, rng) if name.endswith(_BY_WORD) and len(tensor) == words else tensor
            for name, tensor in checkpoint(found.path).items()
        }
        target.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in made.items()}, target / "model.safetensors")
        (target / "config.json").write_text(json.dumps(config | {"vocab_size": words + 1 + tree.count}, indent=2))
        for name in _COPIED:
            if (found.path / name).exists():
                shutil.copyfile(found.path / name, target / name)
        tree.save(target / _TREE)
        said = {"join": words, "seconds": seconds, "clips": clips.space.id, "clips_model": clips.space.model}
        (target / _SETTINGS).write_text(json.dumps(said, indent=2))
        return target


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One input: ids, segments, and 1.0 for what is pooled, each `(s,)`."""

    ids: Tokens
    types: Tokens
    counted: Vectors


@final
class _Rows(Cutter):
    """Texts, clips and pairs to rows of tokens."""

    def __init__(self, model: Model, tree: ClipTokens, clips: Encoder, join: int, seconds: float) -> None:
        self._text, self._tree, self._clips = model.cutter, tree, clips
        self._join, self._seconds = join, seconds
        self.room = model.max_length - sum(map(len, model.cutter.frame)) - 1

    @property
    def modalities(self) -> tuple[str, ...]:
        return ("text", "video")

    def capacity(self, role: Role) -> int:  # noqa: ARG002 the contract's
        return self.room

    def count(self, contents: Sequence[Any]) -> list[int]:
        return [sum(map(len, self._tokens(content))) for content in contents]

    def cut(self, contents: Sequence[object], role: Role, overflow: Overflow) -> Iterator[Cut]:  # noqa: ARG002
        for content in contents:
            try:
                yield self._cut(content, overflow)
            except InputError as error:
                yield Cut(error=str(error))

    def _cut(self, content: object, overflow: Overflow) -> Cut:
        words, shown = self._tokens(content)
        seen = len(words) + len(shown)
        over = seen > self.room and overflow != "mean"
        if over and overflow == "error":
            raise InputError(f"holds {seen} tokens, one input holds {self.room}: take overflow truncate or mean")
        rows = list(self._rows(words, shown))
        rows = rows[:1] if over else rows
        pieces = [Piece(row, len(row.ids), int(row.counted.sum())) for row in rows]
        return Cut(pieces, seen, self.room if over else seen, over)

    def rows(self, content: object, room: int) -> Iterator[_Row]:
        """The inputs of a content, of up to `room` words and clip tokens each."""
        words, shown = self._tokens(content)
        return self._rows(words[:room], shown[: max(0, room - len(words))])

    def _rows(self, words: Tokens, shown: Tokens) -> Iterator[_Row]:
        everything = np.concatenate([words, shown])
        for at in range(0, len(everything), self.room):
            some = slice(at, at + self.room)
            yield self._row(words[some], shown[max(0, at - len(words)) : max(0, at + self.room - len(words))])

    def _row(self, words: Tokens, shown: Tokens) -> _Row:
        before, behind = self._text.frame
        join = [self._join] if len(shown) else []
        ids = np.concatenate([before, words, join, shown, behind]).astype(np.int32)
        types = np.zeros(len(ids), np.int32)
        first = len(before) + len(words)
        types[first : first + len(join) + len(shown)] = 1
        counted = np.zeros(len(ids), np.float32)
        counted[len(before) : first] = 1
        counted[first + len(join) : first + len(join) + len(shown)] = 1
        return _Row(ids, types, counted)

    def _tokens(self, content: object) -> tuple[Tokens, Tokens]:
        """Words and clip tokens of a content."""
        text, clip = _parts(content)
        none = np.empty(0, np.int32)
        words = np.concatenate(list(next(iter(self._text.rows([text], "", [""]))))) if text else none
        return words, none if clip is None else self._shown(clip)

    def _shown(self, clip: Clip) -> Tokens:
        """A token for every piece of a clip."""
        Video(1).prepare(clip)  # raises for what is no clip, in its owner's words
        pieces = ((clip.times - clip.times[0]) // self._seconds).astype(np.int64)
        own = [Clip(clip.frames[pieces == piece], clip.times[pieces == piece]) for piece in np.unique(pieces)]
        found = self._clips.encode([Item(str(i), piece, "video") for i, piece in enumerate(own)])
        if found.failed:
            raise InputError(f"piece {found.failed[0].id} of the clip: {found.failed[0].error}")
        return self._tree.tokens(found.vectors) + np.int32(self._join + 1)


def _parts(content: object) -> tuple[str, Clip | None]:
    """The text and the clip that a content holds. Raises InputError for other contents."""
    if isinstance(content, Item | Media):
        return _parts(content.content)
    if isinstance(content, str):
        return content, None
    if isinstance(content, Clip):
        return "", content
    if isinstance(content, tuple) and len(content) == 2:
        text, clip = content
        if isinstance(text, str) and isinstance(clip, Clip):
            return text, clip
    raise InputError(f"content is {type(content).__name__}, wanted a text, a Clip or a pair (text, Clip) of both")


def _head(ops: Ops, states: Node, counted: Node) -> tuple[Node, ...]:
    return (pooled(ops, states, counted, Pooling(("mean",)), (Normalize(),)),)


def _said(path: Path) -> dict[str, Any]:
    """The settings of a folder. Raises ModelError where it is no VideoBERT."""
    file = path / _SETTINGS
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return {"join": int(said["join"]), "seconds": float(said["seconds"])} | {
            name: str(said[name]) for name in ("clips", "clips_model")
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} cannot be read ({error}): {path} is no VideoBERT; VideoBERT.create makes one"
        ) from error


def _longer(tensor: Vectors, rows: int, rng: np.random.Generator) -> Vectors:
    """A tensor with so many rows more, each the mean of its rows and a little noise; a bias gets zeros."""
    if tensor.ndim == 1:
        return np.concatenate([tensor, np.zeros(rows, np.float32)])
    noise = rng.normal(0, 0.02, (rows, tensor.shape[1])).astype(np.float32)
    return np.concatenate([tensor, tensor.mean(axis=0) + noise])
