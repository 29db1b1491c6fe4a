"""Fetching models, from a hub on this machine that answers as the real one does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as load_weights
from safetensors.numpy import save as save_weights

from likewise.encoders import load
from likewise.errors import ModelError
from likewise.hub import fetch, snapshots
from tests.runtimes.files import write_onnx
from tests.tiny import tiny_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server holds; `claims` replaces the SHA-256 that it tells of a file, `cut` ends a file too early."""

    files: dict[str, bytes]
    claims: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def digest(self, name: str) -> str:
        return self.claims.get(name) or hashlib.sha256(self.files[name]).hexdigest()

    def listing(self) -> bytes:
        siblings: list[dict[str, Any]] = []
        for name, content in self.files.items():
            lfs = {"sha256": self.digest(name), "size": len(content), "pointerSize": 130}
            siblings.append({"rfilename": name, "size": len(content), "blobId": "0" * 40})
            if name.endswith((".safetensors", ".bin", ".onnx")):
                siblings[-1]["lfs"] = lfs
        facts = {"id": "someone/tiny", "modelId": "someone/tiny", "sha": COMMIT, "private": False, "tags": []}
        return json.dumps(facts | {"downloads": 0, "likes": 0, "siblings": siblings}).encode()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append(f"{self.command} {path}")
        if path == "/api/models/someone/tiny":
            self._send(self.hub.listing(), {}, body)
            return
        name = path.removeprefix(f"/someone/tiny/resolve/{COMMIT}/")
        if name not in self.hub.files:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        headers = {"ETag": f'"{self.hub.digest(name)}"', "X-Repo-Commit": COMMIT}
        self._send(self.hub.files[name], headers, body, cut=name == self.hub.cut)

    def _send(self, content: bytes, headers: dict[str, str], body: bool, cut: bool = False) -> None:
        self.send_response(200)
        for key, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(content[: len(content) // 2] if cut else content)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    folder = tiny_model(tmp_path / "origin")
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    held = Hub(files | {"pytorch_model.bin": b"pickle", "run.py": b"code", "onnx/model.onnx": b"graph"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": held}))
    held.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


FETCH = """
import sys
from likewise.errors import ModelError
from likewise.hub import fetch
try:
    print(fetch(sys.argv[1], (), sys.argv[2] or None))
except ModelError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
"""


def ask(hub: Hub, cache: Path, name: str = "someone/tiny", file: str = "") -> subprocess.CompletedProcess[str]:
    """Fetch in a process of its own: the library reads its settings once, when it is imported."""
    settings = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    settings |= {"HF_HUB_DOWNLOAD_TIMEOUT": "2", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    quiet = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    command = [sys.executable, "-c", FETCH, name, file]
    return subprocess.run(command, env=quiet | settings, capture_output=True, text=True, timeout=60, check=False)


def test_a_model_is_fetched_whole_and_without_code(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ask(hub, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    got = {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}
    assert got == set(hub.files) - {"pytorch_model.bin", "run.py", "onnx/model.onnx"}
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    assert load("someone/tiny").space.weights == load(tmp_path / "origin").space.weights
    fetched = [line for line in hub.asked if line.startswith("GET") and "resolve" in line]
    assert fetched[-1].endswith("model.safetensors")  # last, so that weights mean a whole folder


def test_weights_in_parts_are_fetched_with_their_index_last(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = load_weights(hub.files.pop("model.safetensors"))
    parts = {f"model-{i:05}-of-00002.safetensors": dict(list(weights.items())[i - 1 :: 2]) for i in (1, 2)}
    named = {name: part for part, tensors in parts.items() for name in tensors}
    hub.files |= {part: save_weights(tensors) for part, tensors in parts.items()}
    hub.files["model.safetensors.index.json"] = json.dumps({"weight_map": named}).encode()
    done = ask(hub, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    fetched = [line for line in hub.asked if line.startswith("GET") and "resolve" in line]
    assert fetched[-1].endswith("index.json")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    whole, joined = load(tmp_path / "origin", precision="fp32"), load("someone/tiny", precision="fp32")
    np.testing.assert_array_equal(joined.encode(["a text"]).vectors, whole.encode(["a text"]).vectors)


def test_weights_that_are_not_what_the_hub_says_are_removed(hub: Hub, tmp_path: Path) -> None:
    hub.claims["model.safetensors"] = "f" * 64
    done = ask(hub, tmp_path / "cache")
    assert done.returncode == 3
    assert "SHA-256" in done.stderr
    assert not list((tmp_path / "cache").rglob("model.safetensors"))
    assert "f" * 64 not in {p.name for p in (tmp_path / "cache").rglob("*")}


def test_weights_cut_short_are_never_in_the_cache(hub: Hub, tmp_path: Path) -> None:
    hub.cut = "model.safetensors"
    done = ask(hub, tmp_path / "cache")
    assert done.returncode == 3
    assert "fetching it failed" in done.stderr
    assert not list((tmp_path / "cache").rglob("model.safetensors"))


def test_an_unknown_model_and_one_without_safetensors(hub: Hub, tmp_path: Path) -> None:
    unknown = ask(hub, tmp_path / "cache", "someone/else")
    assert unknown.returncode == 3
    assert "nor on the hub" in unknown.stderr
    del hub.files["model.safetensors"]
    pickled = ask(hub, tmp_path / "cache")
    assert pickled.returncode == 3
    assert "no model.safetensors" in pickled.stderr


def test_a_hub_that_is_not_there(hub: Hub, tmp_path: Path) -> None:
    hub.url = "http://127.0.0.1:9"  # the discard port: nobody listens
    done = ask(hub, tmp_path / "cache")
    assert done.returncode == 3
    assert "fetching it failed" in done.stderr


def test_offline_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        fetch("someone/tiny", ["/a is not usable: it lacks b"])


def test_names_do_not_lead_out_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "outside" / "snapshots" / "x").mkdir(parents=True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("../outside", "a/../../outside", "/etc", "a/b/c", "", "a b"):
        assert list(snapshots(name)) == []


def test_a_network_is_fetched_as_a_file_where_it_is_named(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = write_onnx(tmp_path / "origin", tmp_path / "model.onnx").read_bytes()
    data = {"onnx/model_O3.onnx_data": b"weights beside it", "onnx/model_O3.onnx.txt": b"", "onnx/model_O3.bin": b""}
    hub.files |= {"onnx/model_O3.onnx": network} | data
    done = ask(hub, tmp_path / "cache", file="onnx/model_O3.onnx")
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    got = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix not in (".json", ".txt") and p.is_file()}
    assert got == {"onnx/model_O3.onnx", "onnx/model_O3.onnx_data"}
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    found = load("someone/tiny", file="onnx/model_O3.onnx", precision="fp32").encode(["hello world"]).vectors
    np.testing.assert_allclose(
        found, load(tmp_path / "origin", precision="fp32").encode(["hello world"]).vectors, atol=1e-5
    )
    with pytest.raises(ModelError, match=r"lacks model\.safetensors"):
        load("someone/tiny")  # a variant is not taken for the model


def test_a_file_that_is_not_what_the_hub_says_is_removed(hub: Hub, tmp_path: Path) -> None:
    hub.claims["onnx/model.onnx"] = "f" * 64
    done = ask(hub, tmp_path / "cache", file="onnx/model.onnx")
    assert done.returncode == 3
    assert "SHA-256" in done.stderr
    assert not list((tmp_path / "cache").rglob("model.onnx"))


def test_files_of_the_hub_are_listed_where_one_is_missing(hub: Hub, tmp_path: Path) -> None:
    done = ask(hub, tmp_path / "cache", file="onnx/model_int8.onnx")
    assert done.returncode == 3
    assert "no onnx/model_int8.onnx on the hub" in done.stderr
    assert "onnx/model.onnx" in done.stderr
