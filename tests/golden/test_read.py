"""Decoders that read images among words against transformers (read.npz, made by make_read.py), from pixels on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from likewise.errors import InputError, MissingLibrary
from likewise.modalities.patched import Patched
from likewise.networks import Array, Facts, Graph, Node, Ops, Senses, Tower, Weights
from likewise.parts import find, names
from likewise.runtimes import Runtime
from likewise.saving import checkpoint
from tests.golden.read import CASES, LAYOUTS, TEXTS, images, words, write

GOLDEN = np.load(Path(__file__).parent / "read.npz")


def _network(path: Path) -> Senses:
    facts = Facts(path / "config.json", json.loads((path / "config.json").read_text()))
    made: Senses = find("networks", facts.text("model_type"))(facts, Weights(path, checkpoint(path)))
    made.words = words
    return made


def _preparer(tower: Tower) -> Patched:
    assert isinstance(tower.preparer, Patched)
    return tower.preparer


def _run(tower: Tower, runtime: str, *inputs: Array, kind: str = "embedding") -> Array:
    try:
        find("runtimes", runtime)
    except MissingLibrary as error:
        pytest.skip(str(error))

    def build(ops: Ops, *inputs: Node) -> tuple[Node, ...]:
        return (tower.build(ops, *inputs)[kind],)

    made: Runtime = find("runtimes", runtime)(Graph("read", tower.inputs, build), "fp32", 1)
    return made.run(*inputs)[0]


def test_images_are_made_ready_as_by_the_reference(tmp_path: Path) -> None:
    preparer = _preparer(_network(write(tmp_path, "qwen2_vl")).towers["image"])
    for i, image in enumerate(images()):
        found = preparer.inputs([preparer.prepare(image)])[0][0]
        assert found.shape == GOLDEN[f"patches/{i}"].shape
        np.testing.assert_allclose(found, GOLDEN[f"patches/{i}"], atol=2e-6, rtol=0)


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", [name for name in CASES if name != "colqwen2"])
def test_images_are_read_as_by_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    tower = _network(write(tmp_path, name)).towers["image"]
    preparer = _preparer(tower)
    found = _run(tower, runtime, *preparer.inputs([preparer.prepare(image) for image in images()]))
    np.testing.assert_allclose(found, GOLDEN[f"{name}/image"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("runtime", names("runtimes"))
@pytest.mark.parametrize("name", [name for name in CASES if name != "colqwen2"])
def test_texts_are_read_as_by_the_reference(name: str, runtime: str, tmp_path: Path) -> None:
    tower = _network(write(tmp_path, name)).towers["text"]
    rows = [[*tower.before, *text, *tower.after] for text in TEXTS]
    size = max(map(len, rows))
    ids = np.array([[*row, *[0] * (size - len(row))] for row in rows], dtype=np.int32)
    mask = np.array([[i < len(row) for i in range(size)] for row in rows], dtype=np.float32)
    np.testing.assert_allclose(_run(tower, runtime, ids, mask), GOLDEN[f"{name}/text"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("runtime", names("runtimes"))
def test_pages_and_questions_have_vectors_as_by_the_reference(runtime: str, tmp_path: Path) -> None:
    towers = _network(write(tmp_path, "colqwen2")).towers
    preparer = _preparer(towers["image"])
    pages = _run(
        towers["image"], runtime, *preparer.inputs([preparer.prepare(image) for image in images()]), kind="tokens"
    )
    rows = [[*text, *towers["text"].after] for text in TEXTS]
    size = max(map(len, rows))
    ids = np.array([[*row, *[0] * (size - len(row))] for row in rows], dtype=np.int32)
    mask = np.array([[i < len(row) for i in range(size)] for row in rows], dtype=np.float32)
    questions = _run(towers["text"], runtime, ids, mask, kind="tokens")
    for kind, found in (("image", pages), ("text", questions)):
        for i, row in enumerate(found):
            golden = GOLDEN[f"colqwen2/{kind}/{i}"]
            np.testing.assert_allclose(row[: len(golden)], golden, atol=1e-5, rtol=0)
            assert not row[len(golden) :].any()


def test_the_cases_differ() -> None:
    assert set(CASES) == set(json.loads(LAYOUTS.read_text()))
    assert np.abs(GOLDEN["qwen2_vl/image"] - GOLDEN["qwen2_vl-gme/image"]).max() > 0.05
    for name in ("qwen2_vl", "qwen2_vl-gme", "qwen3_vl"):
        rows = GOLDEN[f"{name}/image"]
        assert min(np.abs(rows[0] - other).max() for other in rows[1:]) > 0.05


def test_an_image_that_is_a_line_is_refused() -> None:
    with pytest.raises(InputError, match="200 times"):
        Patched().prepare(np.zeros((1, 300, 3), np.uint8))
