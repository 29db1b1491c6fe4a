"""One small file of every format, made here: what is in it, and where."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.formats.compound import compound

__all__ = ["SAMPLES", "TEXT", "Sample", "docx", "zipped"]

TEXT = "A leaky faucet is mended with a new washer."


@dataclass(frozen=True)
class Sample:
    """A file: the place of TEXT in it as `str(place)`, a heading above it and its title, where the format has them."""

    suffix: str
    make: Callable[[], bytes]
    place: str
    kind: str = "paragraph"
    heading: str = ""
    title: str = ""


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip container; `mimetype` is stored plain, as ODF and EPUB want."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            container.writestr(name, content, compress_type=how)
    return held.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _relations(**targets: str) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{TYPES}/{target.partition(" ")[0]}" Target="{target.partition(" ")[2]}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def docx(prolog: str = "", text: str = TEXT) -> bytes:
    """A Word document with a heading, a paragraph, a deletion and a table."""
    body = (
        '<w:p><w:pPr><w:pStyle w:val="Kop"/></w:pPr><w:r><w:t>Repairs</w:t></w:r></w:p>'
        f"<w:p><w:r><w:t>{text}</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc>"
        "</w:tr></w:tbl>"
    )
    style = f'<w:styles {W}><w:style w:styleId="Kop"><w:name w:val="heading 2"/></w:style></w:styles>'
    core = (
        '<c:coreProperties xmlns:c="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>House</dc:title></c:coreProperties>'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"{prolog}<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": style,
            "word/_rels/document.xml.rels": _relations(s="styles styles.xml"),
            "docProps/core.xml": core,
        }
    )


def _pptx() -> bytes:
    def slide(title: str, text: str) -> str:
        def box(role: str, words: str) -> str:
            return (
                f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{role}"/></p:nvPr></p:nvSpPr>'
                f"<p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>"
            )

        return f"<p:sld {P} {A}><p:cSld><p:spTree>{box('title', title)}{box('body', text)}</p:spTree></p:cSld></p:sld>"

    order = '<p:sldIdLst><p:sldId id="256" r:id="b"/><p:sldId id="257" r:id="a"/></p:sldIdLst>'
    return zipped(
        {
            "ppt/presentation.xml": f"<p:presentation {P} {R}>{order}</p:presentation>",
            "ppt/_rels/presentation.xml.rels": _relations(a="slide slides/slide1.xml", b="slide slides/slide2.xml"),
            "ppt/slides/slide1.xml": slide("Repairs", TEXT),
            "ppt/slides/slide2.xml": slide("Welcome", "First slide"),
        }
    )


def _xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Jobs"
    for row in (["what", "hours"], ["paint the wall", 3], [TEXT, 1]):
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _odt() -> bytes:
    spaces = 'xmlns:office="urn:o" xmlns:text="urn:t" xmlns:table="urn:b"'
    body = (
        f'<text:h text:outline-level="2">Repairs</text:h><text:p>{TEXT.replace(" a ", "<text:s/>a<text:s/>")}</text:p>'
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {spaces}><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
        }
    )


def _epub() -> bytes:
    page = "<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>{}</h1><p>{}</p></body></html>"
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="in/b.opf"/></rootfiles></container>',
            "in/b.opf": '<package xmlns:dc="urn:dc"><metadata><dc:title>House</dc:title></metadata><manifest>'
            '<item id="x" href="one.xhtml"/><item id="y" href="two%20.xhtml"/></manifest>'
            '<spine><itemref idref="y"/><itemref idref="x"/></spine></package>',
            "in/one.xhtml": page.format("Repairs", TEXT),
            "in/two .xhtml": page.format("Welcome", "First chapter"),
        }
    )


def _pdf() -> bytes:
    def stream(text: str) -> bytes:
        drawn = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
        return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)

    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
    page += b"/Resources << /Font << /F1 7 0 R >> >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        page % 5,
        page % 6,
        stream("First page"),
        stream(TEXT),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Title (House) >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    tail = b"xref\n0 9\n0000000000 65535 f \n%strailer\n<< /Size 9 /Root 1 0 R /Info 8 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + tail % (table, len(out))


def _parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    held = io.BytesIO()
    rows = {"what": ["paint the wall", TEXT], "hours": [3, 1], "blob": [b"\0", b"\1"]}
    parquet.write_table(pa.table(rows), held)
    return held.getvalue()


def _ipynb() -> bytes:
    cells = [
        {"cell_type": "markdown", "source": ["# Repairs\n", "\n", "Start"]},
        {"cell_type": "code", "source": [f"# {TEXT}"], "outputs": [{"text": ["printed\n"]}]},
    ]
    return json.dumps({"nbformat": 4, "cells": cells}).encode()


_MARKDOWN = f"""---
title: House
---
# Repairs

{TEXT}

```python
# no heading
```
"""
_HTML = f"""<!DOCTYPE html><html><head><title>House</title><style>p {{}}</style><script>var x = "<p>no</p>";</script>
</head><body><h2>Repairs</h2><p>{TEXT.replace("new", "<b>new</b>")}</p><ul><li>one<li>two</ul></body></html>"""
_EML = f"""From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: =?utf-8?q?Repairs?=\r\nMIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n{TEXT}\r
--x\r\nContent-Type: text/html\r\n\r\n<p>other</p>\r\n--x--\r\n"""

SAMPLES: dict[str, Sample] = {
    "text": Sample(".txt", lambda: f"Repairs\r\n\r\n{TEXT}\r\n".encode("utf-16"), "line 3"),
    "markdown": Sample(".md", _MARKDOWN.encode, "line 6", heading="Repairs", title="House"),
    "html": Sample(".html", _HTML.encode, f"characters 9-{9 + len(TEXT)}", heading="Repairs", title="House"),
    "pdf": Sample(".pdf", _pdf, "page 2", title="House"),
    "docx": Sample(".docx", docx, f"characters 9-{9 + len(TEXT)}", heading="Repairs", title="House"),
    "pptx": Sample(".pptx", _pptx, "slide 2", heading="Repairs"),
    "xlsx": Sample(".xlsx", _xlsx, "row 3 Jobs", "record"),
    "odt": Sample(".odt", _odt, f"characters 9-{9 + len(TEXT)}", heading="Repairs"),
    "rtf": Sample(".rtf", lambda: rb"{\rtf1\ansi Repairs\par %s\par}" % TEXT.encode(), f"characters 9-{9 + len(TEXT)}"),
    "epub": Sample(".epub", _epub, "chapter 2", heading="Repairs", title="House"),
    "eml": Sample(".eml", _EML.encode, "", heading="Repairs", title="Repairs"),
    "msg": Sample(".msg", lambda: compound(TEXT), ""),
    "csv": Sample(".csv", f"what;hours\npaint, twice;3\n{TEXT};1\n".encode, "row 3", "record"),
    "jsonl": Sample(
        ".jsonl", f'{{"a": [1, {{"b": null}}]}}\n{{"what": "{TEXT}"}}\n'.encode, "line 2, line 2", "record"
    ),
    "parquet": Sample(".parquet", _parquet, "row 2", "record"),
    "ipynb": Sample(".ipynb", _ipynb, "cell 2", "code", heading="Repairs", title="Repairs"),
    "code": Sample(".py", f"import os\n\n\ndef mend():\n    '''{TEXT}'''\n".encode, "line 4", "code"),
}
