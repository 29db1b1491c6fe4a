"""Photos of phones (HEIC, HEIF), by libheif."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from likewise.formats import Claim, File, Plan, Wordless
from likewise.formats._pillow import facts, opened, within
from likewise.formats._rgb import rgb, upright
from likewise.types import Media

__all__ = ["Heic"]


@final
class Heic(Wordless):
    """One picture, the main one of the file, upright; further ones and depth beside it are left out."""

    name = "heic"
    suffixes = (".heic", ".heif", ".hif")
    modalities = ("image",)

    def claim(self, file: File) -> Claim:
        return Claim.CONTENT if file.head[4:8] == b"ftyp" and _brands(file.head) else Claim.NO

    def view(self, file: File, plan: Plan, wanted: frozenset[str]) -> Iterator[Media]:  # noqa: ARG002 one modality
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        image = opened(file)
        facts(image, file)
        within(image, file)
        image.load()
        yield Media("image", upright(rgb(image), image, file.warnings))


def _brands(head: bytes) -> bool:
    """Whether a brand of HEVC stands among those that the file names; AVIF is Pillow's."""
    brands = head[8:12], *(head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), 128), 4))
    return any(
        brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1") for brand in brands
    ) and not any(brand in (b"avif", b"avis") for brand in brands)
