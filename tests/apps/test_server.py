"""A server as one side: what is sent, every way an answer can be wrong, and texts that it refuses."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, final

import numpy as np
import pytest

from likewise.apps._server import KEY, Served
from likewise.apps._texts import Text
from likewise.apps.verify_model import verify_model
from likewise.errors import InputError, ModelError
from tests.hashed import Hashed

TEXTS = ["one", "two", "three", *(f"text {i}" for i in range(50))]
Answer = Callable[["Fake", dict[str, Any]], "tuple[int, bytes]"]


def _embedded(asked: dict[str, Any]) -> list[dict[str, Any]]:
    vectors = Hashed().encode(asked["input"]).vectors
    return [{"index": i, "embedding": vector.tolist()} for i, vector in enumerate(vectors)]


def _well(_: Fake, asked: dict[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps({"data": _embedded(asked)}).encode()


@final
class Fake:
    """A server on the loopback interface; `answer` makes status and body of what is asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked.append(asked)
                fake.headers.append(dict(self.headers))
                fake.paths.append(self.path)
                status, body = answer(fake, asked)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1#m"


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], Fake]]:
    """Starts servers, and stops them when the test ends."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running: list[Fake] = []

    def started(answer: Answer = _well) -> Fake:
        fake = Fake(answer)
        threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(fake)
        return fake

    yield started
    for fake in running:
        fake.server.shutdown()
        fake.server.server_close()


Start = Callable[..., Fake]


def _texts(*texts: str) -> list[Text]:
    return [Text(str(i), text) for i, text in enumerate(texts)]


def test_a_server_agrees_with_what_it_serves(start: Start) -> None:
    fake = start()
    found = verify_model(fake.address, Hashed(), TEXTS)
    assert found.ok, found.problems
    assert found.batches is not None
    assert found.batches.texts == len(TEXTS)
    assert found.relation is None
    assert verify_model(Hashed(), fake.address, TEXTS).ok
    assert set(fake.paths) == {"/v1/embeddings"}
    assert {asked["model"] for asked in fake.asked} == {"m"}
    assert max(len(asked["input"]) for asked in fake.asked) == 32
    assert all("Authorization" not in headers for headers in fake.headers)


def test_a_prompt_stands_before_every_text(start: Start) -> None:
    fake = start()
    verify_model(fake.address, Hashed(), ["one", "two"], prompt="passage: ")
    assert fake.asked[0]["input"] == ["passage: one", "passage: two"]


def test_the_key_comes_from_the_environment(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = start()
    monkeypatch.setenv(KEY, "secret")
    Served(fake.address).answer(_texts("one"))
    assert fake.headers[0]["Authorization"] == "Bearer secret"


def test_order_is_that_of_the_index_and_base64_is_read(start: Start) -> None:
    def shuffled(_: Fake, asked: dict[str, Any]) -> tuple[int, bytes]:
        rows = _embedded(asked)[::-1]
        for row in rows:
            row["embedding"] = base64.b64encode(np.array(row["embedding"], "<f4").tobytes()).decode()
        return 200, json.dumps({"data": rows}).encode()

    answer = Served(start(shuffled).address).answer(_texts("one", "two", "three"))
    assert np.array_equal(answer.vectors, Hashed().encode(["one", "two", "three"]).vectors)


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_text_that_is_refused_takes_no_other_down(start: Start, status: int) -> None:
    def picky(_: Fake, asked: dict[str, Any]) -> tuple[int, bytes]:
        return (status, b"no empty text") if "" in asked["input"] else _well(_, asked)

    found = verify_model(start(picky).address, Hashed(), ["one", "", "three", "four"])
    assert [(lost.id, lost.side, lost.why) for lost in found.lost] == [
        ("1", "model", f"the server answered {status}: no empty text")
    ]
    assert found.compared == 3
    assert found.cosine is not None
    assert found.cosine.least == pytest.approx(1)


def test_nan_is_no_vector(start: Start) -> None:
    def broken(_: Fake, asked: dict[str, Any]) -> tuple[int, bytes]:
        rows = _embedded(asked)
        rows[0]["embedding"][2] = float("nan")
        return 200, json.dumps({"data": rows}).encode()

    answer = Served(start(broken).address).answer(_texts("one", "two"))
    assert answer.errors == ("the server gave NaN or infinity", "")


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, b"who are you", f"401: who are you. Put the key .* {KEY}"),
        (404, b"", "404: .* end in /v1"),
        (503, b"busy", "503: busy"),
        (302, b"", "302: .* not followed"),
        (307, b"", "307: .* not followed"),
        (200, b"<html>", "wanted a list of embeddings"),
        (200, b"[]", "wanted a list of embeddings"),
        (200, b'{"data": [{"embedding": [1.0]}]}', "wanted a list of embeddings"),
        (200, b'{"data": [{"index": 0, "embedding": []}]}', "wanted a list of embeddings"),
        (200, b'{"data": [{"index": 0, "embedding": "%%"}]}', "wanted a list of embeddings"),
        (200, b'{"data": []}', "0 vectors to 2 texts"),
        (200, b'{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}', "misnumbered"),
        (200, b'{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}', r"\[1, 2\] dimensions"),
    ],
)
def test_a_wrong_answer_is_told(start: Start, status: int, body: bytes, why: str) -> None:
    fake = start(lambda *_: (status, body))
    with pytest.raises(ModelError, match=why):
        Served(fake.address).answer(_texts("one", "two"))
    assert len(fake.asked) == 1


def test_a_server_that_is_not_there_is_told(start: Start) -> None:
    fake = start()
    fake.server.shutdown()
    fake.server.server_close()
    with pytest.raises(ModelError, match="cannot be reached"):
        Served(fake.address).answer(_texts("one"))


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:8080/v1", "http://HOST:PORT/v1#MODEL"),
        ("http:///v1#m", "no address"),
        ("http://127.0.0.1:port/v1#m", "no address"),
        ("http://[::1/v1#m", "no address"),
        ("http://127.0.0.1/v1?key=secret#m", "no address"),
        ("http://me:secret@127.0.0.1/v1#m", "key does not belong"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        Served(address)


def test_a_server_is_compared_with_something() -> None:
    with pytest.raises(InputError, match="say what to compare it with"):
        verify_model("http://127.0.0.1:9/v1#m")
