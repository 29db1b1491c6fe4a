"""The vector index: a derived, rebuildable cache of a store's vectors that finds the nearest ones fast."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CollectionError, InputError, StorageError
from likewise.stores._vbuild import Progress, Sizes, build
from likewise.stores._vcodes import Codes, threads
from likewise.stores._vfiles import Manifest, read_manifest, refusal, sweep, verify
from likewise.stores._vfound import Bools, Found, Ids, Selection, merge
from likewise.stores._vplan import Plan, Planner
from likewise.stores._vrows import Rows
from likewise.types import Vectors

__all__ = ["Found", "Selection", "Sizes", "VectorIndex", "merge"]


@final
class VectorIndex:
    """Rows of (id, unit vector), found by cosine; immutable, any number of readers, never the truth.

    A row's position is its rank among the ids, ascending from 0; masks are over positions. Small indexes answer
    exactly; larger ones keep compressed codes beside the rows. Scores are always cosines of the float32 rows.
    """

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self._directory = directory
        self._manifest = manifest
        self._rows = Rows(directory, manifest)
        self._planner = _planner(directory, manifest, self._rows) if "codes" in manifest.files else None

    @classmethod
    def build(
        cls,
        directory: str | os.PathLike[str],
        dim: int,
        rows: Iterable[tuple[Ids, Vectors]],
        *,
        generation: str = "",
        sizes: Sizes | None = None,
        progress: Progress | None = None,
    ) -> VectorIndex:
        """Build the index of `directory` from batches of (ids `(n,)` int64, vectors `(n, dim)` float32), and open it.

        Ids ascend strictly over all batches; vectors are of unit length (or zero, which is near to nothing). The rows
        are streamed to disk, so memory holds the codes and a sample. An older index of the directory stays valid until
        the new one is whole, then it is replaced in one step. `generation` is kept for the caller, `progress` is
        called with (stage, done, total).

        Raises InputError for rows that break these rules, StorageError where the disk refuses.
        """
        where = Path(directory)
        try:
            where.mkdir(parents=True, exist_ok=True)
            build(where, dim, rows, generation, sizes or Sizes(), progress or (lambda _stage, _done, _total: None))
        except OSError as error:
            raise StorageError(
                f"the vector index {where} cannot be written ({error}): free the disk, try again"
            ) from error
        finally:
            sweep(where)
        return cls.open(where, check=False)

    @classmethod
    def open(cls, directory: str | os.PathLike[str], *, check: bool = True) -> VectorIndex:
        """Open the index of a directory; files are mapped, not read, apart from the codes.

        With `check` every byte is compared with its checksum (about 1 s for 1,000,000 x 384), else only lengths are.
        Raises CollectionError for a directory that holds no whole index; build it again then.
        """
        where = Path(directory)
        manifest = read_manifest(where)
        try:
            return cls._checked(where, manifest, check)
        except (CollectionError, FileNotFoundError) as error:
            newer = read_manifest(where)
            if newer != manifest:  # a build replaced the files on the way
                return cls._checked(where, newer, check)
            if isinstance(error, CollectionError):
                raise
            raise refusal(where, str(error)) from error

    @classmethod
    def _checked(cls, where: Path, manifest: Manifest, check: bool) -> VectorIndex:
        verify(where, manifest, check)
        return cls(where, manifest)

    def __len__(self) -> int:
        return self._manifest.count

    @property
    def dim(self) -> int:
        return self._manifest.dim

    @property
    def generation(self) -> str:
        """The caller's watermark, as given to `build`."""
        return self._manifest.generation

    @property
    def ids(self) -> Ids:
        """Ids by position, ascending."""
        return self._rows.ids

    def units(self, positions: NDArray[np.intp]) -> Vectors:
        """The kept vectors at these positions, `(n, dim)`."""
        return self._rows.vectors[positions]

    def positions(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Positions of these ids, in the order given; ids that are not in the index are passed over."""
        at = np.searchsorted(self.ids, ids)
        at = at[at < len(self)] if not len(self) else np.minimum(at, len(self) - 1)
        return at[self.ids[at] == ids] if len(self) else at

    def mask(self, ids: NDArray[np.int64]) -> Bools:
        """The mask over positions that allows exactly these ids."""
        mask = np.zeros(len(self), np.bool_)
        mask[self.positions(ids)] = True
        return mask

    def search(
        self, query: Vectors, k: int, allowed: Selection | Bools | None = None, *, recall: float = 0.95
    ) -> Found:
        """The k rows nearest to `query` `(dim,)` among the allowed positions (None allows all).

        The cheapest way that was measured to reach `recall` (0 to 1) is taken; 1.0 asks for exact search. Rows deleted
        since the build are the caller's to leave out of `allowed`. Raises InputError for a query of another shape,
        with NaN or infinity, a k under 1 or a mask of another length.
        """
        asked = self._unit(query)
        if k < 1:
            raise InputError(f"k is {k}, wanted at least 1")
        if not 0.0 <= recall <= 1.0:
            raise InputError(f"recall is {recall}, wanted a share from 0 to 1, such as 0.95")
        picked = Selection(allowed) if isinstance(allowed, np.ndarray) else allowed
        if picked is not None and len(picked) != len(self):
            raise InputError(f"a mask of {len(picked)} positions for an index of {len(self)}: make it from this index")
        if self._planner is None or recall >= 1.0:
            return self._rows.search(asked, k, picked)
        with threads(1):  # one query is over before a second thread has begun
            return self._planner.search(asked, k, picked, recall)

    @property
    def plan(self) -> Plan | None:
        """What was measured when the index was built; None for an index that always answers exactly."""
        return self._planner.plan if self._planner else None

    def _unit(self, query: Vectors) -> Vectors:
        if query.shape != (self.dim,):
            raise InputError(f"a query of shape {query.shape}, wanted ({self.dim},): one vector at a time")
        asked = np.ascontiguousarray(query, np.float32)
        length = float(np.linalg.norm(asked))
        if not np.isfinite(length):
            raise InputError("the query holds NaN or infinity: its encoding failed, see the report")
        return asked / np.float32(length) if length else asked


def _planner(directory: Path, manifest: Manifest, rows: Rows) -> Planner:
    codes = Codes.read(directory / manifest.files["codes"].name)
    if len(codes) != manifest.count or codes.index.d != manifest.dim:
        raise refusal(
            directory, f"its codes are of {len(codes)} x {codes.index.d}, not {manifest.count} x {manifest.dim}"
        )
    try:
        return Planner(rows, codes, Plan.read(manifest.plan))
    except (KeyError, TypeError, ValueError) as error:
        raise refusal(directory, f"its plan cannot be read ({error})") from error
