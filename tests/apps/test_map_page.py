"""The page of a map in a real browser: drawn, hovered, clicked, searched, coloured; nothing runs or is loaded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from likewise.apps.map import project
from tests.apps.drawn import drawn, things
from tests.browser import Browser, chromium

_TURN = "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_SHIFT, _ENTER, _ESCAPE = "\ue008", "\ue007", "\ue00c"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn().save(tmp_path_factory.mktemp("page") / "map.html", title="Teams & <b>things</b>", colour="team")


@pytest.fixture
def page(window: Browser, file: Path) -> Iterator[Browser]:
    window.open(file)
    yield window
    assert window.said() == []


def _pixels(shot: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    with Image.open(io.BytesIO(shot)) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def _inked(browser: Browser, ink: tuple[int, int, int], near: int = 30) -> int:
    """How many pixels right of the panel have this colour."""
    browser.run(_TURN)
    pixels = _pixels(browser.picture())[:, 310:]
    return int((np.abs(pixels - ink).max(axis=2) < near).sum())


def _text(browser: Browser, css: str) -> str:
    return str(browser.run("return document.querySelector(arguments[0]).innerText", css))


def _spot(browser: Browser, at: int) -> tuple[float, float]:
    x, y = browser.run("return likewise.screen(arguments[0])", at)
    return x, y


RED, BLUE = (78, 121, 167), (242, 142, 43)
"""The colours that the page gives to the first and second team."""


def test_points_are_drawn_and_nothing_of_a_text_is_run(page: Browser) -> None:
    assert page.run("return likewise.n") == 240
    assert page.run("return likewise.renderer") == "canvas"
    assert page.run("return document.title") == "Teams & <b>things</b>"
    assert _text(page, "#title") == "Teams & <b>things</b>"
    assert "trustworthiness 0." in _text(page, "#faith")
    assert "95 % interval" in page.run("return document.getElementById('faith').title")
    assert _inked(page, RED) > 300
    assert _inked(page, BLUE) > 300


def test_hovering_shows_the_item_as_text(page: Browser) -> None:
    page.move(*_spot(page, 0))
    assert page.run("return likewise.hovered") == 0
    assert "<img src=x onerror=" in _text(page, "#tip")
    assert page.run("return document.querySelectorAll('#tip img, #tip script').length") == 0
    page.picture()
    page.move(330, 700)
    assert page.run("return document.getElementById('tip').hidden")
    assert page.run("return document.title") == "Teams & <b>things</b>"


def test_a_click_tells_all_and_offers_only_what_may_be_opened(page: Browser) -> None:
    page.run("likewise.go(0)")
    told = _text(page, "#details")
    assert "thing-0" in told
    assert "</script><script>" in told
    assert page.run("return document.querySelectorAll('#details a').length") == 0
    page.run("likewise.go(4)")
    assert page.run("return document.querySelector('#details a').href") == "https://example.org/four?a=1&b=2"
    assert page.run("return document.querySelector('#details a').rel") == "noopener noreferrer"
    near = page.run("return [...document.querySelectorAll('#details .near')].map((row) => row.lastChild.innerText)")
    assert [float(cosine) for cosine in near] == pytest.approx(drawn().near.cosines[4].tolist(), abs=1e-3)
    page.picture()
    page.run("document.querySelector('#details .near').click()")
    assert page.run("return likewise.clicked") == drawn().near.rows[4, 0]
    page.keys(_ESCAPE)
    assert page.run("return document.getElementById('details').hidden")


def test_a_click_on_a_point_chooses_it(page: Browser) -> None:
    page.click(*_spot(page, 17))
    assert page.run("return likewise.clicked") == page.run("return likewise.hovered")
    assert "team" in _text(page, "#details")


def test_the_wheel_zooms_about_the_pointer_and_dragging_moves(page: Browser) -> None:
    x, y = _spot(page, 30)
    page.wheel(x, y, -400)
    assert page.run("return likewise.zoom") > 1.5
    assert _spot(page, 30) == pytest.approx((x, y), abs=2)
    page.drag((700, 640), (760, 600))
    assert _spot(page, 30) == pytest.approx((x + 60, y - 40), abs=2)
    page.keys("0")
    assert page.run("return likewise.zoom") == 1


def test_search_lights_what_holds_every_word(page: Browser) -> None:
    page.keys("/")
    page.keys("planet comet")
    page.wait("return document.getElementById('count').innerText.includes('found')")
    holding = [p.text for p in drawn().points.passages if "planet" in p.text and "comet" in p.text]
    assert _text(page, "#count") == f"{len(holding)} of 240 found"
    assert page.run("return likewise.shown") == len(holding)
    assert page.run("return document.querySelector('#found button').innerText") in holding
    page.keys(_ENTER)
    assert page.run("return likewise.zoom") > 1
    page.picture()
    page.keys(_ESCAPE)
    assert page.run("return likewise.shown") == 240


def test_colours_follow_the_field_and_the_legend_hides(page: Browser) -> None:
    before = _inked(page, RED)
    page.run("document.querySelector('#legend button').click()")
    assert page.run("return likewise.shown") == 180
    assert _inked(page, RED) < 0.1 * before
    page.run("document.querySelector('#legend button').click()")
    assert page.run("return likewise.shown") == 240
    page.run(
        "const box = document.getElementById('colour'); box.value = 'score'; box.dispatchEvent(new Event('change'))"
    )
    assert page.run("return document.querySelectorAll('#legend .ramp').length") == 1
    assert _inked(page, RED, 12) < 0.2 * before
    page.picture()


def test_a_frame_chooses_points_and_gives_their_ids(page: Browser) -> None:
    spots = np.array([page.run("return likewise.screen(arguments[0])", at) for at in range(0, 240, 4)])
    low, high = spots.min(axis=0) - 8, spots.max(axis=0) + 8
    page.drag((low[0], low[1]), (high[0], high[1]), key=_SHIFT)
    chosen = page.run("return likewise.shown")
    assert 60 <= chosen < 240
    assert _text(page, "#count") == f"{chosen} of 240 chosen"
    assert page.run("return document.querySelectorAll('#chosen:not([hidden]) button').length") == 3
    page.picture()


def test_dark_and_narrow(page: Browser) -> None:
    page.run("document.getElementById('dark').click()")
    assert _pixels(page.picture())[400, 330].max() < 60
    page.size(480, 900)
    page.run("return new Promise((done) => setTimeout(done, 200))")
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.picture()
    page.size(1280, 860)


def test_nothing_is_asked_of_any_network(page: Browser) -> None:
    asked = page.run("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert [name for name in asked if not name.startswith(("blob:", "data:"))] == []
    refused = page.run("return fetch('https://example.org/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    page.said()  # the browser tells of its refusal


def test_new_items_are_told_apart(window: Browser, tmp_path: Path) -> None:
    old = drawn().save(tmp_path / "old.parquet")
    window.open(project(things(260), onto=old).save(tmp_path / "new.html", colour="new"))
    assert "260 points, 20 of them new" in _text(window, "#about")
    assert "new" in _text(window, "#legend")
    window.run("likewise.go(250)")
    assert "placed on a map that was there before" in _text(window, "#details")
    window.picture()


_COUNTED = """
const canvas = document.getElementById('points'), context = canvas.getContext('2d');
const { data } = context.getImageData(300, 0, canvas.width - 300, canvas.height);
let [inked, coloured] = [0, 0];
for (let i = 0; i < data.length; i += 4) {
  if (data[i + 3] > 0) inked++;
  const parts = data.slice(i, i + 3);
  if (data[i + 3] > 120 && Math.max(...parts) - Math.min(...parts) > 50) coloured++;
}
return [inked, coloured];
"""


def _moving(browser: Browser, patience: float) -> list[int]:
    """Pixels with a point, and those of them with a colour, in a picture that counts as moving."""
    browser.run(f"likewise.pace.patience = {patience}; likewise.pace.took(0, 1)")
    counted = browser.run(f"likewise.pace.moved(); likewise.draw(); {_COUNTED}")
    browser.wait("return !likewise.pace.moving")
    browser.run(_TURN)
    return [int(many) for many in counted]


def test_a_slow_picture_moves_with_fewer_points_and_is_whole_at_rest(page: Browser) -> None:
    page.keys("n")
    page.wait("return !likewise.pace.moving")
    page.run(_TURN)
    whole = page.run(_COUNTED)
    quick = _moving(page, 1e9)
    assert quick == whole
    slow = _moving(page, -1)
    assert 0 < slow[0] < 0.2 * whole[0]
    assert page.run(_COUNTED) == whole


def test_a_movement_ends_with_the_whole_picture(page: Browser) -> None:
    page.keys("n")
    page.run("likewise.pace.patience = -1")
    page.wheel(700, 400, -300)
    page.drag((700, 640), (760, 600))
    page.wait("return !likewise.pace.moving")
    page.run(_TURN)
    page.move(2, 2)
    page.run(_TURN)
    whole = page.run(_COUNTED)
    page.run("likewise.pace.patience = 1e9; likewise.draw()")
    assert page.run(_COUNTED) == whole
    assert _moving(page, -1)[0] < 0.2 * whole[0]


def test_what_was_found_is_shown_in_movement_too(page: Browser) -> None:
    page.keys("n")
    page.keys("/")
    page.keys("planet comet")
    page.wait("return document.getElementById('count').innerText.includes('found')")
    page.run(_TURN)
    inked, coloured = page.run(_COUNTED)
    assert coloured > 100
    moving = _moving(page, -1)
    assert moving[0] < 0.8 * inked
    assert moving[1] == pytest.approx(coloured, rel=0.05)


def test_the_pace_follows_steady_costs_and_no_single_one(page: Browser) -> None:
    shares = page.run(
        "const pace = new Pace(() => {});"
        "return [5, 5, 90, 5, 90, 90, 90, 12, 12, 12, 2, 2, 2].map((cost) => (pace.took(cost, 1), pace.share))"
    )
    assert shares == [1, 1, 1, 1, 1, 1, 0.125, 0.25, 0.5, 0.5, 1, 1, 1]


def test_webgl_draws_the_same(window: Browser, file: Path) -> None:
    shots = []
    for way in ("canvas", "webgl"):
        window.open("about:blank", "return true")
        window.open(f"{file.as_uri()}#{way}")
        assert window.run("return likewise.renderer") == way
        assert _inked(window, RED) > 300
        shots.append(_pixels(window.picture())[:, 310:])
    window.move(*_spot(window, 8))
    assert window.run("return likewise.hovered") >= 0
    assert window.said() == []
    one, two = shots
    near = [int((np.abs(shot - RED).max(axis=2) < 30).sum()) for shot in shots]
    assert (np.abs(one - two).max(axis=2) > 100).mean() < 0.006  # a map turned over differs by 0.03
    assert near[0] == pytest.approx(near[1], rel=0.35)
