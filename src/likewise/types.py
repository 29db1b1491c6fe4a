"""What crosses rooms: frozen values, checked where they are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from likewise.errors import InputError

__all__ = [
    "Clip",
    "Embeddings",
    "Hit",
    "Hits",
    "How",
    "Item",
    "Media",
    "Metadata",
    "Motion",
    "OnProgress",
    "Part",
    "Passage",
    "Place",
    "Points",
    "Progress",
    "Report",
    "Role",
    "Scalar",
    "Sound",
    "Space",
    "Storage",
    "Vectors",
]

Role = Literal["query", "document"]
Scalar = str | int | float | bool | None
Metadata = Mapping[str, Scalar]
Vectors = NDArray[np.float32]
Storage = Literal["float32", "float16", "int8", "binary"]
"""How the numbers of a vector are kept (`likewise.quantize`)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where long work stands. `kept` names the items that became durable with this step: they are acknowledged."""

    stage: str
    done: int
    total: int | None = None
    unit: str = "passages"
    kept: tuple[str, ...] = ()


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to embed. `id` is the caller's own; `metadata` holds scalars that filters can ask for."""

    id: str
    content: object
    modality: str = "text"
    metadata: Metadata = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise InputError(f"item id {self.id!r} must be a string that is not empty")
        for key, value in self.metadata.items():
            if not isinstance(key, str) or not isinstance(value, Scalar):
                raise InputError(
                    f"item {self.id!r}: metadata {key!r}={value!r} is neither str, int, float, bool nor None; "
                    "flatten it into scalars"
                )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands in its source, so that a hit can be opened there.

    `start` and `end` count characters in the text of the unit: the whole decoded file for plain text, Markdown
    and code, else the extracted text of one page, slide, sheet, row, cell or chapter. `number` counts units from
    1, `line` counts lines of the file from 1, `heading` is the path of headings above. In a recording or a clip a
    piece lasts from `seconds` to `until`, counted from its beginning; a single moment has no `until`.
    """

    start: int = 0
    end: int = 0
    unit: str = ""
    number: int | None = None
    name: str = ""
    line: int | None = None
    heading: str = ""
    seconds: float | None = None
    until: float | None = None

    def __str__(self) -> str:
        where = " ".join(str(x) for x in (self.unit, self.number, self.name) if x not in ("", None))
        line = f"line {self.line}" if self.line else ""
        times = "-".join(_clock(t) for t in (self.seconds, self.until) if t is not None)
        whole = "" if self.end else "whole file"
        return ", ".join(x for x in (where, line, times) if x) or whole or f"characters {self.start}-{self.end}"


def _clock(seconds: float) -> str:
    """A time in a file as its player shows it, such as 00:42 or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A sound of one channel: samples `(n,)` float32 from -1 to 1, `rate` of them a second."""

    samples: Vectors
    rate: int


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Frames `(t, height, width, 3)` uint8 RGB of a video and when each is shown `(t,)`, in seconds of the file."""

    frames: NDArray[np.uint8]
    times: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What moves a body: samples `(n, axes)` float32, accelerations before turns where there are six, `rate` in Hz."""

    samples: Vectors
    rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """A piece of a file that is no text: its modality, its content and where it stands in the file.

    The content is decoded: an image `(height, width, 3)` uint8 RGB, a `Sound`, a `Clip`, depth `(height, width)`
    float32 in metres (0: not known), a thermal image `(height, width)` float32, `Motion`; or what a preparer made of
    it.
    """

    modality: str
    content: object
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Part:
    """A block of text as a format's reader gives it, in reading order; `level` is 1-6 for headings.

    A `record` (a CSV row, a JSON line) is a thing of its own and is never joined with its neighbours.
    """

    text: str
    kind: Literal["paragraph", "heading", "code", "table", "record"] = "paragraph"
    place: Place = Place()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an item, small enough to encode whole; what a store keeps and a hit shows.

    `item` is the id of the item it was cut from, `title` names the item to full-text search.
    """

    id: str
    item: str
    text: str
    title: str = ""
    place: Place = Place()
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Space:
    """The identity of a vector space: two vectors may meet only if their spaces agree.

    `weights` and `tokenizer` are SHA-256 digests, `prompts` are (role, prefix) pairs, `max_length` counts units
    (tokens for text) and `probe` holds the float32 vectors of a few fixed inputs, by which spaces with different
    fingerprints are measured against each other (`likewise.space.relate`). `vectors` says what the vectors are kept
    as, and `calibration` how such codes are read (`likewise.quantize.Codec`).
    """

    model: str
    weights: str
    tokenizer: str
    pooling: str
    prompts: tuple[tuple[str, str], ...]
    max_length: int
    dim: int
    normalize: bool
    precision: str
    runtime: str
    probe: bytes = field(default=b"", compare=False, repr=False)
    vectors: Storage = "float32"
    calibration: bytes = field(default=b"", repr=False)

    @property
    def id(self) -> str:
        """Fingerprint: 16 hexadecimal digits over every field but the probe; of the calibration, over its digest."""
        facts = {k: v for k, v in asdict(self).items() if k not in ("probe", "vectors", "calibration")}
        if self.vectors != "float32":  # a space of float32 keeps the fingerprint that it had before there were codes
            facts |= {"vectors": self.vectors, "calibration": hashlib.sha256(self.calibration).hexdigest()}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    def __str__(self) -> str:
        kept = "" if self.vectors == "float32" else f"{self.vectors} codes, "
        return f"{self.model} ({self.dim}-d, {kept}{self.precision}, {self.runtime}, {self.id})"


