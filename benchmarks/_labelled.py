"""Labelled texts with the default model's vectors, kept in the work folder so that a second run encodes nothing."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks._texts import DATA
from likewise.encoders import load
from likewise.types import Embeddings, Passage, Points, Report, Vectors

__all__ = ["Labelled", "clinc", "stackoverflow"]

WORK = Path(os.environ.get("LIKEWISE_WORK", "work"))


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Texts, their unit vectors `(n, 384)` and the label of each."""

    texts: tuple[str, ...]
    vectors: Vectors
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def some(self, rows: NDArray[np.intp]) -> Labelled:
        """Those rows."""
        return Labelled(tuple(self.texts[r] for r in rows), self.vectors[rows], tuple(self.labels[r] for r in rows))

    def points(self) -> Points:
        """Points whose metadata holds the label."""
        ids = tuple(map(str, range(len(self))))
        passages = [
            Passage(i, i, text, metadata={"label": label})
            for i, text, label in zip(ids, self.texts, self.labels, strict=True)
        ]
        made = Embeddings(ids, self.vectors, load().space, tuple(Report(i, 0, 0) for i in ids))
        return Points(tuple(passages), made)


def stackoverflow() -> Labelled:
    """20,000 titles of questions with one of 20 tags each."""
    folder = DATA / "classification/stackoverflow20/rawText"
    titles = _read(folder / "title_StackOverflow.txt").splitlines()
    labels = _read(folder / "label_StackOverflow.txt").split()
    texts = tuple(title.strip() for title in titles)
    return Labelled(texts, _vectors("stackoverflow", texts), tuple(labels))


def clinc() -> dict[str, Labelled]:
    """CLINC150: train, val and test of 150 intents, and oos_train, oos_val and oos_test of none."""
    parts = json.loads(_read(DATA / "classification/clinc150/data/data_full.json"))
    made = {}
    for name, rows in parts.items():
        texts = tuple(text for text, _ in rows)
        made[name] = Labelled(texts, _vectors(f"clinc-{name}", texts), tuple(label for _, label in rows))
    return made


def _read(path: Path) -> str:
    if not path.exists():
        sys.exit(f"{path} is not there: set LIKEWISE_DATA to the folder of data sets")
    return path.read_text(encoding="utf-8", errors="replace")


def _vectors(name: str, texts: tuple[str, ...]) -> Vectors:
    encoder = load()
    path = WORK / f"labelled-{name}-{encoder.space.id}.npy"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        np.save(path, encoder.encode_document(texts).vectors)
    found: Vectors = np.load(path)
    return found
