"""HTML to parts; used by the formats that carry HTML inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, final

from likewise.errors import FormatError
from likewise.formats._flow import Flow
from likewise.types import Part, Scalar

__all__ = ["html_parts"]

_SKIPPED = frozenset(
    ("script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "embed", "canvas", "select")
)
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section"),
        *("summary", "table", "tr", "ul"),
    )
)
_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_STEP = 1 << 16
_DEEPEST = 2_000
"""Depth at which the page is taken to go on below the 2,048 elements where libxml2 stops without a word."""


def html_parts(
    blocks: Iterator[str], flow: Flow, metadata: dict[str, Scalar], tick: Callable[[], None]
) -> Iterator[Part]:
    """The text of an HTML document: headings, paragraphs, tables, preformatted code; no scripts, no styles.

    Title, author and language go to the metadata. Nothing is fetched. The parser silently stops at a depth of 2,048
    elements: what it read is given, then FormatError is raised.
    """
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    fed = False
    for block in blocks:
        for at in range(0, len(block), _STEP):
            tick()
            piece = block[at : at + _STEP].replace("\0", "\ufffd")
            parser.feed(piece.encode("utf-8", "replace"))
            fed = True
    if not fed:
        return
    try:
        root = parser.close()
    except etree.XMLSyntaxError:  # nothing but blanks, or comments
        return
    if root is None:
        return
    _facts(root, metadata)
    walk = _Walk(flow)
    yield from walk.parts(root)
    if walk.deepest >= _DEEPEST:
        raise FormatError("damaged", f"its tags are nested {_DEEPEST:,} deep and more: what is below is not read")


def _facts(root: Any, metadata: dict[str, Scalar]) -> None:
    title = root.find(".//title")
    if title is not None and (text := _join(title.itertext())):
        metadata.setdefault("title", text)
    if language := root.get("lang"):
        metadata.setdefault("language", language)
    for meta in root.iterfind(".//meta[@name]"):
        name, content = (meta.get("name") or "").lower(), (meta.get("content") or "").strip()
        if name in ("author", "description", "date") and content:
            metadata.setdefault(name, content)


def _join(texts: Any) -> str:
    return _SPACE.sub(" ", "".join(texts)).strip()


@final
class _Walk:
    """One pass over a tree: text is gathered until a block begins or ends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._text: list[str] = []
        self.deepest = 0

    def parts(self, root: Any) -> Iterator[Part]:
        """The parts below an element; an element is met twice, entering and leaving."""
        stack: list[tuple[Any, bool]] = [(root, False)]
        depth = 0
        while stack:
            element, leaving = stack.pop()
            depth -= leaving
            tag = element.tag if isinstance(element.tag, str) else ""
            if tag in _BLOCKS:
                yield from self._flush()
            if not leaving and tag and tag not in _SKIPPED:
                special = self._special(element, tag)
                if special is None:
                    self._text.append(_before(element, tag))
                    stack.append((element, True))
                    depth += 1
                    self.deepest = max(self.deepest, depth)
                    stack.extend((e, False) for e in reversed(element))
                    continue
                yield from special
            self._text.append(element.tail or "")
        yield from self._flush()

    def _special(self, element: Any, tag: str) -> Iterator[Part] | None:
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            text = _join(element.itertext())
            return iter([self._flow.heading(text, int(tag[1]))] if text else [])
        if tag == "pre":
            text = "".join(element.itertext()).strip("\r\n").rstrip()
            return iter([self._flow.part(text, "code")] if text.strip() else [])
        if tag == "table" and _is_data(element):
            return self._table(element)
        return None

    def _table(self, table: Any) -> Iterator[Part]:
        """Rows as lines of cells, in parts of moderate size."""
        held, size = [], 0
        for row in table.iter("tr", "caption"):
            cells = [_join(cell.itertext()) for cell in row.iterchildren("td", "th")]
            line = " | ".join(cells) if row.tag == "tr" else _join(row.itertext())
            if not line.strip(" |"):
                continue
            held.append(line)
            size += len(line)
            if size > 4000:
                yield self._flow.part("\n".join(held), "table")
                held, size = [], 0
        if held:
            yield self._flow.part("\n".join(held), "table")

    def _flush(self) -> Iterator[Part]:
        text, self._text = "".join(self._text), []
        text = _SPACE.sub(" ", text).strip()
        if text:
            yield self._flow.part(text)


def _before(element: Any, tag: str) -> str:
    """The text of an element before its children; images speak by their description."""
    if tag == "img":
        return f" {element.get('alt') or ''} "
    return (" " if tag in ("br", "td", "th") else "") + (element.text or "")


def _is_data(table: Any) -> bool:
    """Whether a table holds data: one that holds tables, headings or paragraphs only arranges a page."""
    return next(table.iter("h1", "h2", "h3", "h4", "pre", "form", "article", "section"), None) is None and (
        next((t for t in table.iter("table") if t is not table), None) is None
    )
