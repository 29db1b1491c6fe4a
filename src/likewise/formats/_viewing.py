"""The child's side of `Reader.view`: choose a leaf, decode, prepare, and say what could not be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from likewise.errors import FormatError, InputError
from likewise.formats import Claim, File, Format, Viewable
from likewise.formats._kinds import sense
from likewise.formats._plan import Plan
from likewise.formats._signatures import signature
from likewise.types import Media, Motion, Place, Sound

if TYPE_CHECKING:
    from likewise.modalities import Preparer

__all__ = ["chosen", "pieces"]


def chosen(file: File, formats: Sequence[Format], asked: str) -> Viewable:
    """The leaf that gives a file's pieces: of the modality asked for, or as the content says."""
    able = [f for f in formats if isinstance(f, Viewable) and (asked in f.modalities if asked else not f.on_request)]
    best, claim = max(((f, f.claim(file)) for f in able), key=lambda pair: pair[1])
    if claim > Claim.TEXT:
        return best
    what = signature(file.head) or ("text" if file.sense == "text" else "of no known format")
    if asked:
        raise FormatError("unsupported", f"it is {what}, which gives no {asked}")
    if sense(file.head, file.suffix) == "text":
        raise FormatError("unsupported", f"it is {what}, which is read for its text, not viewed")
    raise FormatError("unsupported", f"it is {what}, which is not read")


def pieces(file: File, leaf: Viewable, plan: Plan, preparers: Mapping[str, Preparer], asked: str) -> Iterator[Media]:
    """The pieces that are wanted, prepared where there are preparers."""
    wanted = _wanted(leaf, preparers, asked)
    plan = plan if preparers else replace(plan, draft=0)
    given, refused = 0, ""
    for media in leaf.view(file, plan, wanted):
        file.tick()
        try:
            for piece in _prepared(media, preparers[media.modality]) if preparers else (media,):
                given += 1
                yield piece
        except InputError as error:
            refused = str(error)
            file.warnings.append(f"{media.place}: {refused}")
    if not given:
        raise FormatError("unfit", refused) if refused else FormatError("no_content", "there is nothing in it")


def _wanted(leaf: Viewable, preparers: Mapping[str, Preparer], asked: str) -> frozenset[str]:
    """The modalities that a leaf is to give: those that are prepared; without preparers all, a video as its frames."""
    has = frozenset(leaf.modalities)
    wanted = (frozenset(preparers) or has - {"video"}) & (frozenset((asked,)) if asked else has)
    if asked == "video" and not preparers:
        wanted = has & {"video"}
    if not wanted:
        lacking = ", ".join(sorted(preparers)) or asked
        raise FormatError("unsupported", f"it holds {' and '.join(leaf.modalities)}, and {lacking} is wanted")
    return wanted


def _prepared(media: Media, preparer: Preparer) -> Iterator[Media]:
    """What a preparer makes of a piece: more than one where an input does not hold it whole."""
    parts = preparer.windows(media.content)
    for part, place in zip(parts, _places(media, parts), strict=True):
        yield Media(media.modality, preparer.prepare(part), place)


def _places(media: Media, parts: Sequence[Any]) -> list[Place]:
    """Where the parts of a piece stand, told from their lengths: one after the other, the last one at the end.

    Parts that are filled up, or share more than that, stand where the piece does.
    """
    whole, place = media.content, media.place
    if len(parts) == 1 or not isinstance(whole, Sound | Motion) or place.seconds is None:
        return [place] * len(parts)
    lengths = [len(part.samples) / part.rate for part in parts]
    total = len(whole.samples) / whole.rate
    if max(lengths) > total or sum(lengths[:-1]) > total * 1.001:
        return [place] * len(parts)
    starts = [sum(lengths[:i]) for i in range(len(parts) - 1)] + [total - lengths[-1]]
    return [
        replace(place, seconds=round(place.seconds + start, 6), until=round(place.seconds + start + length, 6))
        for start, length in zip(starts, lengths, strict=True)
    ]
