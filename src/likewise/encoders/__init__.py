"""Encoders turn items into vectors of one space; one content kind per folder, one kind of network per file.

An author writes `encode_batch`, and a `Cutter` where one input of the network does not hold every item. The contract
does the rest: order, batches of bounded size, reports, overflow, and failing items that never take others down.
"""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from copy import copy
from itertools import chain
from typing import TYPE_CHECKING, Any, Self, final, get_args

import numpy as np

from likewise.catalog import find as find_entry
from likewise.encoders._engine import POOL, Window
from likewise.encoders._items import check, named, slices
from likewise.encoders._logits import Logits
from likewise.encoders._pieces import Cut, Cutter, Overflow, Piece, Whole
from likewise.errors import InputError
from likewise.modalities import Preparer
from likewise.quantize import truncate, truncated
from likewise.types import Embeddings, OnProgress, Progress, Report, Role, Space, Vectors

if TYPE_CHECKING:
    from likewise.encoders.senses.pages import Pages
    from likewise.encoders.text.multivector import MultiVector
    from likewise.encoders.text.reranker import Reranker
    from likewise.encoders.text.sparse import Sparse
    from likewise.encoders.text.tokens import TokenEncoder

__all__ = [
    "Cut",
    "Cutter",
    "Encoder",
    "Logits",
    "Overflow",
    "Piece",
    "Whole",
    "load",
    "load_multivector",
    "load_reranker",
    "load_sparse",
]

_WINDOW = 1024  # items held and sorted by length at a time


