"""`likewise models`: which models there are, and which are here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from likewise.cli._command import Command
from likewise.cli._output import Output

if TYPE_CHECKING:
    from likewise.apps.models import Known
    from likewise.catalog import Entry

__all__ = ["command"]

_KINDS = ("dense", "static", "sparse", "multi", "rerank")
_FEW = 3  # so many models are shown with all that is known of them
_NAMED = 3  # languages that a line names


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="WORD", help="what its name, use or architecture must hold")
    parser.add_argument(
        "--kind",
        choices=_KINDS,
        help="one vector a text by a network (dense) or a table of tokens (static), a weight a word (sparse), "
        "a vector a token (multi), or a score a pair (rerank)",
    )
    parser.add_argument(
        "--modality",
        choices=("text", "image", "audio", "video", "depth", "thermal", "motion"),
        help="what it takes; a joint model takes several",
    )
    parser.add_argument("--language", metavar="CODE", help="made for a language, by its ISO 639 code: de, zh, sw")
    parser.add_argument("--max-size", metavar="MB", type=float, help="weights of at most so many megabytes")
    parser.add_argument("--licence", metavar="NAME", help="what the licence must hold: apache, mit")
    parser.add_argument("--here", action="store_true", help="only what is on this computer")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.models import models

    asked = {name: getattr(args, name) for name in ("kind", "modality", "language", "max_size", "licence", "here")}
    known = models(args.words, **asked)
    for model in known:
        for line in _lines(model, whole=len(known) <= _FEW):
            out.line(line)
    out.data([_facts(model) for model in known])
    if not known:
        out.note("no model of the catalogue is like that; any other model folder can be named by its path")
    return 0 if known else 1


def _lines(model: Known, *, whole: bool) -> Iterator[str]:
    entry = model.entry
    default = " (default)" if model.default else ""
    yield f"{entry.name}{default}: {entry.about}"
    yield f"    {', '.join(_told(entry))}"
    if whole:
        yield from (f"    {name}: {text}" for name, text in _more(entry))
    yield f"    {model.path or 'not here; fetched from the hub as ' + entry.id}"


def _told(entry: Entry) -> Iterator[str]:
    texts = "text" in entry.modality
    yield entry.kind if entry.modality == "text" else f"{entry.modality}, {entry.kind}"
    if entry.dim:
        yield f"{entry.dim} dimensions"
    if texts:
        yield f"{entry.max_length} tokens" if entry.max_length else "any length"
    yield f"{entry.size} MB" if entry.size else "size not known"
    if texts:
        yield _languages(entry.languages)
    yield f"licence {entry.licence or 'not stated'}"


def _languages(codes: tuple[str, ...]) -> str:
    if codes == ("multi",):
        return "about 100 languages"
    return " ".join(codes) if len(codes) <= _NAMED else f"{len(codes)} languages"


def _more(entry: Entry) -> Iterator[tuple[str, str]]:
    if len(entry.languages) > _NAMED:
        yield "languages", " ".join(entry.languages)
    if entry.architecture or entry.pooling:
        yield "network", ", ".join(x for x in (entry.architecture, entry.pooling and f"{entry.pooling} pooling") if x)
    for role, prefix in entry.prompts.items():
        yield f"before a {role}", repr(prefix)
    if entry.matryoshka:
        yield "can be cut to", " ".join(map(str, entry.matryoshka))
    if entry.remote_code:
        yield "mind", "its folder names Python code of its own"
    if entry.gated:
        yield "mind", "the hub asks for consent to its terms before it gives the weights"
    if entry.note:
        yield "note", entry.note


def _facts(model: Known) -> dict[str, Any]:
    entry = model.entry
    facts = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {"name": entry.name, **facts, "prompts": dict(entry.prompts), "default": model.default, "path": model.path}


command = Command(
    summary="which models there are, and which are here",
    about=(
        "List the models that likewise knows: what each is for, its kind, dimensions, length, size, languages and "
        "licence, and where it is on this computer. Words and options narrow the list; three models or fewer are shown "
        "with all that is known of them. Any other model folder of the same kind can be named by its path. The exit "
        "code is 1 where no model is like that."
    ),
    examples=(
        "likewise models",
        "likewise models --language de --max-size 500 --licence apache",
        "likewise models --modality image",
        "likewise models e5 multilingual",
        "likewise models --kind rerank",
    ),
    arguments=_arguments,
    run=_run,
)
