"""What a caller wants of a media file, as it is sent to the child and made again there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from likewise import parts
from likewise.errors import InputError
from likewise.formats._plan import Plan

if TYPE_CHECKING:
    from likewise.modalities import Preparer

__all__ = ["rebuilt", "wanted"]


def wanted(path: str, preparers: Mapping[str, Preparer], plan: Plan) -> dict[str, Any]:
    """Preparers as leaf and fields, the plan as fields, the modality that the file is asked for, "" by its content.

    Clips get as many frames as the preparers look at.
    """
    settings = asdict(plan)
    frames = [preparer.frames_of(plan.every) for preparer in preparers.values()]
    settings["clip"] = max([plan.clip, *frames])  # a clip of fewer would repeat some
    return {
        "preparers": {modality: _described(preparer) for modality, preparer in preparers.items()},
        "asked": plan.asked(path),
        "plan": {name: settings[name] for name in settings if name not in ("modality", "rules")},
    }


def rebuilt(want: Mapping[str, Any]) -> tuple[dict[str, Preparer], str, Plan]:
    """Preparers, asked modality and plan out of what `wanted` gave."""
    preparers = {
        modality: parts.find("modalities", leaf)(**{name: _tuples(value) for name, value in values.items()})
        for modality, (leaf, values) in want["preparers"].items()
    }
    return preparers, want["asked"], Plan(**want["plan"])


def _described(preparer: Preparer) -> tuple[str, dict[str, Any]]:
    """The leaf that a preparer is, and its fields."""
    kind = type(preparer)
    leaf = kind.__module__.rpartition(".")[2]
    if leaf not in parts.names("modalities") or parts.find("modalities", leaf) is not kind or not is_dataclass(kind):
        raise InputError(
            f"{kind.__name__} cannot be sent to the process that decodes files: give a frozen dataclass that is the "
            "member of likewise.modalities its module is named after"
        )
    return leaf, {field.name: getattr(preparer, field.name) for field in fields(kind)}


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples they were."""
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
