"""A library that is not installed costs the files that need it, with the command that installs it; others are read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.errors import FormatError
from likewise.formats import Reader
from tests.formats.media import MEDIA, heard, tone

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("library", "name", "extra"),
    [
        ("av", "a.mp4", "video"),
        ("soundfile", "a.wav", "audio"),
        ("pillow_heif", "a.heic", "heic"),
        ("resvg_py", "a.svg", "svg"),
    ],
)
def test_the_command_is_told(
    library: str, name: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    told = f"raise ModuleNotFoundError(name={library!r})\n"
    (lacking / f"{library}.py").write_text(told, encoding="ascii")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(lacking), os.environ.get("PYTHONPATH", "")]))
    made = heard(tone(1.0), 16_000) if library == "soundfile" else MEDIA[extra].make()
    (tmp_path / name).write_bytes(made)
    (tmp_path / "b.png").write_bytes(MEDIA["image"].make())
    with Reader() as reader:
        with pytest.raises(FormatError) as caught:
            list(reader.view(tmp_path / name))
        assert caught.value.reason == "missing_library"
        assert f"{library}: pip install 'likewise[{extra}]'" in caught.value.detail
        assert len(list(reader.view(tmp_path / "b.png"))) == 1


def test_the_caller_imports_no_decoder(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(MEDIA["image"].make())
    code = (
        "import sys; from likewise.formats import Reader, kind_of\n"
        "print(kind_of(sys.argv[1]), end=' ')\n"
        "with Reader() as reader: print(len(list(reader.view(sys.argv[1]))), end=' ')\n"
        "print([m for m in ('PIL', 'av', 'soundfile', 'soxr', 'pillow_heif', 'resvg_py') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.png")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "image 1 []\n"
