"""The user's cache folder: whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from likewise.saving import cached, digest, tensors


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_is_kept_is_not_made_again(home: Path) -> None:
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"value"

    assert [cached("kind", "key", make) for _ in range(3)] == [b"value"] * 3
    assert len(made) == 1
    assert cached("kind", "other", make) == b"value"
    assert len(made) == 2


@pytest.mark.parametrize("spoilt", [b"", b"short", bytes(100)])
def test_what_is_spoilt_is_made_again(home: Path, spoilt: bytes) -> None:
    cached("kind", "key", lambda: b"old")
    (file,) = (home / "kind").iterdir()
    file.write_bytes(spoilt)
    assert cached("kind", "key", lambda: b"new") == b"new"
    assert cached("kind", "key", lambda: b"newer") == b"new"


def test_a_cache_that_cannot_be_written_is_passed_over(home: Path) -> None:
    home.write_text("a file where the folder should be")
    assert cached("kind", "key", lambda: b"value") == b"value"


def test_no_part_is_left_behind(home: Path) -> None:
    for i in range(20):
        cached("kind", str(i), lambda: b"value")
    assert not [p for p in (home / "kind").iterdir() if p.name.startswith(".")]


def test_a_digest_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content in (b"one", b"two", b"three"):
        file.write_bytes(content)
        os.utime(file, ns=(0, len(content) + content[0]))
        assert digest(file) == hashlib.sha256(content).hexdigest()
        assert digest(file) == hashlib.sha256(content).hexdigest()


def test_tensors_of_every_float_type(tmp_path: Path) -> None:
    values = np.array([[1.5, -2.0], [0.25, 1e-3]], dtype=np.float32)
    file = tmp_path / "model.safetensors"
    save_file({"f4": values, "f2": values.astype(np.float16), "ids": np.arange(3)}, file)
    found = tensors(file)
    assert set(found) == {"f4", "f2"}
    assert all(tensor.dtype == np.float32 for tensor in found.values())
    assert np.array_equal(found["f4"], values)
    assert np.array_equal(found["f2"], values.astype(np.float16).astype(np.float32))
    found["f4"][:] = 0  # a copy-on-write map: the file stays as it is
    assert np.array_equal(tensors(file)["f4"], values)
