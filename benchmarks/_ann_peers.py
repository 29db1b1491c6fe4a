"""Graph indexes of other libraries, built with the same settings: M 16, construction depth 128, two threads."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, final

import faiss
import hnswlib
import numpy as np
import usearch
from numpy.typing import NDArray
from usearch.index import Index

__all__ = ["PEERS", "Peer"]

Rows = NDArray[np.float32]
LINKS, DEPTH, THREADS = 16, 128, 2
_BLOCK = 25_000
_SearchParameters: Any = vars(faiss)["SearchParametersHNSW"]  # missing from the types that FAISS ships


class Peer(ABC):
    """One library: builds in pieces, so that a build can be broken off and taken up again; searches by depth `ef`."""

    name: str
    version: str

    def __init__(self, work: Path, rows: Rows) -> None:
        self.path = work / f"{self.name.replace(' ', '-')}-{len(rows)}.index"
        self.rows = rows

    def build(self, seconds: float) -> bool:
        """Add what is missing and save; False when the time ran out. The time taken is kept beside the index."""
        clock = self.path.with_suffix(".seconds")
        spent = float(clock.read_text()) if clock.exists() else 0.0
        done = self.start()
        begun = time.perf_counter()
        while done < len(self.rows) and time.perf_counter() - begun < seconds:
            self.add(done, np.ascontiguousarray(self.rows[done : done + _BLOCK]))
            done = min(done + _BLOCK, len(self.rows))
        if (took := time.perf_counter() - begun) > 0.1:
            clock.write_text(str(spent + took))
            self.save()
        return done == len(self.rows)

    @property
    def seconds(self) -> float:
        return float(self.path.with_suffix(".seconds").read_text())

    @abstractmethod
    def start(self) -> int:
        """Read what was saved or begin anew; returns how many rows it holds."""

    @abstractmethod
    def add(self, first: int, rows: Rows) -> None: ...

    @abstractmethod
    def save(self) -> None: ...

    @abstractmethod
    def open(self) -> None:
        """Ready to answer, on one thread."""

    @abstractmethod
    def search(self, query: Rows, k: int, ef: int) -> NDArray[np.int64]: ...


@final
class Hnswlib(Peer):
    name, version = "hnswlib", "0.8.0"

    def start(self) -> int:
        self.index: Any = hnswlib.Index("ip", self.rows.shape[1])
        if self.path.exists():
            self.index.load_index(str(self.path), max_elements=len(self.rows))
        else:
            self.index.init_index(len(self.rows), M=LINKS, ef_construction=DEPTH)
        self.index.set_num_threads(THREADS)
        return int(self.index.element_count)

    def add(self, first: int, rows: Rows) -> None:
        self.index.add_items(rows, np.arange(first, first + len(rows)))

    def save(self) -> None:
        self.index.save_index(str(self.path))

    def open(self) -> None:
        self.start()
        self.index.set_num_threads(1)

    def search(self, query: Rows, k: int, ef: int) -> NDArray[np.int64]:
        self.index.set_ef(ef)
        found: NDArray[np.int64] = self.index.knn_query(query, k)[0][0]
        return found


@final
class Usearch(Peer):
    name, version = "usearch f16", usearch.__version__

    def start(self) -> int:
        self.index: Any = Index(
            ndim=self.rows.shape[1], metric="ip", dtype="f16", connectivity=LINKS, expansion_add=DEPTH
        )
        if self.path.exists():
            self.index.load(str(self.path))
        return len(self.index)

    def add(self, first: int, rows: Rows) -> None:
        self.index.add(np.arange(first, first + len(rows)), rows, threads=THREADS)

    def save(self) -> None:
        self.index.save(str(self.path))

    def open(self) -> None:
        self.start()

    def search(self, query: Rows, k: int, ef: int) -> NDArray[np.int64]:
        self.index.expansion_search = ef
        found: NDArray[np.int64] = self.index.search(query, k, threads=1).keys.astype(np.int64)
        return found


@final
class FaissHnsw(Peer):
    name, version = "FAISS HNSW", faiss.__version__

    def start(self) -> int:
        if self.path.exists():
            self.index = faiss.read_index(str(self.path))
        else:
            self.index = faiss.IndexHNSWFlat(self.rows.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
            self.index.hnsw.efConstruction = DEPTH
        faiss.omp_set_num_threads(THREADS)
        return int(self.index.ntotal)

    def add(self, first: int, rows: Rows) -> None:  # noqa: ARG002 (FAISS numbers rows as they come)
        self.index.add(rows)

    def save(self) -> None:
        faiss.write_index(self.index, str(self.path))

    def open(self) -> None:
        self.start()
        faiss.omp_set_num_threads(1)

    def search(self, query: Rows, k: int, ef: int) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.index.search(query[None], k, params=_SearchParameters(efSearch=ef))[1][0]
        return found


PEERS: dict[str, type[Peer]] = {"hnswlib": Hnswlib, "usearch": Usearch, "faiss": FaissHnsw}
