"""Why something is not among the answers: every reason, and places that agree with the search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.apps.why_not import why_not
from likewise.collection import Collection
from likewise.errors import FilterError, InputError
from likewise.types import Item
from tests.apps.subjects import DOCUMENTS


@pytest.fixture(scope="module")
def collection(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder = tmp_path_factory.mktemp("why")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    with Collection(folder / "c", model=tiny) as made:
        made.add(DOCUMENTS, folder / "broken.pdf")
        made.add(Item("old", "It is said of the tap that it is old.", metadata={"year": 1999}))
        yield made


def _codes(collection: Collection, item: str, **options: object) -> list[str]:
    return [r.code for r in why_not(collection, "what is said of the tap", item, **options).reasons]  # type: ignore[arg-type]


def test_every_reason(collection: Collection) -> None:
    assert _codes(collection, "doc tap") == ["found"]
    assert _codes(collection, "doc moon", k=1, mode="dense") == ["far"]
    assert _codes(collection, "old", where="year = 2020") == ["filtered"]
    assert _codes(collection, "doc tab") == ["absent"]
    assert _codes(collection, str(collection.path.parent / "broken.pdf")) == ["refused"]
    told = why_not(collection, "zebra", "doc moon", mode="text")
    assert [r.code for r in told.reasons] == ["words"]
    assert "'zebra'" in told.reasons[0].detail
    told = why_not(collection, "tap", "doc moon", k=2)
    assert [r.code for r in told.reasons] == ["far", "words", "fused"]


def test_places_agree_with_the_search(collection: Collection) -> None:
    for item in ("doc moon", "doc engine", "doc tap"):
        told = why_not(collection, "the moon and the river", item, k=3)
        for mode, place in (("dense", told.by_meaning), ("text", told.by_words), ("hybrid", told.rank)):
            hits = collection.search("the moon and the river", 100, mode=mode)  # type: ignore[arg-type]
            assert place == next((n for n, hit in enumerate(hits, 1) if hit.item == item), None)
        near = collection.search("the moon and the river", 3, mode="dense")
        assert told.needed == pytest.approx(near[2].score, abs=1e-5)
        assert told.found == (item in {hit.item for hit in collection.search("the moon and the river", 3)})


def test_what_an_index_lost_is_told(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Collection.search

    def lossy(self: Collection, query: str, k: int = 10, where: object = None, mode: str = "hybrid", **_: object):  # type: ignore[no-untyped-def]
        hits = search(self, query, k, where, mode)  # type: ignore[arg-type]
        return type(hits)(tuple(hit for hit in hits if hit.item != "doc tap"), hits.how)

    monkeypatch.setattr(Collection, "search", lossy)
    told = why_not(collection, "what is said of the tap", "doc tap", mode="dense")
    assert [r.code for r in told.reasons] == ["index"]
    assert told.by_meaning == 2  # "old" is nearer


def test_a_near_name_is_offered(collection: Collection) -> None:
    assert "did you mean doc tap?" in why_not(collection, "x", "doc tapp").reasons[0].detail


def test_passages_are_named_too(collection: Collection) -> None:
    passage = collection.passages("doc tap")[0].id
    told = why_not(collection, "tap", passage)
    assert (told.item, told.found) == ("doc tap", True)


def test_what_cannot_be_asked(collection: Collection) -> None:
    with pytest.raises(InputError, match="empty"):
        why_not(collection, "", "doc tap")
    with pytest.raises(InputError, match="k is 0"):
        why_not(collection, "x", "doc tap", k=0)
    with pytest.raises(FilterError):
        why_not(collection, "x", "doc tap", where="year >=")
