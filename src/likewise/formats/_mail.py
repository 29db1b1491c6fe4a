"""What the formats of mail share: the header block and the bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from likewise.formats._flow import Flow
from likewise.formats._markup import html_parts
from likewise.types import Part, Scalar

__all__ = ["body", "heading"]


def heading(subject: str, sender: str, receivers: str, flow: Flow, metadata: dict[str, Scalar]) -> Iterator[Part]:
    """The subject as a heading and who wrote to whom as a line below it; all to the metadata too."""
    subject, sender, receivers = (" ".join(x.split()) for x in (subject, sender, receivers))
    metadata.update(title=subject, author=sender, to=receivers)
    if subject:
        yield flow.heading(subject, 1)
    line = "; ".join(f"{name}: {value}" for name, value in (("From", sender), ("To", receivers)) if value)
    if line:
        yield flow.part(line)


def body(text: str, html: bool, flow: Flow, tick: Callable[[], None]) -> Iterator[Part]:
    """The parts of a body, plain or HTML."""
    if html:
        yield from html_parts(iter([text]), flow, {}, tick)
        return
    for block in text.replace("\r\n", "\n").split("\n\n"):
        if block.strip():
            yield flow.part(block.strip())
