"""Whether a collection is what it says it is: counted, compared, and mended where that loses nothing."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from likewise.collection.bookcase import Bookcase
from likewise.collection.ledger import Ledger, Line, entry
from likewise.collection.lock import holder
from likewise.collection.results import Entry, ShelfStatus, Status, Verdict
from likewise.collection.shelf import Shelf
from likewise.stores.sqlite import SQLite

__all__ = ["checked", "entries", "repaired", "status"]


def checked(case: Bookcase) -> Verdict:
    """What is wrong, with nothing changed."""
    return _verdict(case, _all_problems(case), ())


def repaired(case: Bookcase) -> Verdict:
    """What was wrong, mended where it can be; call it under the writer's lock."""
    problems = _all_problems(case)
    for shelf in _there(case):
        store = shelf.store(write=True)
        ledger = Ledger(store)
        with store.transaction():
            store.delete(ledger.orphans())
            for id_ in ledger.astray():
                store.delete(ledger.held(id_))
                ledger.drop(id_)
        store.repair()
    left = _all_problems(case)
    return _verdict(case, problems, tuple(p for p in problems if p not in left))


def entries(ledgers: Sequence[Ledger]) -> Iterator[Entry]:
    """Every item of several ledgers in the order of ids, those of one id as one, in constant memory."""
    merged = heapq.merge(*(ledger.all() for ledger in ledgers), key=attrgetter("id"))
    for _, lines in groupby(merged, key=attrgetter("id")):
        yield _as_one([entry(line) for line in lines])


def status(path: Path, case: Bookcase) -> Status:
    """The collection at a glance."""
    text = case.text.store()
    shelves = tuple(_shelf_status(shelf, case) for shelf in _there(case))
    kinds, refused = _kinds(case)
    return Status(
        path=str(path),
        model=case.text.remembered("model"),
        space=text.space,
        items=sum(kinds.values()),
        passages=sum(shelf.passages for shelf in shelves),
        vectors=sum(shelf.vectors for shelf in shelves),
        refused=refused,
        roots=tuple(str(root) for root in case.text.ledger().roots().values()),
        kinds=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        disk=sum(_bytes(shelf.path.iterdir()) for shelf in _there(case)),
        index_disk=sum(_bytes((shelf.path / "index").rglob("*")) for shelf in _there(case)),
        index_fresh=not any(shelf.store().index_stale() for shelf in _there(case)),
        writer=holder(path),
        kept_as=str(text.packing),
        shelves=shelves,
    )


def _there(case: Bookcase) -> list[Shelf]:
    return [shelf for shelf in case.shelves.values() if shelf.exists]


def _as_one(found: list[Entry]) -> Entry:
    """What several shelves know of one item: kept if any keeps it, with the passages of all."""
    kept = [one for one in found if one.state != "refused"] or found
    states = {one.state for one in kept}
    state = "kept" if "kept" in states else kept[0].state
    return replace(kept[0], state=state, passages=sum(one.passages for one in kept))


def _kinds(case: Bookcase) -> tuple[Counter[str], int]:
    """How many items of each kind are kept, and how many are refused or stale."""
    kinds: Counter[str] = Counter()
    refused = 0
    there = _there(case)
    if len(there) == 1:
        for (state, kind), (items, _) in there[0].ledger().counts().items():
            kinds[kind] += items if state != "refused" else 0
            refused += items if state != "kept" else 0
        return +kinds, refused
    for one in entries([shelf.ledger() for shelf in there]):
        kinds[one.kind] += one.state != "refused"
        refused += one.state != "kept"
    return +kinds, refused


def _shelf_status(shelf: Shelf, case: Bookcase) -> ShelfStatus:
    store = shelf.store()
    modalities = tuple(m for m, name in case.senses.shelves.items() if name == shelf.name) if shelf.name else ("text",)
    items = sum(n for (state, _), (n, _) in shelf.ledger().counts().items() if state != "refused")
    model = shelf.remembered("model")
    return ShelfStatus(shelf.name or "text", modalities, model, store.space, items, len(store), _vectors(store))


def _verdict(case: Bookcase, problems: tuple[str, ...], mended: tuple[str, ...]) -> Verdict:
    there = _there(case)
    stores = [shelf.store() for shelf in there]
    outdated = {line.id for shelf in there for line in shelf.ledger().all() if _outdated(line)}
    passages, vectors = sum(map(len, stores)), sum(map(_vectors, stores))
    return Verdict(sum(_kinds(case)[0].values()), passages, vectors, len(outdated), problems, mended)


def _outdated(line: Line) -> bool:
    """Whether the kept file of a line is not the one that was read, as far as size and time tell."""
    if line.root is None or line.state != "kept":
        return False
    try:
        now = Path(line.id).stat()
    except OSError:
        return True
    return now.st_size != line.size or line.mtime_ns not in (0, now.st_mtime_ns)


def _all_problems(case: Bookcase) -> tuple[str, ...]:
    """Whatever is wrong on any shelf, with its name where it is not that of texts."""
    return tuple(
        f"shelf {shelf.name}: {problem}" if shelf.name else problem
        for shelf in _there(case)
        for problem in _problems(shelf.store())
    )


def _problems(store: SQLite) -> tuple[str, ...]:
    ledger = Ledger(store, readonly=True)
    astray = [f"item {i} has not as many passages as were kept" for i in ledger.astray()]
    orphans = [f"passage {i} belongs to no item" for i in ledger.orphans()]
    return (*(str(p) for p in store.check()), *astray, *orphans)


def _vectors(store: SQLite) -> int:
    with store.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])


def _bytes(paths: Iterable[Path]) -> int:
    return sum(p.stat().st_size for p in paths if p.is_file())