class Encoder(ABC):
    """Items to embeddings in `space`; `budget` bounds the units (tokens, padding counted) of one batch.

    `pool` is how many units are cut, and held, before batches of like length are made of them. `encode_batch` is called
    from up to `lanes` threads at once.
    """

    def __init__(
        self,
        name: str,
        space: Space,
        cutter: Cutter | None = None,
        budget: int = 1024,
        lanes: int = 1,
        pool: int = POOL,
    ) -> None:
        self.name = name
        self.space = space
        self._cutter: Cutter = cutter or Whole()
        self._budget = budget
        self._lanes = lanes
        self._pool = pool
        self._width = space.dim
        self._whole: Encoder | None = None

    @abstractmethod
    def encode_batch(self, pieces: Sequence[Any], role: Role) -> Vectors:
        """Vectors `(n, dim)` float32 of n pieces, as the cutter made them, in their order.

        Whatever it raises fails single pieces only: a batch is halved until the failing ones are alone.
        """

    @final
    def truncated(self, dim: int) -> Self:
        """This encoder with vectors cut to their first `dim` dimensions (Matryoshka), and of length 1 again.

        Raises InputError unless 1 <= dim <= `space.dim`.
        """
        made = copy(self)
        made.space = truncated(self.space, dim)
        made._whole = self  # which may own processes that end with it
        return made

    @property
    def tokens(self) -> TokenEncoder:
        """The same network with a vector for every token. Raises InputError where there is no such network."""
        raise InputError(f"{self.name} gives one vector for a text and knows no vectors of tokens: take a transformer")

    @property
    def cutter(self) -> Cutter:
        """What cuts items into pieces."""
        return self._cutter

    @property
    def budget(self) -> int:
        """The most units of one batch, padding counted."""
        return self._budget

    @property
    def modalities(self) -> tuple[str, ...]:
        return self._cutter.modalities

    @property
    def preparers(self) -> Mapping[str, Preparer]:
        """What makes contents ready, by modality; an encoder that has such takes `Prepared` as content too."""
        return {}

    @property
    def logits(self) -> Logits | None:
        """How the makers of a joint model turn cosines into probabilities; None where they do not say."""
        return None

    @final
    def encode(
        self,
        items: Iterable[object],
        role: Role = "document",
        *,
        batch_size: int | None = None,
        overflow: Overflow = "truncate",
        progress: OnProgress | None = None,
    ) -> Embeddings:
        """Embeddings in the order of the items; plain contents, such as texts, get the ids "0", "1", ...

        What is longer than `capacity(role)` is cut off (`truncate`), fails (`error`) or is averaged over its pieces by
        their lengths (`mean`); the reports say so. An item that fails has a row of NaN and a report that says why.
        `batch_size` is the most pieces of a batch. Raises InputError for arguments that cannot be meant.
        """
        parts = list(self.stream(items, role, batch_size=batch_size, overflow=overflow, progress=progress))
        vectors = [part.vectors for part in parts]
        return Embeddings(
            ids=tuple(chain.from_iterable(part.ids for part in parts)),
            vectors=np.concatenate(vectors) if vectors else np.empty((0, self.space.dim), np.float32),
            space=self.space,
            reports=tuple(chain.from_iterable(part.reports for part in parts)),
        )

    @final
    def encode_query(self, items: Iterable[object], **options: Any) -> Embeddings:
        """`encode` in the role of queries."""
        return self.encode(items, "query", **options)

    @final
    def encode_document(self, items: Iterable[object], **options: Any) -> Embeddings:
        """`encode` in the role of documents."""
        return self.encode(items, "document", **options)

    @final
    def stream(
        self,
        items: Iterable[object],
        role: Role = "document",
        *,
        batch_size: int | None = None,
        overflow: Overflow = "truncate",
        progress: OnProgress | None = None,
    ) -> Iterator[Embeddings]:
        """Embeddings of up to 1,024 items at a time, while they come in; memory stays bounded."""
        check(items, role, batch_size, overflow, get_args(Overflow))
        total = len(items) if isinstance(items, Sized) else None
        return self._windows(items, role, (batch_size, overflow), (progress, total))

    def _windows(
        self,
        items: Iterable[object],
        role: Role,
        options: tuple[int | None, Overflow],
        watch: tuple[OnProgress | None, int | None],
    ) -> Iterator[Embeddings]:
        progress, total = watch
        before = 0

        def advance(done: int) -> None:
            if progress is not None:
                progress(Progress("encode", before + done, total, "items"))

        for some in slices(items, _WINDOW):
            yield self._window(some, before, role, options, advance)
            before += len(some)

    def _window(
        self,
        items: Sequence[object],
        first: int,
        role: Role,
        options: tuple[int | None, Overflow],
        advance: Callable[[int], None],
    ) -> Embeddings:
        batch_size, overflow = options
        known = [named(item, first + i, self.modalities) for i, item in enumerate(items)]
        good = [row for row, (_, _, wrong) in enumerate(known) if not wrong]
        window = Window(
            len(items), self._width, self.space.normalize, self._budget, batch_size, self._lanes, self._pool
        )
        cuts = self._cutter.cut([known[row][1] for row in good], role, overflow)
        done = window.fill(zip(good, cuts, strict=True), lambda pieces: self.encode_batch(pieces, role), advance)
        reports = tuple(
            window.report(row, name, done[row]) if not wrong else Report(name, 0, 0, error=wrong)
            for row, (name, _, wrong) in enumerate(known)
        )
        advance(len(items))
        vectors = window.vectors([not report.ok for report in reports])
        if self._width != self.space.dim:
            vectors = truncate(vectors, self.space.dim, self.space.normalize)
        return Embeddings(tuple(name for name, _, _ in known), vectors, self.space, reports)

    @final
    def count(self, texts: Sequence[str]) -> list[int]:
        """Units (tokens) of content in each text, however long it is."""
        return self._cutter.count(texts)

    @final
    def capacity(self, role: Role = "document") -> int:
        """Units (tokens) of content that one input holds in this role."""
        return self._cutter.capacity(role)


