"""A built-in set of texts of all lengths, scripts and oddities."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

__all__ = ["examples"]


@cache
def examples() -> tuple[str, ...]:
    """About a hundred texts: empty, one letter, 20,000 characters, every large script, code, numbers, emoji."""
    lines = (files(__package__) / "_texts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(row["text"] * row.get("times", 1) for row in rows)
