"""Drawings (SVG), painted by resvg, which runs no script; what names another file is left out."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator
from typing import final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._kinds import is_drawing
from likewise.formats._rgb import rgb
from likewise.types import Media

__all__ = ["Svg"]

_SIDE = 1024
_MOST = 32 << 20
_SIZE = re.compile(
    rb"""<(?:\w+:)?svg\b[^>]*?\bviewBox\s*=\s*["']\s*\S+[\s,]+\S+[\s,]+([\d.eE+]+)[\s,]+([\d.eE+]+)""", re.S
)
_REFERENCE = re.compile(rb"""((?:[\w.-]+:)?href\s*=\s*)(["'])(?!\s*(?:#|data:)).*?\2""", re.S)
_GZIP = b"\x1f\x8b"


@final
class Svg(Wordless):
    """One picture whose longer side has 1,024 pixels, what is transparent on white; entities are not expanded."""

    name = "svg"
    suffixes = (".svg", ".svgz")
    modalities = ("image",)

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if is_drawing(file.head, file.suffix) else Claim.NO

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        import resvg_py
        from PIL import Image

        text = _text(file)
        if b"<!ENTITY" in text:
            raise FormatError("bomb", "it declares entities, which are not expanded")
        text = _REFERENCE.sub(rb"\1\2\2", text)  # a drawing may show no other file
        found = _SIZE.search(text[: 1 << 16])
        wide = found is None or float(found[1] or 1) >= float(found[2] or 1)
        width, height = (_SIDE, None) if wide else (None, _SIDE)
        try:
            painted = resvg_py.svg_to_bytes(svg_string=text.decode("utf-8", "replace"), width=width, height=height)
        except (ValueError, RuntimeError) as error:
            raise FormatError("damaged", f"it cannot be painted: {error}") from error
        with Image.open(io.BytesIO(bytes(painted)), formats=["PNG"]) as image:
            file.metadata.update(format="SVG", width=image.width, height=image.height)
            yield Media("image", rgb(image))


def _text(file: File) -> bytes:
    """The drawing, unpacked where it is; no more than 32 MiB of it."""
    file.handle.seek(0)
    source = gzip.GzipFile(fileobj=file.handle) if file.head.startswith(_GZIP) else file.handle
    text = source.read(_MOST + 1)
    if len(text) > _MOST:
        raise FormatError("bomb", f"it unpacks to more than {_MOST:,} bytes")
    return text
