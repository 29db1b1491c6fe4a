"""`likewise compress`: what fewer dimensions and fewer bits would cost on your own data."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._output import Output, remarks
from likewise.cli._texts import add_layout, layout, opened
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.apps._measurable import Named
    from likewise.apps.compress import Compressed, Measured
    from likewise.encoders import Encoder
    from likewise.types import Role

__all__ = ["command"]

_VECTORS = (".npy", ".parquet")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a collection, a file of vectors (.npy, .parquet), or a file of texts (- stdin)",
    )
    parser.add_argument("--queries", metavar="FILE", help="questions: texts, or vectors; default: held-out rows")
    parser.add_argument("--qrels", metavar="FILE", help="judgements: lines of query id, document id, gain")
    add_layout(parser)
    parser.add_argument("--model", metavar="M", help="model for texts; a collection knows its own")
    parser.add_argument("--dims", type=_dims, metavar="N,N", help="dimensions to try; default: all, 2/3, 1/3 and 1/6")
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many answers count (default: 10)")
    parser.add_argument(
        "--tolerance", type=float, default=0.02, metavar="X", help="loss of nDCG, or of recall, allowed (default: 0.02)"
    )


def _dims(text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",")]
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no list of numbers, such as 384,128") from error


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps._measurable import by_group, read_judgements
    from likewise.apps.compress import compress

    if args.qrels and not args.queries:
        raise InputError("--qrels judges queries: give them with --queries")
    with remarks(out), out.bars() as bars:
        documents, encoder = _documents(args)
        queries = _named(args.queries, args, encoder, "query") if args.queries else None
        groups, gains = None, None
        if args.qrels and queries is not None:
            judged = read_judgements(Path(args.qrels).expanduser())
            groups, gains = by_group(documents.names, queries.names, judged)
        found = compress(
            documents.vectors,
            None if queries is None else queries.vectors,
            gains=gains,
            groups=groups,
            dims=args.dims,
            k=args.k,
            tolerance=args.tolerance,
            progress=bars,
        )
    if documents.kept_as != "float32":
        out.note(f"the collection keeps {documents.kept_as} codes: what they lost before is not seen here")
    failed = documents.failed + (queries.failed if queries is not None else 0)
    if failed:
        out.complain(f"{failed:,} rows could not be read or encoded and are left out")
    for line in table(found):
        out.line(line)
    out.data(asdict(found))
    return 1 if failed else 0


def _documents(args: Namespace) -> tuple[Named, Encoder | None]:
    from likewise.apps._measurable import of_collection
    from likewise.collection import Collection

    path = Path(args.source).expanduser()
    if not (path / "collection.sqlite").is_file():
        encoder = None if path.suffix.lower() in _VECTORS else _encoder(args)
        return _named(args.source, args, encoder, "document"), encoder
    texts = args.queries and Path(args.queries).suffix.lower() not in _VECTORS
    with Collection(path, args.model) as collection:
        return of_collection(path), collection.encoder if texts else None


def _encoder(args: Namespace) -> Encoder:
    from likewise.encoders import load

    return load(args.model)


def _named(name: str, args: Namespace, encoder: Encoder | None, role: Role) -> Named:
    from likewise.apps._measurable import of_file, of_texts
    from likewise.apps._rows import read_rows

    path = Path(name).expanduser()
    if path.suffix.lower() in _VECTORS:
        return of_file(path)
    with opened(name) as stream:
        return of_texts(read_rows(stream, layout(name, args), args.column), encoder or _encoder(args), role)


def table(found: Compressed) -> Iterator[str]:
    """The lines of the report for people."""
    asked = f"{found.queries:,} of the documents, held out" if found.held_out else f"{found.queries:,} queries"
    yield f"{found.documents:,} documents of {found.dim} dimensions, asked with {asked}"
    judged = any(way.ndcg is not None for way in found.ways)
    k = found.k
    head = f"{'dim':>5} {'kind':8} {'ranked by':12} {'B/vector':>8} {'MB':>8}  {f'recall@{k} (95 %)':21}"
    yield head + (f" {f'nDCG@{k}':7} {'lost (95 %)':24}" if judged else "") + f" {'ms/query':>8}"
    yield from (_row(way) for way in found.ways)
    best = found.smallest
    what = "nDCG" if judged else "recall"
    if best is None:
        yield f"no way stays within {found.tolerance:g} of {what}: keep float32"
    else:
        yield (
            f"smallest within {found.tolerance:g} of {what}: {best.dim} dimensions as {best.kind}, ranked by "
            f"{best.scoring}: {best.bytes:,} bytes a vector, {found.dim * 4 / best.bytes:.1f} times fewer"
        )


def _row(way: Measured) -> str:
    recall = f"{way.recall.mean:.4f} {way.recall.low:.3f}-{way.recall.high:.3f}"
    line = f"{way.dim:5} {way.kind:8} {way.scoring:12} {way.bytes:8,} {way.total / 1e6:8,.2f}  {recall:21}"
    if way.ndcg is not None and way.ndcg_loss is not None:
        loss = f"{way.ndcg_loss.mean:+.4f} {way.ndcg_loss.low:+.4f} to {way.ndcg_loss.high:+.4f}"
        line += f" {way.ndcg.mean:.4f}  {loss:24}"
    return f"{line} {way.milliseconds:8.2f}"


command = Command(
    summary="what smaller vectors would cost on your own data",
    about=(
        "Measure quality against bytes: vectors cut to fewer dimensions and kept as float16, int8 or binary codes, "
        "ranked with and without scoring the best candidates again, against exact search over float32. With judgements "
        "nDCG too. Names the smallest way whose loss stays within the tolerance."
    ),
    examples=(
        "likewise compress notes.likewise",
        "likewise compress notes.likewise --queries questions.txt",
        "likewise compress corpus.jsonl --queries queries.jsonl --qrels qrels.tsv --model all-MiniLM-L6-v2",
    ),
    arguments=_arguments,
    run=_run,
)
