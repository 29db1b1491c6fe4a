"""Mail (EML): subject, sender, body and attachments of text."""

from __future__ import annotations

import codecs
import email
import email.errors
import email.header
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from typing import final

from likewise.errors import FormatError
from likewise.formats import Claim, File, Format
from likewise.formats._decode import encoding_of, guess
from likewise.formats._flow import Flow
from likewise.formats._mail import body, heading
from likewise.formats._signatures import wide
from likewise.types import Part

__all__ = ["Eml"]

_HEADER = re.compile(
    rb"(?:[\w-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?(?:received|mime-version|message-id|return-path):", re.I
)
_WHOLE = 256 << 20
_DEEPEST = 50
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@final
class Eml(Format):
    """The plain body, or the HTML one where there is no other; attachments are named, those of text are read."""

    name = "eml"
    suffixes = (".eml", ".mht", ".mhtml")

    def claim(self, file: File) -> Claim:
        if not file.textual:
            return Claim.NO
        if file.suffix in self.suffixes:
            return Claim.SUFFIX
        return Claim.LOOKS if not file.suffix and _HEADER.match(file.head[:8192]) else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        message = _message(file)
        if message is None:
            return
        flow = Flow()
        subject, sender, receivers = (_header(message, name) for name in ("Subject", "From", "To"))
        yield from heading(subject, sender, receivers, flow, file.metadata)
        if date := _header(message, "Date"):
            file.metadata["date"] = date
        if "encrypted" in message.get_content_type() or "pkcs7-mime" in message.get_content_type():
            raise FormatError("encrypted", "its body is encrypted")
        attached: list[str] = []
        for leaf in _leaves(message, attached):
            file.tick()
            yield from body(_decoded(leaf), leaf.get_content_type() == "text/html", flow, file.tick)
        if attached:
            file.metadata["attachments"] = "; ".join(attached)


def _message(file: File) -> Message | None:
    """The message of a file; None where it is blank."""
    if file.size > _WHOLE:
        raise FormatError("too_large", f"a mail of {file.size:,} bytes; the limit is {_WHOLE:,}")
    encoding = encoding_of(file) if file.head.startswith(_BOMS) or wide(file.head) else ""
    file.handle.seek(0)
    data = file.handle.read()
    if encoding:  # mail is ASCII by its nature, and yet some programs save it in UTF-16
        data = data.decode(encoding, "replace").encode()
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    if not data.strip():
        return None
    if not message.keys():
        raise FormatError("damaged", "it has no mail header")
    return message


def _header(message: Message, name: str) -> str:
    """A header decoded; a broken one as it stands."""
    raw = str(message.get(name, ""))
    pieces = []
    try:
        for text, charset in email.header.decode_header(raw):
            pieces.append(text if isinstance(text, str) else _text(text, charset or "ascii"))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return raw
    return "".join(pieces)


def _leaves(message: Message, attached: list[str]) -> Iterator[Message]:
    """The texts in order, one out of each set of alternatives: the plain one, if there is one."""
    stack = [(message, 0)]
    while stack:
        part, depth = stack.pop()
        if depth > _DEEPEST:
            continue
        name = part.get_filename()
        if name:
            attached.append(" ".join(str(name).split()))
        if part.is_multipart():
            below = [p for p in part.get_payload() if isinstance(p, Message)]
            if part.get_content_subtype() == "alternative":
                plain = [p for p in below if p.get_content_type() == "text/plain" and _decoded(p).strip()]
                below = plain or below[-1:]
            stack.extend((p, depth + 1) for p in reversed(below))
        elif part.get_content_maintype() == "text" and part.get_content_subtype() not in ("css", "calendar", "rtf"):
            yield part


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return _text(payload, part.get_content_charset() or "") if isinstance(payload, bytes) else ""


def _text(data: bytes, charset: str) -> str:
    """Bytes by the charset that is declared if it fits, else by what they look like."""
    try:
        text: object = codecs.decode(data, charset or "utf-8")
    except (LookupError, ValueError):
        text = data.decode(guess(data[: 1 << 16]), "replace")
    return text if isinstance(text, str) else data.decode("utf-8", "replace")
