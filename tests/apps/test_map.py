"""Maps: what is drawn, how faithful it is, every file that it becomes, and new items on an old one."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from likewise.apps._map_drawn import Map
from likewise.apps._map_fields import fields
from likewise.apps._map_link import link
from likewise.apps._map_picture import PALETTE
from likewise.apps._map_projector import projector
from likewise.apps._map_settings import settled
from likewise.apps.map import project
from likewise.errors import InputError, SpaceError
from likewise.projections import Near
from likewise.types import Passage, Place
from tests.apps.drawn import SPACE, WORDS, drawn, things


def _held(page: str) -> dict[str, Any]:
    data = re.search(r'<script type="application/octet-stream" id="data">([A-Za-z0-9+/=]*)</script>', page)
    assert data is not None
    held: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(data.group(1))))
    return held


def test_a_map_has_a_point_for_everything_and_says_how_faithful_it_is() -> None:
    made = drawn()
    assert made.plane.shape == (240, 2)
    assert not made.placed.any()
    assert made.trust.low < made.trust.mean < made.trust.high <= 1
    assert (made.k, made.looked, made.recall) == (10, 240, 1.0)
    assert made.faith.startswith(f"PCA: trustworthiness {made.trust.mean:.3f} (")
    assert np.array_equal(project(things(), "pca").plane, made.plane)


def test_neighbours_are_those_of_the_vectors() -> None:
    made = drawn()
    units = made.points.units
    cosines = units @ units.T
    np.fill_diagonal(cosines, -1)
    assert (made.near.rows[:, 0] == cosines.argmax(axis=1)).all()
    assert np.allclose(made.near.cosines[:, 0], cosines.max(axis=1), atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_map_of_hardly_anything(n: int, tmp_path: Path) -> None:
    made = project(things(n), "pca")
    assert made.plane.shape == (n, 2)
    assert len(_held(made.save(tmp_path / "map.html").read_text(encoding="utf-8"))["ids"]) == n
    made.save(tmp_path / "map.png")


def test_plain_vectors_make_a_map(tmp_path: Path) -> None:
    made = project(np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32), "pca")
    held = _held(made.save(tmp_path / "map.html").read_text(encoding="utf-8"))
    assert (held["labels"], held["colour"], held["ids"][:2]) == ([], "", ["0", "1"])


def test_fields_are_categories_numbers_and_texts() -> None:
    found, by, regions = fields(drawn())
    kinds = {field.name: field.kind for field in found}
    assert kinds | {"region": "category"} == kinds
    assert (kinds["team"], kinds["year"], kinds["score"], by) == ("category", "category", "number", "region")
    year = next(field for field in found if field.name == "year")
    assert year.codes is not None
    assert [year.codes[0], year.codes[1]] == [year.values.index("2000"), -1]
    assert fields(drawn(), "team")[1] == "team"
    assert {region.level for region in regions} == {0, 1, 2}
    with pytest.raises(InputError, match=r"no field 'size' to colour by; there are region, team"):
        fields(drawn(), "size")


def test_regions_are_called_by_the_words_in_them() -> None:
    found, _, regions = fields(drawn())
    assert found[0].codes is not None
    pure = 0
    for at, name in enumerate(found[0].values):
        rows = np.flatnonzero(found[0].codes == at)
        groups = np.bincount(rows % 4, minlength=4)
        if groups.max() > 0.9 * len(rows) and not name.startswith("region "):  # all words of a group may be everywhere
            pure += 1
            assert set(re.sub(r" \d+$", "", name).split(", ")) <= {*WORDS[int(groups.argmax())]}
    assert pure
    assert sum(region.size for region in regions if region.level == 0) == 240


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_holds_all_and_loads_nothing(tmp_path: Path) -> None:
    path = drawn().save(tmp_path / "map.html", title='A <b>"map"</b> & more', colour="team")
    page = path.read_text(encoding="utf-8")
    parsed = _Tags()
    parsed.feed(page)
    names = [tag for tag, _ in parsed.tags]
    assert names.count("script") == 2
    assert "b" not in names
    assert "link" not in names
    assert not [attributes for _, attributes in parsed.tags if "src" in attributes]
    policy = next(a["content"] or "" for t, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy
    assert "{{" not in page.replace("${{", "")
    held = _held(page)
    assert held["ids"] == [passage.id for passage in drawn().points.passages]
    assert held["texts"][0].startswith("<img src=x")
    spots = np.frombuffer(base64.b64decode(held["xy"]), "<f4").reshape(-1, 2)
    assert np.abs(spots).max() == pytest.approx(1)
    assert held["faith"] == drawn().faith
    assert held["colour"] == "team"


def test_the_same_map_is_the_same_file(tmp_path: Path) -> None:
    for suffix in (".html", ".png", ".csv"):
        one, two = (drawn().save(tmp_path / f"{name}{suffix}", title="same").read_bytes() for name in "ab")
        assert one == two


@pytest.mark.parametrize("colour", ["team", "score"])
def test_the_picture_shows_points_in_their_colours(tmp_path: Path, colour: str) -> None:
    made = drawn()
    with Image.open(made.save(tmp_path / "map.png", title="Teams", colour=colour)) as image:
        assert image.size == (1600, 1200)
        pixels = np.asarray(image.convert("RGB"), np.int16)
    if colour == "team":
        for ink in PALETTE[:4]:
            assert (np.abs(pixels - ink).max(axis=2) < 40).sum() > 500
    assert (pixels.reshape(-1, 3) == (251, 251, 250)).all(axis=1).mean() > 0.5


def test_tables_hold_every_point(tmp_path: Path) -> None:
    made = drawn()
    with made.save(tmp_path / "map.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["id"] for row in table] == [passage.id for passage in made.points.passages]
    assert float(table[7]["x"]) == pytest.approx(float(made.plane[7, 0]))
    assert (table[1]["team"], table[0]["text"]) == ("blue", made.points.passages[0].text)
    lines = made.save(tmp_path / "map.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[3])["year"] == 2003
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.csv", "map.jsonl"]


def test_a_map_is_taken_up_again_and_what_is_new_is_placed(tmp_path: Path) -> None:
    old = drawn()
    path = old.save(tmp_path / "old.parquet")
    more = project(things(270), onto=path)
    assert np.array_equal(more.plane[:240], old.plane)
    assert more.placed.tolist() == [False] * 240 + [True] * 30
    assert more.method == "pca"
    assert more.points.passages[5].text == old.points.passages[5].text
    assert more.points.passages[3].metadata["year"] == 2003
    team = np.array([str(p.metadata["team"]) for p in more.points.passages])
    away = np.linalg.norm(more.plane[240:, None] - more.plane[None, :240], axis=2)
    assert (team[away.argmin(axis=1)] == team[240:]).mean() > 0.9
    again = more.save(tmp_path / "again.parquet")
    assert np.array_equal(project(things(10), onto=again).plane, more.plane)
    held = _held(more.save(tmp_path / "more.html").read_text(encoding="utf-8"))
    assert held["about"].startswith("270 points, 30 of them new")


def test_what_says_something_else_by_now_is_placed_anew(tmp_path: Path) -> None:
    path = drawn().save(tmp_path / "old.parquet")
    changed = things(8, seed=5)
    more = project(changed, onto=path)
    assert len(more.points) == 240
    assert more.placed.sum() == 8
    assert [p.id for p in more.points.passages[-8:]] == [p.id for p in changed.passages]


def test_maps_of_other_spaces_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    path = drawn().save(tmp_path / "old.parquet")
    with pytest.raises(SpaceError, match="cannot be kept together"):
        project(things(8, space=replace(SPACE, model="tests/other", weights="1" * 64)), onto=path)
    with pytest.raises(InputError, match="keeps its method"):
        project(things(8), "pca", onto=path)
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"x": [1.0]}), tmp_path / "none.parquet")
    with pytest.raises(InputError, match="is no map: make one with"):
        project(things(8), onto=tmp_path / "none.parquet")
    with pytest.raises(InputError, match=r"there is no map .*missing\.parquet"):
        project(things(8), onto=tmp_path / "missing.parquet")
    (tmp_path / "text.parquet").write_text("x,y\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        project(things(8), onto=tmp_path / "text.parquet")


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no kind of map: name one of \.html"):
        drawn().save(tmp_path / "map.docx")
    with pytest.raises(InputError, match="cannot be written"):
        drawn().save(tmp_path / "missing" / "map.html")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="do not belong together"):
        Map(
            things(4),
            drawn().plane,
            "pca",
            Near(np.zeros((4, 1), np.intp), np.ones((4, 1), np.float32)),
            np.zeros(4, bool),
        )


def test_fields_named_like_a_column_are_kept_apart(tmp_path: Path) -> None:
    points = things(6)
    odd = [
        replace(p, metadata={"x": at, "vector": "v", "mixed": at if at % 2 else "a"})
        for at, p in enumerate(points.passages)
    ]
    made = project(replace(points, passages=tuple(odd)), "pca")
    again = project(points, onto=made.save(tmp_path / "odd.parquet"))
    assert again.points.passages[2].metadata == {"x": 2, "vector": "v", "mixed": "a", "place": "line 1"}
    assert again.points.passages[3].metadata["mixed"] == "3"


def test_a_click_opens_addresses_and_files_only(tmp_path: Path) -> None:
    paper = tmp_path / "a paper.pdf"
    page = Passage("1", str(paper), "words", place=Place(0, 5, "page", 3))
    assert link(page) == f"{paper.as_uri()}#page=3"
    assert link(Passage("2", "two", "", metadata={"url": "https://example.org/"})) == "https://example.org/"
    assert link(Passage("3", "three", "", metadata={"url": "javascript:alert(1)"})) == ""
    assert (
        link(Passage("4", "dotted.name", "", metadata={"file": str(tmp_path / "x.py")})) == (tmp_path / "x.py").as_uri()
    )


def test_files_for_the_projector_of_tensorboard(tmp_path: Path) -> None:
    made = drawn()
    folder = projector(made, tmp_path / "logs")
    vectors = np.loadtxt(folder / "vectors.tsv", delimiter="\t")
    assert np.allclose(vectors, made.points.vectors, rtol=1e-5)
    assert np.loadtxt(folder / "map.tsv", delimiter="\t").shape == (240, 2)
    lines = (folder / "metadata.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 241
    assert len({line.count("\t") for line in lines}) == 1
    config = (folder / "projector_config.pbtxt").read_text(encoding="utf-8")
    named = re.findall(r'_path: "([^"]+)"', config)
    assert named
    assert all((folder / name).is_file() for name in named)


def test_settings_of_a_projection_by_name() -> None:
    assert settled("pca").name == "pca"
    with pytest.raises(InputError, match="pca has no setting 'perplexity'; it has none"):
        settled("pca", {"perplexity": 5, "neighbours": None})
    with pytest.raises(InputError, match="no 'som' among projections: there are pca, tsne, umap"):
        settled("som")


def test_a_figure_of_plotly(tmp_path: Path) -> None:
    pytest.importorskip("plotly", reason="Plotly is not installed: pip install 'likewise[plotly]'")
    from likewise.apps._map_plotly import plotly

    figure = json.loads(plotly(drawn(), tmp_path / "map.json", "Teams", "team").read_text(encoding="utf-8"))
    assert {trace["name"] for trace in figure["data"]} == {"red", "blue", "green", "gold"}
    assert "<script>" not in json.dumps(figure)
    page = plotly(drawn(), tmp_path / "map.html", "Teams", "score").read_text(encoding="utf-8")
    assert "Plotly.newPlot" in page
    with pytest.raises(InputError, match=r"name a \.html or \.json"):
        plotly(drawn(), tmp_path / "map.svg")


def test_a_run_of_wandb_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="W&B is not installed: pip install 'likewise[wandb]'")
    from likewise.apps._map_wandb import wandb

    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    run = wandb(drawn(40), "maps", "Teams", "", tmp_path)
    tables = list(run.rglob("*.table.json"))
    assert list(run.glob("*.wandb"))
    held = json.loads(tables[0].read_text(encoding="utf-8"))
    assert len(held["data"]) == 40
    assert held["columns"][-1] == "d11"
