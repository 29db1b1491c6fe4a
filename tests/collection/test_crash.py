"""The process is killed at random points of `add`: nothing acknowledged is lost, nothing is there twice."""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from likewise.collection import Collection, Progress
from likewise.collection.ingest import BATCH
from tests.collection.forked import append, ended, forked, lines, pause
from tests.collection.numbered import Numbered

KILLS = int(os.environ.get("LIKEWISE_KILLS", "1000"))
FILES = 600


def _notes(folder: Path) -> None:
    """Files of one to four paragraphs, and one of more than two batches of passages."""
    folder.mkdir()
    rng = random.Random(7)
    for n in range(FILES):
        paragraphs = (f"Note {n}.{p} about topic {rng.randrange(50)}." for p in range(rng.randrange(1, 5)))
        (folder / f"{n:04}.txt").write_text("\n\n".join(paragraphs))
    long = (f"Chapter {n} " + f"of the long book tells of matter {n}. " * 50 for n in range(2 * BATCH + 10))
    (folder / "0300-long.txt").write_text("\n\n".join(long))


class Trial:
    """One collection, filled under fire until a run gets through."""

    def __init__(self, folder: Path, work: Path) -> None:
        work.mkdir()
        self.folder, self.path = folder, work / "c.likewise"
        self.acknowledged, self.encoded = work / "acknowledged", work / "encoded"

    def add(self) -> None:
        def told(step: Progress) -> None:
            if step.kept:
                append(self.acknowledged, list(step.kept))

        with Collection(self.path, model=Numbered(lambda texts: append(self.encoded, texts))) as collection:
            collection.add(self.folder, progress=told)

    def check(self) -> None:
        """In a fresh process: it opens, verifies, holds every acknowledged item whole, and nothing twice."""
        if not (self.path / "collection.sqlite").exists():
            assert not lines(self.acknowledged)
            return
        with Collection(self.path, model=Numbered(lambda _: None)) as collection:
            verdict = collection.verify()
            assert verdict.ok, verdict.problems
            kept = {e.id: e.passages for e in collection.items() if e.state == "kept"}
            lost = set(lines(self.acknowledged)) - set(kept)
            assert not lost, f"acknowledged and lost: {sorted(lost)[:5]}"
        with closing(sqlite3.connect(self.path / "collection.sqlite")) as raw:
            held = Counter(item for (item,) in raw.execute("SELECT item FROM passages"))
            places = raw.execute("SELECT count(*), count(DISTINCT item || place) FROM passages").fetchone()
        assert held == Counter(kept)
        assert places[0] == places[1]

    def complete(self, kills: int) -> None:
        """Once a run got through: everything is there, and at most one batch was encoded again for each kill."""
        again = Counter(lines(self.encoded))
        twice = sum(n - 1 for n in again.values())
        assert twice <= kills * BATCH, f"{twice} texts encoded again after {kills} kills"
        with Collection(self.path, model=Numbered(lambda _: None)) as collection:
            assert sum(1 for e in collection.items() if e.state == "kept") == FILES + 1
            assert collection.add(self.folder).encoded == 0


@pytest.mark.slow
def test_kills_lose_nothing(tmp_path: Path) -> None:
    _notes(tmp_path / "notes")
    rng = random.Random(20261121)
    timed = Trial(tmp_path / "notes", tmp_path / "timed")
    started = time.monotonic()
    assert ended(forked(timed.add)) == 0
    whole = time.monotonic() - started
    kills = through = again = 0
    number = 0
    while kills < KILLS:
        number += 1
        trial, mine = Trial(tmp_path / "notes", tmp_path / f"trial{number}"), 0
        while kills < KILLS:
            pid = forked(trial.add)
            pause(rng.uniform(0.0, whole / 2))
            os.killpg(pid, signal.SIGKILL) if os.getpgid(pid) == pid else os.kill(pid, signal.SIGKILL)
            code = ended(pid)
            assert ended(forked(trial.check)) == 0
            if code == 0:
                break
            assert code == -signal.SIGKILL
            kills, mine = kills + 1, mine + 1
        assert ended(forked(trial.add)) == 0
        assert ended(forked(lambda t=trial, m=mine: t.complete(m))) == 0  # type: ignore[misc]
        again += sum(n - 1 for n in Counter(lines(trial.encoded)).values())
        through += 1
    print(
        f"{kills} kills over {through} collections: 0 lost, 0 twice, {again / kills:.1f} texts encoded again per kill"
    )
