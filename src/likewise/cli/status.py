"""`likewise status`: a collection at a glance."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from likewise.cli._command import Command
from likewise.cli._opened import opened
from likewise.cli._output import Output

if TYPE_CHECKING:
    from likewise.types import Space

__all__ = ["command"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("collection", metavar="COLLECTION", help="a collection made by `likewise add`")
    parser.add_argument("--items", action="store_true", help="list every item too")


def _run(args: Namespace, out: Output) -> int:
    with opened(args.collection) as collection:
        status = collection.status()
        items = list(collection.items()) if args.items else []
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in status.kinds) or "none"
    out.line(f"collection  {status.path}")
    out.line(f"model       {status.space or status.model}")
    for shelf in status.shelves[1:]:
        takes = ", ".join(shelf.modalities)
        out.line(
            f"{takes:11} {shelf.space or shelf.model}: {shelf.items:,} items, {shelf.passages:,} pieces ({shelf.name})"
        )
    out.line(f"items       {status.items:,} ({kinds}), {status.refused:,} refused")
    out.line(f"passages    {status.passages:,}, vectors {status.vectors:,}")
    out.line(f"kept as     {status.kept_as}")
    out.line(f"index       {'up to date' if status.index_fresh else 'behind; rebuilt when it is next needed'}")
    out.line(
        f"disk        {status.disk / 1e6:,.1f} MB, of which {status.index_disk / 1e6:,.1f} MB are the derived index"
    )
    out.line(f"follows     {', '.join(status.roots) or 'no files'}")
    out.line(f"writer      {status.writer or 'none'}")
    for item in items:
        out.line(f"{item.state:8} {item.kind:10} {item.passages:6,} {item.id} {item.reason}".rstrip())
    facts = {name: getattr(status, name) for name in status.__slots__ if name not in ("space", "shelves")}
    shelves = [asdict(replace(shelf, space=None)) | {"space": _space(shelf.space)} for shelf in status.shelves]
    facts |= {"space": _space(status.space), "kinds": dict(status.kinds), "shelves": shelves}
    out.data(facts | ({"list": items} if args.items else {}))
    return 0


def _space(space: Space | None) -> dict[str, object] | None:
    return {"model": space.model, "id": space.id, "dim": space.dim} if space else None


command = Command(
    summary="a collection at a glance",
    about="Show what a collection holds: model, items by kind, passages, size on disk, who is writing to it.",
    examples=("likewise status notes.likewise", "likewise status notes.likewise --items"),
    arguments=_arguments,
    run=_run,
)
