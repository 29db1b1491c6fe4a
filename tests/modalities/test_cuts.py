"""Where shots end: hard cuts, fades, dissolves; flashes and what moves inside of a shot are none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.modalities._cuts import Cuts

RATE = 25


def _shot(seed: int, count: int, still: bool = True) -> list[NDArray[np.uint8]]:
    """A picture of coloured squares with a little noise, drifting unless it is still."""
    rng = np.random.default_rng(seed)
    squares = rng.integers(40, 230, (9, 32, 3)).repeat(8, axis=0).repeat(8, axis=1)
    frames = []
    for i in range(count):
        at = 0 if still else i
        noisy = squares[:54, at : at + 96] + rng.normal(0, 2, (54, 96, 3))
        frames.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return frames


def _found(frames: list[NDArray[np.uint8]]) -> list[int]:
    cuts = Cuts()
    found = [time for i, frame in enumerate(frames) for time in cuts.feed(frame, i / RATE)]
    return [round(time * RATE) for time in [*found, *cuts.finish()]]


def test_a_hard_cut_is_found_at_its_frame() -> None:
    assert _found([*_shot(0, 30), *_shot(1, 25), *_shot(2, 40)]) == [30, 55]


def test_a_cut_is_told_soon() -> None:
    cuts, frames = Cuts(), [*_shot(0, 30), *_shot(1, 30)]
    told = [i for i, frame in enumerate(frames) if cuts.feed(frame, i / RATE)]
    assert told == [30 + Cuts.DELAY]


def test_a_cut_before_the_last_frames_is_told_at_the_end() -> None:
    assert _found([*_shot(0, 30), *_shot(1, 2)]) == [30]


@pytest.mark.parametrize("light", [255, 0])
def test_a_flash_is_no_cut(light: int) -> None:
    frames = _shot(0, 60)
    frames[30:32] = [np.full_like(frames[0], light)] * 2
    assert _found(frames) == []


def test_what_drifts_is_one_shot() -> None:
    assert _found(_shot(3, 100, still=False)) == []


def test_what_passes_in_front_is_no_cut() -> None:
    frames = _shot(4, 80)
    for i in range(30, 50):
        frames[i][:, 4 * (i - 30) : 4 * (i - 30) + 30] = (200, 30, 30)
    assert _found(frames) == []


def test_a_fade_through_black_is_one_cut_where_it_brightens() -> None:
    before, after = _shot(0, 40), _shot(1, 40)
    down = [(frame * (1 - (i + 1) / 10)).astype(np.uint8) for i, frame in enumerate(before[30:])]
    up = [(frame * ((i + 1) / 10)).astype(np.uint8) for i, frame in enumerate(after[:10])]
    dark = [np.zeros_like(before[0])] * 12
    assert _found([*before[:30], *down, *dark, *up, *after[10:]]) == [51]


def test_black_after_a_hard_cut_belongs_to_it() -> None:
    black = [np.zeros((54, 96, 3), np.uint8)] * 20
    assert _found([*_shot(0, 30), *black, *_shot(1, 30)]) in ([30], [30, 50])
    after = _shot(1, 30)
    up = [(frame * ((i + 1) / 15)).astype(np.uint8) for i, frame in enumerate(after[:15])]
    assert _found([*_shot(0, 30), *black, *up, *after[15:]]) == [30]


def test_a_dissolve_is_one_cut_in_its_middle() -> None:
    before, after = _shot(0, 60), _shot(1, 60)
    mixed = [
        (a * (1 - (i + 1) / 21) + b * ((i + 1) / 21)).astype(np.uint8)
        for i, (a, b) in enumerate(zip(before[40:], after[:20], strict=True))
    ]
    (found,) = _found([*before[:40], *mixed, *after[20:]])
    assert abs(found - 50) <= 2


def test_shots_last_a_while() -> None:
    frames = [*_shot(0, 30), *_shot(1, 5), *_shot(2, 30)]
    assert _found(frames) == [30]
    cuts = Cuts(shortest=0.0)
    found = [time for i, frame in enumerate(frames) for time in cuts.feed(frame, i / RATE)]
    assert [round(time * RATE) for time in [*found, *cuts.finish()]] == [30, 35]


def test_another_size_is_another_shot() -> None:
    frames = [*_shot(0, 30), *(frame[:40, :40] for frame in _shot(1, 30))]
    assert _found(frames) == [30]


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (54, 96, 3)])
def test_frames_of_any_size_are_taken(shape: tuple[int, int, int]) -> None:
    assert _found([np.zeros(shape, np.uint8)] * 10) == []
    assert _found([]) == []