def load(  # noqa: PLR0913 (each is one setting, given by its name)
    name: str | os.PathLike[str] | None = None,
    *,
    precision: str = "auto",
    max_length: int | None = None,
    threads: int | None = None,
    runtime: str = "openvino",
    pooling: str | None = None,
    dim: int | None = None,
    calibration: Sequence[str] | None = None,
    file: str | None = None,
    device: str | None = None,
    processes: int | None = None,
) -> Encoder:
    """The encoder of a model folder, or of a model known by name (None: all-MiniLM-L6-v2).

    A name is looked for as a local folder, in the local Hugging Face cache, among installed packages and, online, on
    the hub. `runtime` is a member of `likewise.runtimes`, `pooling` is for folders that do not say how states become
    a vector, `dim` cuts vectors to their first dimensions and warns where the model is not known to be made for that.
    `calibration` are texts like those to come, by which `precision="int8"` is scaled (a built-in set where None).
    `file` names an .onnx or .xml file of the folder that is run in place of model.safetensors, such as
    onnx/model_qint8_avx512.onnx; `device` is for runtime torch: cpu, cuda or cuda:N (None: CUDA where there is one).
    `processes` spreads batches over so many, each with its share of `threads`, for machines of many cores; one process
    with every core where None. Raises ModelError for a model that cannot be found or used, InputError for other
    arguments.

    A folder of images, sounds or clips (CLIP, DINOv2, ...) gives an encoder that takes these; a .toml describes a
    network of one's own. Settings that an encoder does not have are refused.
    """
    from likewise.encoders._open import Settings, opened

    asked = Settings(precision, max_length, threads, runtime, pooling, calibration, file, device, processes)
    encoder = opened(name, asked)
    if dim is None or dim == encoder.space.dim:
        return encoder
    _doubt(encoder.name, dim)
    return encoder.truncated(dim)


def load_multivector(
    name: str | os.PathLike[str],
    *,
    precision: str = "auto",
    max_length: int | None = None,
    threads: int | None = None,
    runtime: str = "openvino",
) -> MultiVector | Pages:
    """The model of a folder or name that gives a vector for every token, compared by best matches (ColBERT).

    It reads the layouts of ColBERT, PyLate and sentence-transformers, where `max_length` counts tokens of a document,
    and ColQwen2, which takes pages as images (`Pages`).
    Arguments and errors as for `load`.
    """
    from likewise.encoders._resolve import resolve
    from likewise.encoders.senses._folder import architecture
    from likewise.encoders.text.multivector import MultiVector

    found = resolve(name)
    if architecture(found.path) is not None:
        from likewise.encoders.senses.pages import Pages  # which needs Pillow

        return Pages(found, precision=precision, max_length=max_length, threads=threads, runtime=runtime)
    return MultiVector(found, precision=precision, max_length=max_length, threads=threads, runtime=runtime)


def load_sparse(
    name: str | os.PathLike[str],
    *,
    precision: str = "auto",
    max_length: int | None = None,
    threads: int | None = None,
    runtime: str = "openvino",
) -> Sparse:
    """The model of a folder or name that weighs the words of a text (SPLADE).

    It reads masked language models and the modules of sentence-transformers' SparseEncoder.
    Arguments and errors as for `load`.
    """
    from likewise.encoders._resolve import resolve
    from likewise.encoders.text.sparse import Sparse

    return Sparse(resolve(name), precision=precision, max_length=max_length, threads=threads, runtime=runtime)


def load_reranker(
    name: str | os.PathLike[str],
    *,
    precision: str = "auto",
    max_length: int | None = None,
    threads: int | None = None,
    runtime: str = "openvino",
) -> Reranker:
    """The model of a folder or name that scores a question and a text read together (a cross-encoder).

    It reads what transformers and sentence-transformers save of one; `max_length` counts tokens of both.
    Arguments and errors as for `load`.
    """
    from likewise.encoders._resolve import resolve
    from likewise.encoders.text.reranker import Reranker

    return Reranker(resolve(name), precision=precision, max_length=max_length, threads=threads, runtime=runtime)


def _doubt(name: str, dim: int) -> None:
    """Warn where the card of a known model does not say that its vectors may be cut to `dim` dimensions."""
    entry = find_entry(name)
    if entry is None or dim in entry.matryoshka:
        return
    made = "is not made to be cut"
    if entry.matryoshka:
        made = f"is made to be cut to {', '.join(map(str, entry.matryoshka))} dimensions"
    said = f"{name} {made}, as far as its card says; `likewise compress` measures what dim={dim} costs"
    warnings.warn(said, stacklevel=3)