@dataclass(frozen=True, slots=True)
class Report:
    """What happened to one item: units (tokens) seen and used, truncated or not, failed and why.

    `note` tells what was mended on the way, such as a lone surrogate replaced by U+FFFD.
    """

    id: str
    seen: int
    used: int
    truncated: bool = False
    error: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors `(n, dim)` float32 in the caller's order, with ids, space and a report for every row.

    The row of a failed item is NaN, so that it cannot pass for a vector; its report says why.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    space: Space
    reports: tuple[Report, ...]

    def __post_init__(self) -> None:
        n = len(self.ids)
        if self.vectors.shape != (n, self.space.dim) or len(self.reports) != n:
            raise InputError(
                f"{n} ids, {len(self.reports)} reports and vectors {self.vectors.shape} do not belong together "
                f"in a space of {self.space.dim} dimensions"
            )
        if self.vectors.dtype != np.float32:
            raise InputError(f"vectors are {self.vectors.dtype}, wanted float32: use vectors.astype('float32')")
        for row in np.flatnonzero(~np.isfinite(self.vectors).all(axis=1)):
            if self.reports[row].ok:
                raise InputError(
                    f"the vector of {self.ids[row]!r} holds NaN or infinity, yet its report says it is well"
                )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def failed(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if not r.ok)

    @property
    def truncated(self) -> tuple[Report, ...]:
        return tuple(r for r in self.reports if r.truncated)


@dataclass(frozen=True, slots=True)
class Points:
    """Passages and their vectors, row by row, all of one space; `refused` tells of what has no vector and why."""

    passages: tuple[Passage, ...]
    embeddings: Embeddings
    refused: tuple[Report, ...] = ()

    def __post_init__(self) -> None:
        if tuple(p.id for p in self.passages) != self.embeddings.ids:
            raise InputError(
                f"{len(self.passages)} passages and {len(self.embeddings)} vectors do not belong together, row by row"
            )
        if self.embeddings.failed:
            raise InputError(f"{self.embeddings.failed[0].id!r} has no vector: leave failed rows out")

    def __len__(self) -> int:
        return len(self.passages)

    @property
    def space(self) -> Space:
        return self.embeddings.space

    @property
    def vectors(self) -> Vectors:
        """`(n, dim)` float32, as they are kept."""
        return self.embeddings.vectors

    @property
    def units(self) -> Vectors:
        """The vectors scaled to length 1 `(n, dim)`; a zero row stays zero."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True).astype(np.float32)
        lengths[lengths == 0] = 1
        made: Vectors = self.vectors / lengths
        return made


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer; a higher `score` is better, everywhere. `metadata` holds what filters can ask for.

    Where several vector spaces were asked, `score` is that of the fusion of their rankings, `shelf` names the part of
    the collection (each has a space of its own) that gave the hit, and `own` is the score there.
    """

    id: str
    score: float
    item: str = ""
    text: str = ""
    title: str = ""
    place: Place = Place()
    metadata: Metadata = field(default_factory=dict)
    shelf: str = ""
    own: float | None = None


@dataclass(frozen=True, slots=True)
class How:
    """How an answer was found: `way` is exact, quantised, approximate, text, hybrid, or fused from several `parts`.

    `scanned` counts the vectors compared; `recall` is what was measured for this way against exact search
    when the index was built (1.0 for exact, None where it does not apply). `parts` tells of each shelf by its name.
    """

    way: str
    scanned: int
    recall: float | None
    space: str = ""
    parts: tuple[tuple[str, How], ...] = ()


@dataclass(frozen=True, slots=True)
class Hits(Sequence[Hit]):
    """Answers, best first, and how they were found."""

    hits: tuple[Hit, ...]
    how: How

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, at: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[at]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)
