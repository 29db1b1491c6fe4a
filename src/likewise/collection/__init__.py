"""What a user holds: sources, an encoder and a store in one directory.

c = Collection("notes.likewise")
c.add("~/notes")
c.search("how do I fix a leaky faucet", k=5)
"""

from likewise.collection.collection import Collection
from likewise.collection.results import (
    Entry,
    OnProgress,
    Progress,
    Receipt,
    Refusal,
    ShelfStatus,
    Status,
    Verdict,
)

__all__ = ["Collection", "Entry", "OnProgress", "Progress", "Receipt", "Refusal", "ShelfStatus", "Status", "Verdict"]
