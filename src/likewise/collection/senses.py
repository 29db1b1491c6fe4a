"""Which kinds of content a collection takes, and to which shelf each goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import final

from likewise.errors import FormatError
from likewise.formats import Plan, kind_of

__all__ = ["MODALITIES", "Senses", "plan_from", "plan_json"]

MODALITIES = ("image", "audio", "video", "depth", "thermal", "motion")
_WITHIN = ("video", "image", "audio")
"""What a clip holds: itself, its frames, its sound."""
_NAMES = {"image": "images", "audio": "sounds", "video": "clips", "depth": "depth", "thermal": "thermal images"}


@final
@dataclass(frozen=True, slots=True)
class Senses:
    """Modality -> name of its shelf, and how files become pieces.

    `waiting` says that nobody named a model for texts: one is looked for when the first text comes.
    """

    shelves: Mapping[str, str] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    waiting: bool = False

    def kind(self, path: Path) -> str:
        """What a file holds, cheaply: text, other, or a modality. Raises FormatError where it cannot be opened.

        Without shelves every file is read as text, and its reader says what it is instead.
        """
        asked = self.plan.asked(str(path))
        if asked or not self.shelves:
            return asked or "text"
        kind: str = kind_of(path)
        if kind not in ("text", "other") and not self.wants(kind):
            raise self.advice(kind)
        return kind

    def kind_kept(self, shelf: str, kind: str) -> str:
        """What a file held that is kept on a shelf with a line of this kind."""
        return kind if shelf else "text"

    def wants(self, kind: str) -> dict[str, frozenset[str]]:
        """The shelves that a file of this kind goes to, and what is wanted of it there.

        A clip goes as a whole to those who take clips, its frames to those who take images, its sound to those who
        take sounds, so that it is found by all of them.
        """
        within = _WITHIN if kind == "video" else (kind,)
        wants: dict[str, frozenset[str]] = {}
        for modality in within:
            shelf = self.shelves.get(modality)
            whole = shelf is not None and "video" in wants.get(shelf, ())
            if shelf is not None and not (whole and modality == "image"):
                wants[shelf] = wants.get(shelf, frozenset()) | {modality}
        return wants

    def of_items(self, modality: str) -> str:
        """The shelf of items of a modality, empty where there is none."""
        return self.shelves.get(modality, "")

    def advice(self, kind: str) -> FormatError:
        """What to get for content that no encoder here takes."""
        if kind not in MODALITIES:
            return FormatError(
                "unsupported", f"{kind!r} is no kind of content: there are text, {', '.join(MODALITIES)}"
            )
        parts = ", --image-model for its frames, --audio-model for its sound" if kind == "video" else ""
        return FormatError(
            "no_encoder",
            f"this collection has no model for {_NAMES.get(kind, kind)}: `likewise models --modality {kind}` lists "
            f"some; then: likewise add PATH --to COLLECTION --{kind}-model MODEL{parts} "
            f"(in Python: senses={{{kind!r}: MODEL}})",
        )


def plan_json(plan: Plan) -> str:
    """A plan as a collection remembers it."""
    return json.dumps(asdict(plan))


def plan_from(text: str) -> Plan:
    """The plan that `plan_json` wrote; the default one for an empty string."""
    facts = json.loads(text) if text else {}
    if "rules" in facts:
        facts["rules"] = tuple((str(pattern), str(modality)) for pattern, modality in facts["rules"])
    return Plan(**facts)
