"""Every deliberate error of likewise: what was given, what was wanted, what to do next.

LikewiseError
├── InputError            what the caller gave cannot be used (also a ValueError)
│   ├── FilterError       a `where` filter that cannot be read or does not fit the data
│   └── FormatError       a file that its format's reader refuses; carries a reason code
├── SpaceError            vectors of different spaces were about to meet
├── ModelError            a model that cannot be found, read or run
├── CollectionError       a collection that cannot be opened, written or trusted
│   ├── LockedError       another process is writing to it
│   └── StorageError      the disk refused: full, read-only, failing
└── MissingLibrary        an optional library is not installed (also an ImportError)
"""

__all__ = [
    "CollectionError",
    "FilterError",
    "FormatError",
    "InputError",
    "LikewiseError",
    "LockedError",
    "MissingLibrary",
    "ModelError",
    "SpaceError",
    "StorageError",
]


class LikewiseError(Exception):
    """The root: `except LikewiseError` catches every deliberate error and nothing else."""


class InputError(LikewiseError, ValueError):
    """What the caller gave cannot be used."""


class FilterError(InputError):
    """A `where` filter that cannot be read or does not fit the data."""


class FormatError(InputError):
    """A file that its format's reader refuses; `reason` is a short stable code such as `encrypted`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class SpaceError(LikewiseError):
    """Vectors of different spaces were about to meet."""


class ModelError(LikewiseError):
    """A model that cannot be found, read or run."""


class CollectionError(LikewiseError):
    """A collection that cannot be opened, written or trusted."""


class LockedError(CollectionError):
    """Another process is writing to the collection."""


class StorageError(CollectionError):
    """The disk refused: full, read-only or failing. What was acknowledged before is intact."""


class MissingLibrary(LikewiseError, ImportError):  # noqa: N818 (says what is the matter)
    """An optional library is not installed; the message holds the command that installs it."""
