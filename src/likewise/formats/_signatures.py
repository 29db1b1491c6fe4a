"""What a file that is read by no format is, told from its first bytes."""

from __future__ import annotations

import codecs

__all__ = ["signature", "textual", "wide"]

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"BM", "a BMP image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"II+\0", "a TIFF image"),
    (0, b"MM\0+", "a TIFF image"),
    (0, b"8BPS", "a Photoshop image"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"\0\0\2\0", "a cursor"),
    (0, b"icns", "an icon"),
    (0, b"DDS ", "a DDS image"),
    (0, b"SIMPLE  =", "a FITS image"),
    (0, b"\x01\xda", "an SGI image"),
    (0, b"qoif", "a QOI image"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 image"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (0, b"ID3", "MP3 audio"),
    (0, b"\xff\xfb", "MP3 audio"),
    (0, b"\xff\xfa", "MP3 audio"),
    (0, b"\xff\xf3", "MP3 audio"),
    (0, b"\xff\xf2", "MP3 audio"),
    (0, b"\xff\xe3", "MP3 audio"),
    (0, b"\xff\xf1", "AAC audio"),
    (0, b"\xff\xf9", "AAC audio"),
    (0, b"\x0b\x77", "AC-3 audio"),
    (0, b"#!AMR", "AMR audio"),
    (8, b"AIFF", "AIFF audio"),
    (8, b"AIFC", "AIFF audio"),
    (0, b"caff", "CAF audio"),
    (0, b".snd", "AU audio"),
    (0, b"RF64", "WAV audio"),
    (0, b"riff\x2e\x91\xcf\x11", "WAV audio"),
    (0, b"wvpk", "WavPack audio"),
    (0, b"MAC ", "Monkey's audio"),
    (0, b"TTA1", "TTA audio"),
    (0, b"fLaC", "FLAC audio"),
    (0, b"OggS", "Ogg audio or video"),
    (8, b"WAVE", "WAV audio"),
    (8, b"WEBP", "a WebP image"),
    (8, b"AVI ", "AVI video"),
    (0, b"FLV\x01", "Flash video"),
    (0, b"\0\0\x01\xba", "MPEG video"),
    (0, b"\0\0\x01\xb3", "MPEG video"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "ASF audio or video"),
    (0, b".RMF", "RealMedia video"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "MXF video"),
    (0, b"DKIF", "IVF video"),
    (0, b"YUV4MPEG2 ", "raw video"),
    (4, b"moov", "MP4 audio or video"),
    (4, b"mdat", "MP4 audio or video"),
    (4, b"wide", "MP4 audio or video"),
    (4, b"ftypheic", "a HEIC image"),
    (4, b"ftypmif1", "a HEIC image"),
    (4, b"ftypmsf1", "a HEIC image"),
    (4, b"ftypheix", "a HEIC image"),
    (4, b"ftyphevc", "a HEIC image"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftypavis", "an AVIF image"),
    (4, b"ftyp", "MP4 audio or video"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska video"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\xca\xfe\xba\xbe", "a program"),
    (0, b"\0asm", "a WebAssembly program"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"wOFF", "a font"),
    (0, b"OTTO", "a font"),
    (0, b"\0\1\0\0\0", "a font"),
    (0, b"\x80\x02}", "a Python pickle"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
)

_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)

_CONTROL = bytes(c for c in range(32) if c not in b"\t\n\r\f\v\b\x1a\x1b\x0e\x0f")
"""Control characters that no text holds; SO, SI and ESC switch character sets in ISO-2022."""


def signature(head: bytes) -> str:
    """What the bytes are, such as "a PNG image", or "" where they are not known."""
    return next((what for at, magic, what in _MAGIC if head.startswith(magic, at)), "")


def textual(head: bytes) -> bool:
    """Whether bytes can be text in some encoding: no control characters, unless in UTF-16 or UTF-32."""
    if head.startswith(_BOMS):
        return True
    if wide(head):
        return True
    if signature(head) and not head[:2].isascii():
        return False
    return len(head.translate(None, _CONTROL)) >= len(head) * 0.998 and (b"\0" not in head)


def wide(head: bytes) -> str:
    """The name of a UTF-16 or UTF-32 encoding without a byte order mark, or "".

    Real text of any script holds spaces, digits or line breaks, whose zero bytes stand on one side only.
    """
    sample = head[: len(head) & ~3][:4096]
    if len(sample) < 8 or b"\0" not in sample:
        return ""
    for name, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if _plausible(sample, name, unit):
            return name
    return ""


def _plausible(sample: bytes, name: str, unit: int) -> bool:
    try:
        text = sample.decode(name)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - unit:
            return False
        text = sample[: error.start].decode(name)
    plain = sum(c in " \n\r\t,.-" or c.isalnum() for c in text)
    spaces = sum(c in " \n\r\t　、。" for c in text)
    return "\0" not in text and plain >= 0.8 * len(text) and (spaces > 0 or text.isascii())
