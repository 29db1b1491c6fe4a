"""The tokenizer of CLIP (Radford et al. 2021) from the list of merges that its makers publish."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from likewise.errors import ModelError

__all__ = ["clip_words"]

_MERGES: Final = 49152 - 256 - 2
_SPLIT: Final = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
_START, _END = "<|startoftext|>", "<|endoftext|>"


def clip_words(path: Path) -> Tokenizer:
    """The tokenizer of bpe_simple_vocab_16e6.txt.gz, or of transformers' merges.txt, which holds the same merges.

    Raises ModelError for another file.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        lines = content.decode("utf-8").split("\n")[1 : _MERGES + 1]
    except (OSError, EOFError, UnicodeError) as error:
        raise ModelError(f"{path} is no list of merges: {error}") from error
    merges = [tuple(line.split()) for line in lines]
    if len(merges) != _MERGES or any(len(pair) != 2 for pair in merges):
        raise ModelError(f"{path} is not CLIP's list of {_MERGES:,} merges, bpe_simple_vocab_16e6.txt.gz")
    letters = _letters()
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), _START, _END]
    pairs = [(first, second) for first, second in merges]
    bpe = models.BPE(
        {word: i for i, word in enumerate(words)}, pairs, end_of_word_suffix="</w>", unk_token=_END, fuse_unk=False
    )
    made = Tokenizer(bpe)
    spaces = normalizers.Replace(Regex(r"\s+"), " ")
    made.normalizer = normalizers.Sequence([normalizers.NFC(), spaces, normalizers.Lowercase()])
    split = pre_tokenizers.Split(Regex(_SPLIT), behavior="removed", invert=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = decoders.ByteLevel()
    ends = [(token, made.token_to_id(token)) for token in (_START, _END)]
    made.post_processor = processors.TemplateProcessing(single=f"{_START} $A {_END}", special_tokens=ends)
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token, _ in ends])
    return made


def _letters() -> list[str]:
    """A printable letter for each byte, those first that are printable themselves, as GPT-2 has it."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [*map(chr, plain), *(chr(256 + i) for i in range(256 - len(plain)))]
