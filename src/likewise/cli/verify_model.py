"""`likewise verify-model`: does a model give here the vectors that it should."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.cli._texts import add_layout, layout, opened

if TYPE_CHECKING:
    from likewise.apps._texts import Text
    from likewise.apps._verdict import Agreement

__all__ = ["command"]

_SHOWN = 20
_SIDES = {"text": "text", "model": "failed by the model", "reference": "failed by the reference", "both": "both failed"}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="name or folder of a model, a file that `likewise embed` wrote, or a server: http://HOST:PORT/v1#NAME",
    )
    parser.add_argument(
        "--against", metavar="REFERENCE", help="what to compare with, named as MODEL is; default: MODEL in fp32"
    )
    parser.add_argument("--texts", metavar="FILE", help="texts to compare on, - is standard input; default: built in")
    add_layout(parser)
    parser.add_argument(
        "--role", choices=("document", "query"), default="document", help="what the texts are (default: document)"
    )
    parser.add_argument("--precision", default="auto", metavar="P", help="precision of MODEL (default: auto)")
    parser.add_argument(
        "--against-precision", default="fp32", metavar="P", help="precision of REFERENCE (default: fp32)"
    )
    parser.add_argument("--prompt", default="", metavar="TEXT", help="put before every text that a server is sent")
    parser.add_argument(
        "--tolerance",
        action="append",
        default=[],
        type=_tolerance,
        metavar="NAME=NUMBER",
        help="change what is allowed: least or mean (cosine), batch (distance), overlap (of neighbours); repeatable",
    )


def _tolerance(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no NAME=NUMBER, such as least=0.999") from error


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps._server import is_address
    from likewise.apps.verify_model import verify_model

    for name in (args.model, args.against or ""):
        if is_address(name):
            out.note(f"the texts are sent to {name.partition('#')[0]}, because you named it")
    with out.bars() as bars:
        found = verify_model(
            args.model,
            args.against,
            _texts(args) if args.texts else None,
            role=args.role,
            precisions=(args.precision, args.against_precision),
            prompt=args.prompt,
            tolerance=dict(args.tolerance),
            progress=bars,
        )
    for line in _lines(found):
        out.line(line)
    out.data(asdict(found) | {"problems": found.problems, "ok": found.ok})
    return 0 if found.ok else 1


def _texts(args: Namespace) -> list[Text]:
    from likewise.apps._rows import read_rows
    from likewise.apps._texts import Text

    with opened(args.texts) as stream:
        rows = read_rows(stream, layout(args.texts, args), args.column)
        return [Text(row.id, row.text, f"line {row.line}: {row.error}" if row.error else "") for row in rows]


def _lines(found: Agreement) -> Iterator[str]:
    """The report for people: a name and what was measured on each line, at last the verdict."""
    yield _row("model", found.model)
    yield _row("reference", found.reference)
    yield _row("texts", f"{found.compared:,} of {found.texts:,} compared, {len(found.lost):,} not")
    yield from (_row("", f"{lost.id}: {_SIDES[lost.side]}: {lost.why}") for lost in found.lost[:_SHOWN])
    if len(found.lost) > _SHOWN:
        yield _row("", f"... and {len(found.lost) - _SHOWN:,} more")
    yield from _similar(found)
    yield from _stable(found)
    yield from _facts(found)
    wanted = ", ".join(f"{name} {value:g}" for name, value in asdict(found.tolerance).items())
    yield _row("tolerance", wanted)
    yield "AGREES" if found.ok else "DOES NOT AGREE: " + "; ".join(found.problems)


def _similar(found: Agreement) -> Iterator[str]:
    cosine = found.cosine
    if cosine is not None:
        yield _row(
            "cosine",
            f"least {cosine.least:.6f}, 1 % {cosine.p01:.6f}, 5 % {cosine.p05:.6f}, median {cosine.median:.6f}, "
            f"mean {cosine.mean:.6f}",
        )
        yield from (_row("", f"{near.cosine:.6f}  {near.id}: {near.text}") for near in found.worst)
    ranks = found.ranks
    if ranks is not None:
        yield _row(
            "neighbours",
            f"overlap@{ranks.k} {ranks.overlap:.4f} (least {ranks.least_overlap:.2f}, {found.least_overlap}), "
            f"nearest alike {ranks.nearest:.4f}, rank correlation {ranks.spearman:.6f}; from {ranks.texts:,} texts",
        )


def _stable(found: Agreement) -> Iterator[str]:
    batches = found.batches
    if batches is None:
        return
    where = f" ({batches.worst}, {batches.where})" if batches.worst else ""
    yield _row("batches", f"a text moves by {batches.distance:.2g} at most{where}; {batches.texts:,} alone against:")
    yield from (_row("", f"{distance:.2g}  {name}") for name, distance in batches.batches)
    yield from (_row("", f"{name} fails {why}") for name, why in batches.failed[:_SHOWN])


def _facts(found: Agreement) -> Iterator[str]:
    pairs = (("model", found.vectors), ("reference", found.reference_vectors))
    told = [f"{n} {v.dim}-d, norms {v.norms.least:.6f} to {v.norms.largest:.6f}" for n, v in pairs if v.norms]
    if told:
        yield _row("vectors", "; ".join(told))
    lengths = found.lengths
    if lengths.told:
        differing = f" ({', '.join(lengths.differing)})" if lengths.differing else ""
        yield _row(
            "tokens",
            f"of {lengths.told:,} texts {lengths.seen_differ:,} differ in tokens seen, {lengths.used_differ:,} in "
            f"those used{differing}; {lengths.cut:,} are cut, {lengths.cut_by_reference:,} by the reference",
        )
    if found.relation is not None:
        yield _row("spaces", f"{found.relation.kind}: {found.relation.why}")
    if found.extra:
        yield _row("left over", f"{len(found.extra):,} vectors of no text: {', '.join(found.extra[:_SHOWN])}")


def _row(name: str, text: str) -> str:
    return f"{name:<10}  {text}"


command = Command(
    summary="check that a model gives the vectors it should",
    about=(
        "Compare a model as it runs here, in a precision, or on a server, with a reference, on your own texts or on "
        "about a hundred built-in ones of all lengths and scripts: how near each text's two vectors are, whether the "
        "same texts are each other's neighbours, and whether a vector depends on what else is in its batch. The exit "
        "code is 1 where that is outside of the tolerance or a text could not be compared. Texts go to a server only "
        "where you name its address; a private one is fine for that reason."
    ),
    examples=(
        "likewise verify-model all-MiniLM-L6-v2",
        "likewise verify-model ./my-model --precision int8 --texts passages.txt",
        "likewise verify-model ./my-model --against vectors.parquet --texts passages.txt",
        "likewise verify-model http://localhost:8080/v1#my-model --against ./my-model",
        "likewise verify-model ./my-model --precision int8 --tolerance least=0.98 --tolerance overlap=0.95",
    ),
    arguments=_arguments,
    run=_run,
)
