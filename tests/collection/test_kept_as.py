"""Collections that keep codes and cut vectors: chosen once, remembered, and whole through add, sync, delete, verify."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.collection import Collection
from likewise.errors import InputError, SpaceError
from likewise.types import Item, Storage
from tests.collection.numbered import Numbered

WORDS = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("al", "en", "ir", "om", "us")]


def items(count: int, seed: int = 0) -> list[Item]:
    rng = np.random.default_rng(seed)
    return [Item(f"{seed}-{n}", " ".join(rng.choice(WORDS, 5))) for n in range(count)]


def encoder() -> Numbered:
    return Numbered(lambda _: None)


@pytest.mark.parametrize("kind", ["float16", "int8", "binary"])
def test_a_collection_of_codes_is_whole(tmp_path: Path, kind: Storage) -> None:
    with Collection(tmp_path / "c", encoder(), vectors=kind, dim=12) as c:
        c.add(*items(1100))
        status = c.status()
        assert status.space is not None
        assert (status.space.vectors, status.space.dim, status.passages) == (kind, 12, 1100)
        assert status.kept_as.startswith(f"{kind}, calibrated on the first 1,")
    with Collection(tmp_path / "c", encoder()) as c:  # it remembers both
        assert c.encoder.space.dim == 12
        again = c.add(*items(1100))
        assert (again.unchanged, again.encoded) == (1100, 0)
        c.add(*items(50, seed=1))
        assert c.delete("0-5", "0-6") == 2
        hits = c.search(str(items(1100)[7].content), 3, mode="dense")
        assert hits[0].item == "0-7" or hits[0].score > 0.99
        assert (hits.how.way, 0 < (hits.how.recall or 0) <= 1) == ("quantised", True)
        assert "0-7" not in [h.item for h in c.similar("0-7", 5)]
        assert c.verify().ok
        assert (c.verify(repair=True).problems, len(c)) == ((), 1148)
        (tmp_path / "c" / "index" / "manifest.json").unlink()
        assert c.verify(repair=True).ok


def test_another_choice_is_refused(tmp_path: Path) -> None:
    with Collection(tmp_path / "c", encoder(), vectors="int8", dim=12) as c:
        c.add(*items(5))
    with Collection(tmp_path / "c", encoder(), vectors="binary") as c:
        with pytest.raises(InputError, match="keeps its vectors as int8"):
            c.search("bal")
        with pytest.raises(InputError, match="keeps its vectors as int8"):
            c.add(*items(1, seed=1))
    with Collection(tmp_path / "c", encoder(), dim=8) as c, pytest.raises(SpaceError, match="differ in dim"):
        c.add(*items(1, seed=1))
    for dim in (0, 17):
        with pytest.raises(InputError, match=f"dim={dim}"):
            Collection(tmp_path / "d", encoder(), dim=dim).add(*items(1))


def test_a_collection_says_what_it_keeps(tmp_path: Path) -> None:
    with Collection(tmp_path / "c", encoder()) as c:
        c.add(*items(3))
        assert c.status().kept_as == "float32"
