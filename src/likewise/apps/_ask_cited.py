"""The answer of a generator taken apart: its sentences, the sources each names, and what is wrong with them."""

from __future__ import annotations

import re
from typing import Final

from likewise.apps._ask_prompt import NO_ANSWER
from likewise.apps._ask_reply import Statement
from likewise.modalities import sentences

__all__ = ["cited"]

_NAMED: Final = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_AFTER: Final = re.compile(r"([.!?。！？]+)((?:\s*\[\d[\d\s,;]*\])+)")
_THOUGHT: Final = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


def cited(said: str, sources: int) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The statements of an answer and what is to be told of them; no statement where it says that there is no answer.

    A number of which there is no source (they go from 1 to `sources`) is taken out and told, and so is a statement
    that names none.
    """
    said = _THOUGHT.sub("", said).strip()
    if not said or said.strip(" .*\"'").upper().startswith(NO_ANSWER):
        return (), ()
    said = _AFTER.sub(r"\2\1", said)  # "so it is. [1]" names its source after the stop
    statements, unknown = [], set()
    for start, end in sentences(said):
        numbers = [
            int(n) for match in _NAMED.finditer(said[start:end]) for n in re.split(r"\s*[,;]\s*", match.group(1))
        ]
        unknown |= {n for n in numbers if not 1 <= n <= sources}
        text = _NAMED.sub("", said[start:end]).strip()
        if text.strip(".!? "):
            statements.append(Statement(text, tuple(dict.fromkeys(n for n in numbers if 1 <= n <= sources))))
    notes = [f"it names sources that do not exist, left out: {', '.join(map(str, sorted(unknown)))}"] if unknown else []
    bare = sum(not statement.sources for statement in statements)
    if bare:
        notes.append(f"{bare} of {len(statements)} statements name no source: nobody vouches for them")
    return tuple(statements), tuple(notes)
