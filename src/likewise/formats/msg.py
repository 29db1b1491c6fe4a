"""Outlook messages (MSG)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from likewise.formats import Claim, File, Format
from likewise.formats._flow import Flow
from likewise.formats._mail import body, heading
from likewise.types import Part

__all__ = ["Msg"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAM = "__substg1.0_".encode("utf-16-le")
_WHOLE = 256 << 20


@final
class Msg(Format):
    """Subject, sender and body; attachments are named."""

    name = "msg"
    suffixes = (".msg",)

    def claim(self, file: File) -> Claim:
        if not file.head.startswith(_OLE):
            return Claim.NO
        return Claim.CONTENT if file.suffix in self.suffixes or _STREAM in file.head else Claim.NO

    def read(self, file: File) -> Iterator[Part]:
        from oxmsg import Message

        file.handle.seek(0)
        message = Message.load(file.handle)
        flow = Flow()
        receivers = "; ".join(r.name or r.email_address for r in message.recipients)
        yield from heading(message.subject or "", message.sender or "", receivers, flow, file.metadata)
        if message.sent_date:
            file.metadata["date"] = message.sent_date.isoformat()
        if names := "; ".join(a.file_name or "" for a in message.attachments):
            file.metadata["attachments"] = names
        text = message.body
        yield from body(text or message.html_body or "", not text, flow, file.tick)
