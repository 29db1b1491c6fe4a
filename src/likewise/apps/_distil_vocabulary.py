"""The tokenizer of a student: its teacher's, without what never occurs in a text, with words of the caller's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tokenizers import Tokenizer

from likewise.encoders import Encoder
from likewise.errors import InputError

__all__ = ["Vocabulary", "vocabulary"]

_UNUSED: Final = re.compile(r"\[unused\d+\]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer, what its teacher is asked for every token, and the id that stands for the unknown (or None)."""

    tokenizer: Tokenizer
    spoken: tuple[str, ...]
    unknown: int | None
    dropped: int
    added: int


def vocabulary(encoder: Encoder, words: Sequence[str]) -> Vocabulary:
    """The vocabulary of a student of `encoder`. Raises InputError for one that has no tokenizer to take over."""
    spec = json.loads(_tokenizer(encoder))
    before = _size(spec)
    spec |= {"post_processor": None, "truncation": None, "padding": None}
    if spec["model"].get("type") in ("WordPiece", "WordLevel"):
        _prune(spec)
    kept = _size(spec)
    _add(spec, words)
    made = Tokenizer.from_str(json.dumps(spec))
    tokens = sorted(made.get_vocab(with_added_tokens=True).items(), key=lambda pair: pair[1])
    prefix = spec["model"].get("continuing_subword_prefix") or ""
    unknown = getattr(made.model, "unk_token", None)
    return Vocabulary(
        made,
        tuple(_spoken(made, token, prefix) for token, _ in tokens),
        None if unknown is None else made.token_to_id(unknown),
        dropped=before - kept,
        added=len(tokens) - kept,
    )


def _tokenizer(encoder: Encoder) -> str:
    save = getattr(encoder, "save", None)
    if save is None or "text" not in encoder.modalities:
        raise InputError(
            f"{encoder.name} cannot be distilled: wanted an encoder of texts that has a folder, as `load` gives"
        )
    with TemporaryDirectory(prefix="likewise-distil-") as folder:
        save(Path(folder) / "teacher")
        found = next(Path(folder).rglob("tokenizer.json"), None)
        if found is None:
            raise InputError(f"{encoder.name} cannot be distilled: its folder holds no tokenizer.json")
        return found.read_text(encoding="utf-8")


def _size(spec: dict[str, Any]) -> int:
    return Tokenizer.from_str(json.dumps(spec)).get_vocab_size(with_added_tokens=True)


def _prune(spec: dict[str, Any]) -> None:
    """Leave out special tokens but the unknown one, and tokens that were kept free; number the others anew."""
    model, unknown = spec["model"], spec["model"].get("unk_token")
    special = {token["content"] for token in spec["added_tokens"] if token["special"]} - {unknown}
    ordered = sorted(model["vocab"], key=model["vocab"].__getitem__)
    kept = [token for token in ordered if token not in special and not _UNUSED.fullmatch(token)]
    model["vocab"] = {token: i for i, token in enumerate(kept)}
    spec["added_tokens"] = [token for token in spec["added_tokens"] if token["content"] not in special]
    _number(spec)


def _number(spec: dict[str, Any]) -> None:
    """Ids of added tokens: their place in the vocabulary, else behind it."""
    known = spec["model"]["vocab"]
    if isinstance(known, dict):
        later = len(known)
        for token in spec["added_tokens"]:
            token["id"] = known.get(token["content"], later)
            later += token["content"] not in known


def _add(spec: dict[str, Any], words: Sequence[str]) -> None:
    """Words that the tokenizer keeps whole join the vocabulary; others, of several words, are matched before it."""
    made = Tokenizer.from_str(json.dumps(spec))
    whole = spec["model"].get("type") in ("WordPiece", "WordLevel")
    taken = set(made.get_vocab(with_added_tokens=True))
    for word in dict.fromkeys(words):
        plain = made.normalizer.normalize_str(word) if made.normalizer else word
        pieces = [p for p, _ in made.pre_tokenizer.pre_tokenize_str(plain)] if made.pre_tokenizer else [plain]
        if not plain.strip() or not pieces:
            raise InputError(f"the word {word!r} is empty to this tokenizer: leave it out")
        single = whole and len(pieces) == 1
        token = pieces[0] if single else plain.strip()
        if token in taken:
            continue
        taken.add(token)
        if single:
            spec["model"]["vocab"][token] = len(spec["model"]["vocab"])
        else:
            spec["added_tokens"].append(_added(token, len(taken) - 1))
    _number(spec)


def _added(content: str, number: int) -> dict[str, Any]:
    facts = {"single_word": True, "lstrip": False, "rstrip": False, "normalized": True, "special": False}
    return {"id": number, "content": content, **facts}


def _spoken(made: Tokenizer, token: str, prefix: str) -> str:
    """A token as a text of its own."""
    if prefix:
        return token.removeprefix(prefix) or token
    return (made.decoder.decode([token]).strip() if made.decoder else token) or token
