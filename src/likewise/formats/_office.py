"""What the zip-and-XML formats share: an opened container, its relations and its properties."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from likewise.errors import FormatError
from likewise.formats import File
from likewise.formats._tree import attribute, local, parse_xml
from likewise.formats._zip import check_prologs, unpack

__all__ = ["opened", "properties", "related", "tree"]


@contextmanager
def opened(file: File) -> Iterator[zipfile.ZipFile]:
    """The container of an office file, checked for bombs and entities before anything is read from it."""
    _ = file.members
    try:
        container = zipfile.ZipFile(file.handle)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FormatError("damaged", f"its zip container cannot be opened: {error}") from error
    with container:
        check_prologs(container)
        yield container


def tree(container: zipfile.ZipFile, name: str) -> Any:
    """The root of an XML member."""
    return parse_xml(unpack(container, name), name)


def related(container: zipfile.ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """Relations of a member: id -> (last word of the type, target inside the container); outside ones are left out."""
    folder, leaf = posixpath.split(name)
    source = f"{folder}/_rels/{leaf}.rels".lstrip("/")
    if source not in container.namelist():
        return {}
    return {
        attribute(e, "Id"): (attribute(e, "Type").rpartition("/")[2], _inside(folder, attribute(e, "Target")))
        for e in tree(container, source)
        if local(e) == "Relationship" and attribute(e, "TargetMode") != "External"
    }


def _inside(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def properties(container: zipfile.ZipFile, name: str, file: File) -> None:
    """Dublin Core properties of an office file to its metadata; a damaged member is passed over."""
    if name not in container.namelist():
        return
    try:
        root = tree(container, name)
    except FormatError as error:
        file.warnings.append(error.detail)
        return
    wanted = {"title": "title", "creator": "author", "subject": "subject", "language": "language", "created": "created"}
    wanted["creation-date"] = "created"
    for element in root.iter():
        key = wanted.get(local(element))
        text = " ".join((element.text or "").split())
        if key and text and key not in file.metadata:
            file.metadata[key] = text
