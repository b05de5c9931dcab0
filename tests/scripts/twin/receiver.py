"""Stands where our front would be: keeps what it is sent and answers as it is told."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qsl

import orjson

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as it came over the socket."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """``answers`` holds the statuses of the next answers; after them it is 200. ``busy`` is held while it must not answer."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: deque[int] = field(default_factory=deque)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def wait_for(self, count: int) -> list[Received]:
        """So many requests, as soon as they have come."""
        until = monotonic() + PATIENCE_S
        while len(self.received) < count:
            assert monotonic() < until, f"{len(self.received)} of {count} came"
            sleep(0.005)
        return list(self.received)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on loopback until the block ends."""
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.received.append(Received(self.command, self.path, dict(self.headers), body))
            with receiver.busy:
                self.send_response(receiver.answers.popleft() if receiver.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = do_GET = _take  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
