"""Real texts to encode, from the folder that LIKEWISE_DATA names (default ../shared/data)."""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["DATA", "hard", "lines", "mixed"]

DATA = Path(os.environ.get("LIKEWISE_DATA", "../shared/data"))


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The records of a JSONL file, packed or not."""
    path = DATA / name
    if not path.exists():
        sys.exit(f"{path} is not there: set LIKEWISE_DATA to the folder of data sets")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def mixed(count: int) -> list[str]:
    """Passages as they come: a sample (seed 0) of OpenStax textbook paragraphs, whatever their length."""
    passages = [row["text"] for row in lines("text/openstax/passages.jsonl.gz")]
    return random.Random(0).sample(passages, count)


def hard(count: int = 2000) -> list[str]:
    """Texts of all lengths and scripts: empty, one character, hostile strings, 100 languages, passages, 100 kB."""
    rng = random.Random(1)
    texts = ["", "a", " ", "\n", "x", "。", "Ω", "🙂", "\u200b", "\x00", "x" * 100_000, "面" * 100_000, "a b " * 25_000]
    hostile = json.loads((DATA / "ingest/naughty-strings/blns.json").read_text(encoding="utf-8"))
    # a special token inside a text is text to likewise, and a command to the reference: not the same input
    texts += [text for text in hostile if not any(token in text for token in ("[CLS]", "[SEP]", "[MASK]", "[PAD]"))]
    for file in sorted((DATA / "crosslingual/tatoeba").rglob("tatoeba.*")):
        texts += file.read_text(encoding="utf-8").splitlines()[:4]
    texts = texts[: count // 2 - 100]
    articles = [row["text"] for row in lines("text/enwiki/enwiki_articles.jsonl.gz")]
    texts += [text[: rng.randint(1, 6000)] for text in rng.sample(articles, count // 4)]
    whole = "\n".join(articles[:400])
    texts += [whole[i * 100_000 :][:100_000] for i in range(7)]
    return texts + mixed(count - len(texts))
