"""What a tokenizer puts around a text: special tokens, and a mark before its first word."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer

from likewise.errors import ModelError
from likewise.runtimes import Tokens

__all__ = ["around", "marks"]

_SAMPLES: Final = ("a", "A", "0", ".", "的")


def around(tokenizer: Tokenizer, path: Path, added: tuple[str, str]) -> tuple[Tokens, Tokens]:
    """The special tokens before and after every text, any number of them.

    `added` go where tokenizer.json has none: before, after. Raises ModelError for a tokenizer that knows no text.
    """
    framed = next((made for made in map(tokenizer.encode, _SAMPLES) if 0 in made.special_tokens_mask), None)
    if framed is None:
        raise ModelError(f"{path} has no tokens for {' '.join(_SAMPLES)}: it is not whole. Fetch the model again")
    body = [i for i, special in enumerate(framed.special_tokens_mask) if not special]
    ids = np.array(framed.ids, dtype=np.int32)
    head, tail = ids[: body[0]], ids[body[-1] + 1 :]
    before, after = (_special(tokenizer, path, token) for token in added)
    return head if len(head) else before, tail if len(tail) else after


def _special(tokenizer: Tokenizer, path: Path, token: str) -> Tokens:
    found = tokenizer.token_to_id(token) if token else None
    if token and found is None:
        raise ModelError(f"{path} lacks {token!r}, which tokenizer_config.json adds to every text")
    return np.array([] if found is None else [found], dtype=np.int32)


def marks(tokenizer: Tokenizer) -> bool:
    """Whether the mark of a blank before a word begins every text too, as SentencePiece has it."""
    whole, blank, plain = (tokenizer.encode(text, add_special_tokens=False).ids for text in ("a a", " a", "a"))
    return bool(plain + blank != whole == plain + plain)
