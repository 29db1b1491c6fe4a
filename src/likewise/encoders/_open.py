"""The encoder that a folder, a known name or one's own description stands for, by what is found there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields

from likewise.encoders import Encoder
from likewise.encoders._kinds import require_dense
from likewise.encoders._licence import tell_licence
from likewise.encoders._resolve import Found, resolve
from likewise.encoders._spread import Spread
from likewise.encoders.senses._folder import architecture
from likewise.encoders.text._static_folder import is_static
from likewise.encoders.text.static import Static
from likewise.encoders.text.transformer import Transformer
from likewise.errors import InputError, ModelError

__all__ = ["Settings", "opened"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of `load` but for the name and the dimensions."""

    precision: str = "auto"
    max_length: int | None = None
    threads: int | None = None
    runtime: str = "openvino"
    pooling: str | None = None
    calibration: Sequence[str] | None = None
    file: str | None = None
    device: str | None = None
    processes: int | None = None

    def only(self, name: str, *known: str) -> None:
        """Raises InputError for settings that are given and that the encoder of that name does not have."""
        plain = Settings()
        own = [f.name for f in fields(self) if getattr(self, f.name) != getattr(plain, f.name)]
        strange = [setting for setting in own if setting not in known]
        if strange:
            raise InputError(f"{name} knows no {', '.join(strange)}: of these settings it has {', '.join(known)}")


def opened(name: str | os.PathLike[str] | None, asked: Settings) -> Encoder:
    """The encoder, as `load` says, with all its dimensions."""
    if name is not None and os.fspath(name).endswith(".toml"):
        from likewise.encoders.senses.extractor import Extractor

        asked.only(os.fspath(name), "threads")
        return Extractor(name, threads=asked.threads)
    found = resolve(name, asked.file)
    tell_licence(found.name, found.path)
    if asked.file is None and is_static(found.path):
        return Static(found, max_length=asked.max_length)
    made = architecture(found.path) if asked.file is None else None
    if made is not None and made.multi:
        raise ModelError(f"{found.name} gives a vector for every token: take likewise.load_multivector")
    if made is not None:
        from likewise.encoders.senses.towers import Towers  # which needs Pillow

        asked.only(found.name, "precision", "max_length", "threads", "runtime", "device")
        return Towers(
            found,
            precision=asked.precision,
            max_length=asked.max_length,
            threads=asked.threads,
            runtime=asked.runtime,
            device=asked.device,
        )
    return _text(name, found, asked)


def _text(name: str | os.PathLike[str] | None, found: Found, asked: Settings) -> Encoder:
    require_dense(found.path)
    encoder = Transformer(
        found,
        precision=asked.precision,
        max_length=asked.max_length,
        threads=asked.threads,
        runtime=asked.runtime,
        pooling=asked.pooling,
        calibration=asked.calibration,
        device=asked.device,
    )
    if asked.processes is None:
        return encoder
    again = ("max_length", "pooling", "file", "threads", "runtime", "device")
    settings = {"name": name and os.fspath(name), **{setting: getattr(asked, setting) for setting in again}}
    return Spread(encoder, asked.processes, settings, asked.calibration)
