"""Whether a collection is what it says it is: counted, compared, and mended where that loses nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from likewise.collection.ledger import Ledger, Line
from likewise.collection.lock import holder
from likewise.collection.results import Status, Verdict
from likewise.stores.sqlite import SQLite

__all__ = ["checked", "repaired", "status"]


def checked(store: SQLite) -> Verdict:
    """What is wrong, with nothing changed."""
    return _verdict(store, _problems(store), ())


def repaired(store: SQLite) -> Verdict:
    """What was wrong, mended where it can be; call it under the writer's lock."""
    problems = _problems(store)
    ledger = Ledger(store)
    with store.transaction():
        store.delete(ledger.orphans())
        for id_ in ledger.astray():
            store.delete(ledger.held(id_))
            ledger.drop(id_)
    store.repair()
    left = _problems(store)
    return _verdict(store, problems, tuple(p for p in problems if p not in left))


def status(path: Path, store: SQLite) -> Status:
    """The collection at a glance."""
    ledger = Ledger(store, readonly=True)
    counts = ledger.counts()
    kinds: dict[str, int] = {}
    for (state, kind), (items, _) in counts.items():
        if state != "refused":
            kinds[kind] = kinds.get(kind, 0) + items
    return Status(
        path=str(path),
        model=ledger.about("model"),
        space=store.space,
        items=sum(kinds.values()),
        passages=len(store),
        vectors=_vectors(store),
        refused=sum(items for (state, _), (items, _) in counts.items() if state != "kept"),
        roots=tuple(str(root) for root in ledger.roots().values()),
        kinds=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        disk=_bytes(path.iterdir()),
        index_disk=_bytes((path / "index").rglob("*")),
        index_fresh=not store.index_stale(),
        writer=holder(path),
        kept_as=str(store.packing),
    )


def _verdict(store: SQLite, problems: tuple[str, ...], mended: tuple[str, ...]) -> Verdict:
    ledger = Ledger(store, readonly=True)
    items = sum(n for (state, _), (n, _) in ledger.counts().items() if state != "refused")
    outdated = sum(_outdated(line) for line in ledger.all() if line.root is not None and line.state == "kept")
    return Verdict(items, len(store), _vectors(store), outdated, problems, mended)


def _outdated(line: Line) -> bool:
    """Whether the file of a line is not the one that was read, as far as size and time tell."""
    try:
        now = Path(line.id).stat()
    except OSError:
        return True
    return now.st_size != line.size or line.mtime_ns not in (0, now.st_mtime_ns)


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
