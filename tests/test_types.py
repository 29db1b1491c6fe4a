"""Values that cross rooms, as people read them."""

from __future__ import annotations

import pytest

from likewise.types import Place


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place(seconds=42.4, until=47.0), "00:42-00:47"),
        (Place(unit="frame", number=3, seconds=3723.0), "frame 3, 1:02:03"),
        (Place(unit="page", number=2, line=7), "page 2, line 7"),
        (Place(3, 9), "characters 3-9"),
        (Place(), "whole file"),
    ],
)
def test_a_place_is_shown_as_its_player_counts(place: Place, shown: str) -> None:
    assert str(place) == shown
