"""The packaged model gives here, in the precision that it takes by itself, what it gives in fp32."""

from __future__ import annotations

from likewise.apps._texts import built_in
from likewise.apps.verify_model import verify_model


def test_the_packaged_model_agrees_with_itself_in_fp32(packaged: str) -> None:
    found = verify_model(packaged, texts=built_in()[::3])  # of every sort some
    assert found.ok, found.problems
    assert found.ranks is not None
    assert found.ranks.overlap > 0.95
    assert (found.lost, found.lengths.seen_differ, found.lengths.used_differ) == ((), 0, 0)
    assert found.lengths.cut == found.lengths.cut_by_reference > 0
