"""`likewise models`: which models there are, and which are here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._output import Output

if TYPE_CHECKING:
    from likewise.apps.models import Known

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    """None of its own."""


def _run(args: Namespace, out: Output) -> int:  # noqa: ARG001 (there is nothing to ask)
    from likewise.apps.models import models

    known = models()
    for model in known:
        entry = model.entry
        default = " (default)" if model.default else ""
        out.line(f"{entry.name}{default}")
        out.line(
            f"    {entry.about}; {entry.languages}, {entry.dim} dimensions, {entry.max_length} tokens, "
            f"{entry.size} MB, licence {entry.licence}"
        )
        out.line(f"    {model.path or 'not here; fetched from the hub as ' + entry.id}")
    out.data([_facts(model) for model in known])
    return 0


def _facts(model: Known) -> dict[str, Any]:
    entry = model.entry
    facts = {name: getattr(entry, name) for name in entry.__slots__ if name != "prompts"}
    return facts | {"prompts": dict(entry.prompts), "default": model.default, "path": model.path}


command = Command(
    summary="which models there are, and which are here",
    about=(
        "List the models that likewise knows: what each is for, its languages, dimensions, length, size and licence, "
        "and where it is on this computer. Any other model folder of the same kind can be named by its path."
    ),
    examples=("likewise models", "likewise embed texts.txt --model ./my-model-folder"),
    arguments=_arguments,
    run=_run,
)
