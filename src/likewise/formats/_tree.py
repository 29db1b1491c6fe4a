"""XML and HTML trees, read with nothing fetched, nothing expanded and bounded nesting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from likewise.errors import FormatError

__all__ = ["attribute", "child", "local", "parse_xml", "walk"]


def parse_xml(data: bytes, name: str) -> Any:
    """The root element of an XML document; raises FormatError `damaged`, or `bomb` where it declares entities."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FormatError("damaged", f"{name} inside it is no sound XML: {error}") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise FormatError("bomb", f"{name} inside it declares entities")
    return root


def local(element: Any) -> str:
    """The name of an element without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """The value of an attribute in any namespace, "" where it is missing."""
    return next((str(v) for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def child(element: Any, *path: str) -> Any:
    """The first descendant along a path of local names, None where it is missing."""
    for name in path:
        element = next((e for e in element if local(e) == name), None)
        if element is None:
            return None
    return element


def walk(element: Any, *names: str) -> Iterator[Any]:
    """Descendants of the given local names, in document order."""
    wanted = frozenset(names)
    return (e for e in element.iter() if local(e) in wanted)
