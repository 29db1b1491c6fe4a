"""A run over notes and pictures is killed at random points: on every shelf nothing acknowledged is lost or twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from likewise.collection import Collection, Progress
from tests.collection.coloured import Coloured, paint
from tests.collection.forked import append, ended, forked, lines, pause
from tests.collection.numbered import Numbered

KILLS = int(os.environ.get("LIKEWISE_SHELF_KILLS", "3"))
PICTURES, NOTES, BATCH = 150, 60, 64


def _files(folder: Path) -> None:
    rng = random.Random(5)
    folder.mkdir()
    for n in range(PICTURES):
        paint(folder / f"{n:03}.png", (rng.randrange(256), rng.randrange(256), rng.randrange(256)), seed=n)
    for n in range(NOTES):
        (folder / f"{n:03}.txt").write_text(f"Note {n} about topic {rng.randrange(50)}.")


def _opened(work: Path, told: Callable[[int], None] = lambda _: None) -> Collection:
    return Collection(work / "c.likewise", Numbered(lambda _: None), senses={"image": Coloured(told)})


def _add(folder: Path, work: Path) -> None:
    def acknowledge(step: Progress) -> None:
        if step.kept:
            append(work / "acknowledged", step.kept)

    def told(count: int) -> None:
        append(work / "encoded", [str(count)])
        pause(0.02)  # as a network takes its time

    with _opened(work, told) as collection:
        collection.add(folder, progress=acknowledge)


def _check(work: Path) -> None:
    """In a fresh process: it opens, verifies, and holds every acknowledged item whole, on one shelf."""
    acknowledged = set(lines(work / "acknowledged"))
    if not (work / "c.likewise" / "collection.sqlite").exists():
        assert not acknowledged
        return
    with _opened(work) as collection:
        verdict = collection.verify()
        assert verdict.ok, verdict.problems
        kept = {entry.id for entry in collection.items() if entry.state == "kept"}
    assert not acknowledged - kept
    for file in (work / "c.likewise").rglob("collection.sqlite"):
        with closing(sqlite3.connect(file)) as raw:
            places = raw.execute("SELECT count(*), count(DISTINCT id) FROM passages").fetchone()
        assert places[0] == places[1]


def _complete(folder: Path, work: Path, kills: int) -> int:
    """Once a run got through everything is there; how many pictures were encoded again, a batch a kill at most."""
    again = sum(int(count) for count in lines(work / "encoded")) - PICTURES
    assert 0 <= again <= kills * BATCH
    with _opened(work) as collection:
        assert collection.status().items == PICTURES + NOTES
        assert collection.add(folder).encoded == 0
    return again


def test_kills_lose_nothing_on_any_shelf(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    _files(folder)
    started = time.monotonic()
    (tmp_path / "timed").mkdir()
    assert ended(forked(lambda: _add(folder, tmp_path / "timed"))) == 0
    whole = time.monotonic() - started
    rng, kills, again, number = random.Random(20261121), 0, 0, 0
    while kills < KILLS:
        number, mine, code = number + 1, 0, -1
        work = tmp_path / f"killed{number}"
        work.mkdir()
        while kills < KILLS and code:
            pid = forked(lambda to=work: _add(folder, to))  # type: ignore[misc]
            pause(rng.uniform(0.1, whole))
            os.kill(pid, signal.SIGKILL)
            code = ended(pid)
            assert code in (0, -signal.SIGKILL)
            kills, mine = kills + bool(code), mine + bool(code)
            assert ended(forked(lambda to=work: _check(to))) == 0  # type: ignore[misc]
        assert ended(forked(lambda to=work: _add(folder, to))) == 0  # type: ignore[misc]
        assert ended(forked(lambda to=work: _check(to))) == 0  # type: ignore[misc]
        again += _complete(folder, work, mine)
    print(
        f"{kills} kills over {number} collections: 0 lost, 0 twice, {again / kills:.1f} pictures encoded again per kill"
    )
