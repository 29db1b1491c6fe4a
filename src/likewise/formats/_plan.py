"""How a media file becomes pieces."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from likewise.errors import InputError

__all__ = ["MODALITIES", "Plan"]

MODALITIES = ("image", "audio", "video", "depth", "thermal", "motion")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a media file becomes pieces; times in seconds.

    `modality` is what every file is taken for, `rules` are (pattern, modality) pairs for those whose path matches, the
    first that does: ("*/depth/*", "depth"). Without either the content decides, which never says depth, thermal or
    motion: a PNG is an image until it is told otherwise. A PDF asked for as "image" gives pictures of its pages.

    An image gives one piece; a file of many pages one a page, up to `pages`; an animation `frames` of its frames, and
    so does each scene of a video: it ends at a cut (where `cuts`) or after `every` seconds. A video clip holds `clip`
    frames of its scene. Sounds and motions are cut into windows of `window` seconds that share `overlap`.

    `draft` lets JPEG files that are prepared for a model be decoded at 1/2, 1/4 or 1/8 of their size as long as their
    shorter side keeps so many pixels. It saves half the time from 2.4 megapixels on; what a model of 224 pixels sees
    then differs by 0.3 of 255 levels on average (0: never). Without preparers a picture is decoded whole.

    `unit` is metres a unit of depth, degrees a unit of thermal images (0: 0.001 for whole numbers of depth, else 1);
    with `focal` (pixels) and `baseline` (metres) of a camera pair, depth is read as disparity. `rate` is the samples a
    second of motions whose file does not say it (0: 50).
    """

    modality: str = ""
    rules: tuple[tuple[str, str], ...] = ()
    pages: int = 64
    frames: int = 1
    clip: int = 16
    window: float = 10.0
    overlap: float = 0.0
    every: float = 10.0
    cuts: bool = True
    draft: int = 768
    unit: float = 0.0
    focal: float = 0.0
    baseline: float = 0.0
    rate: float = 0.0

    def __post_init__(self) -> None:
        for modality in (self.modality, *(modality for _, modality in self.rules)):
            if modality and modality not in MODALITIES:
                raise InputError(f"a plan for {modality!r} is not known: there are {', '.join(MODALITIES)}")
        for name in ("pages", "frames", "clip", "window", "every"):
            if not getattr(self, name) > 0:
                raise InputError(f"plan: {name}={getattr(self, name)!r} must be above zero")
        for name in ("overlap", "draft", "unit", "focal", "baseline", "rate"):
            if not getattr(self, name) >= 0:
                raise InputError(f"plan: {name}={getattr(self, name)!r} must not be below zero")
        if self.overlap >= self.window:
            raise InputError(f"plan: windows of {self.window:g} s cannot share {self.overlap:g} s: overlap less")

    def asked(self, path: str) -> str:
        """The modality that a file at a path is to be taken for, "" where its content decides."""
        return next((modality for pattern, modality in self.rules if fnmatchcase(path, pattern)), self.modality)
