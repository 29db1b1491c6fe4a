"""Good files to be planted beside hostile ones: each tells one thing that no other file does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Planted", "plant"]

_TOWNS = (
    *("Aberdeen", "Bergen", "Cadiz", "Dakar", "Esbjerg", "Funchal", "Galway", "Hobart", "Izmir", "Jaffa", "Kotor"),
    *(
        "Lagos",
        "Mombasa",
        "Naples",
        "Odessa",
        "Porto",
        "Quito",
        "Reykjavik",
        "Split",
        "Tromso",
        "Utrecht",
        "Valparaiso",
    ),
    *("Windhoek", "Xiamen", "Yokohama", "Zadar"),
)
_TRADES = (
    ("baker", "keeps the sourdough warm under a woollen coat", "keeps dough warm with a coat"),
    ("beekeeper", "hums to the hives before a thunderstorm", "sings to the bees before bad weather"),
    ("clockmaker", "oils every spring with whale-free grease", "lubricates the springs of clocks"),
    ("ferryman", "counts passengers by the hats they wear", "counts people on a boat by their hats"),
    ("gardener", "waters the tomatoes with cold tea", "gives cold tea to vegetables"),
    ("librarian", "mends torn pages with rice paste", "repairs books with glue made of rice"),
)


@dataclass(frozen=True)
class Planted:
    """A planted file, and a question that it answers in other words than its own."""

    path: Path
    question: str


def plant(folder: Path) -> list[Planted]:
    """Put two files into every folder below that holds files: one sorts before all the others, one after them."""
    folders = sorted({path.parent for path in folder.rglob("*") if path.is_file()})
    found = []
    for number in range(2 * len(folders)):
        town = _TOWNS[number % len(_TOWNS)]
        trade, fact, asked = _TRADES[number // len(_TOWNS) % len(_TRADES)]
        suffix = list(_MAKERS)[number % len(_MAKERS)]
        path = folders[number // 2] / f"{'!first' if number % 2 == 0 else 'zzz-last'}-{number}{suffix}"
        path.write_bytes(_MAKERS[suffix](f"The {trade} of {town} {fact}."))
        found.append(Planted(path, f"which {trade} in {town} {asked}?"))
    return found


def _zipped(**members: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED  # ODF wants it so
            container.writestr(name, content, how)
    return held.getvalue()


def _docx(text: str) -> bytes:
    words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{words}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    return _zipped(**{"[Content_Types].xml": "<Types/>", "word/document.xml": body})


def _odt(text: str) -> bytes:
    office, words = (f"urn:oasis:names:tc:opendocument:xmlns:{part}:1.0" for part in ("office", "text"))
    body = f"<o:body><o:text><t:p>{text}</t:p></o:text></o:body>"
    content = f'<o:document-content xmlns:o="{office}" xmlns:t="{words}">{body}</o:document-content>'
    return _zipped(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": content})


_MAKERS: dict[str, Callable[[str], bytes]] = {
    ".txt": lambda text: text.encode("utf-16"),
    ".md": lambda text: f"# A note\n\n{text}\n".encode(),
    ".html": lambda text: f"<!doctype html><title>A note</title><p>{text}".encode(),
    ".docx": _docx,
    ".csv": lambda text: f"what,when\nnothing,yesterday\n{text},today\n".encode(),
    ".odt": _odt,
    ".jsonl": lambda text: (json.dumps({"note": text}) + "\n").encode(),
    ".eml": lambda text: f"From: a@example.org\r\nSubject: A note\r\n\r\n{text}\r\n".encode(),
    ".rtf": lambda text: rb"{\rtf1\ansi %s\par}" % text.encode(),
    ".ipynb": lambda text: json.dumps({"cells": [{"cell_type": "markdown", "source": [text]}]}).encode(),
    ".py": lambda text: f'def note():\n    """{text}"""\n'.encode(),
}
