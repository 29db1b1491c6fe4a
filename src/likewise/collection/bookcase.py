"""The shelves of a collection: which there are, what they take, and how they are remembered."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import final

from likewise.collection.ingest import Ingest
from likewise.collection.senses import MODALITIES, Senses, plan_from, plan_json
from likewise.collection.shelf import Model, Shelf
from likewise.collection.tally import Tally
from likewise.encoders import Encoder
from likewise.errors import InputError
from likewise.formats import Plan
from likewise.types import Storage

__all__ = ["Bookcase"]

_FOLDER = "shelves"


@final
class Bookcase:
    """The shelf of texts, and one for every other space in `shelves/`; opened when they are first asked for.

    `given` names the model of a modality; what a collection has already is remembered in the ledger of its texts.
    """

    def __init__(
        self,
        path: Path,
        model: Model | None,
        vectors: Storage | None,
        dim: int | None,
        given: Mapping[str, Model],
        plan: Plan | None,
    ) -> None:
        unknown = set(given) - set(MODALITIES)
        if unknown:
            raise InputError(
                f"senses of {', '.join(sorted(unknown))}: there are {', '.join(MODALITIES)}, text is model="
            )
        self.path = path
        self.text = Shelf(path, "", model, vectors, dim)
        self._given, self._vectors, self._plan = given, vectors, plan
        self._model = model
        self._arranged: tuple[Senses, dict[str, Shelf]] | None = None

    @property
    def senses(self) -> Senses:
        """Which modality goes to which shelf."""
        return self._arrange()[0]

    @property
    def shelves(self) -> dict[str, Shelf]:
        """Every shelf by its name, that of texts, named "", first."""
        return self._arrange()[1]

    @property
    def others(self) -> bool:
        """Whether there is a shelf beside that of texts."""
        return len(self.shelves) > 1

    def close(self) -> None:
        """Release files and memory; the next call opens them again."""
        self.text.close()
        for shelf in self._arranged[1].values() if self._arranged else ():
            shelf.close()

    def load(self) -> None:
        """Load every encoder that is named. Raises InputError for one that does not take what it is given for."""
        senses, shelves = self._arrange()
        for modality, name in senses.shelves.items():
            encoder = shelves[name].encoder
            if modality not in encoder.modalities:
                raise InputError(
                    f"{encoder.name} is given for {modality} and takes {' and '.join(encoder.modalities)}: "
                    f"`likewise models --modality {modality}` lists others"
                )
        if not senses.waiting:
            self.text.encoder  # noqa: B018 (what is wrong with it is told before anything is made)

    def begin(self, tally: Tally) -> dict[str, Ingest]:
        """Start a run on every shelf, under the writer's lock."""
        senses, shelves = self._arrange()
        desks = {"": self.text.begin(tally, senses.waiting)}
        main = desks[""].ledger
        if senses.shelves and main.about("senses") != json.dumps(senses.shelves):
            main.note("senses", json.dumps(senses.shelves))
        if self._plan is not None:
            main.note("plan", plan_json(self._plan))
        for name, shelf in shelves.items():
            if name:
                desks[name] = shelf.begin(tally)
                for root in main.roots().values():
                    desks[name].ledger.watch(root)
        return desks

    def _arrange(self) -> tuple[Senses, dict[str, Shelf]]:
        if self._arranged is None:
            known: dict[str, str] = json.loads(self.text.remembered("senses") or "{}")
            shelves = {"": self.text}
            for name in dict.fromkeys(known.values()):
                shelves[name] = Shelf(self.path / _FOLDER / name, name, self._model_of(name, known), self._vectors)
            for modality, model in self._given.items():
                if modality not in known:
                    known[modality] = self._placed(model, shelves)
            plan = self._plan or plan_from(self.text.remembered("plan"))
            waiting = bool(known) and self._model is None and not self.text.remembered("model")
            self._arranged = Senses(known, plan, waiting), shelves
        return self._arranged

    def _model_of(self, shelf: str, known: Mapping[str, str]) -> Model | None:
        """The model that is given for a shelf; all that are must be one."""
        models = [model for modality, model in self._given.items() if known.get(modality) == shelf]
        return models[0] if models else None

    def _placed(self, model: Model, shelves: dict[str, Shelf]) -> str:
        """The name of the shelf of a model, a new one unless it has one."""
        wanted = _name(model)
        for name, shelf in shelves.items():
            if name and (shelf.given is model or (not isinstance(model, Encoder) and _same(shelf.model, model))):
                return name
        name, number = wanted, 1
        while name in shelves:
            number += 1
            name = f"{wanted}-{number}"
        shelves[name] = Shelf(self.path / _FOLDER / name, name, model, self._vectors)
        return name


def _same(known: str, model: str | os.PathLike[str]) -> bool:
    """Whether two names are of one model: the same name, or the same place."""
    given = os.fspath(model)
    return known == given or Path(known).expanduser().absolute() == Path(given).expanduser().absolute()


def _name(model: Model) -> str:
    """The name of a model as that of a folder: mobilenet, clip-vit-base-patch32."""
    told = model.name if isinstance(model, Encoder) else Path(os.fspath(model)).name.removesuffix(".toml")
    return re.sub(r"[^a-z0-9]+", "-", told.lower().rpartition("/")[2]).strip("-") or "shelf"
