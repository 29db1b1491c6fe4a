from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise.collection import Collection
from likewise.encoders import Encoder, load
from tests.tiny import tiny_model


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def encoder(model: Path) -> Encoder:
    return load(model)


@pytest.fixture
def collection(tmp_path: Path, encoder: Encoder) -> Iterator[Collection]:
    with Collection(tmp_path / "c.likewise", model=encoder) as made:
        yield made


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of three notes."""
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "tap.txt").write_text("The tap in the kitchen drips. Replace the washer to stop the leak.")
    (folder / "deep" / "bread.md").write_text(
        "# Bread\n\nKnead the dough for ten minutes.\n\n## Oven\n\nBake it hot.\n"
    )
    (folder / "stars.txt").write_text("Jupiter is the largest planet. It has many moons.")
    return folder
