"""A server that talks as a language model behind the OpenAI protocol would, on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, final

__all__ = ["Talking", "talking"]


@final
class Talking:
    """What was asked of it, with headers and paths, and its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []


@contextmanager
def talking(answer: Callable[[dict[str, Any]], str], status: int = 200, raw: bytes | None = None) -> Iterator[Talking]:
    """Answers with what `answer` makes of a request, or with the bytes `raw`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.asked.append(asked)
            seen.headers.append(dict(self.headers))
            seen.paths.append(self.path)
            said = {"choices": [{"message": {"role": "assistant", "content": answer(asked)}}]}
            body = json.dumps(said).encode() if raw is None else raw
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen = Talking(f"http://127.0.0.1:{server.server_port}/v1#m")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
