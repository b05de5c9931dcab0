"""A vendor on loopback that answers what a test lays out for it, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; ``connection`` is the client's port."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    connection: int

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer. ``trickle_s`` is the pause after each byte; an answer that is ``cut`` ends before its last byte; None hangs up at once."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    trickle_s: float = 0.0
    cut: bool = False


Answering = Callable[[Asked], Told | None]


class Loopback:
    """``url`` of the server, ``asked`` so far. Without an answer laid out for it, a request is answered by ``usually``."""

    def __init__(self, url: str, hung: threading.Event) -> None:
        """Answer with an empty document until told otherwise."""
        self.url = url
        self.asked: list[Asked] = []
        self.usually: Answering = lambda _: Told()
        self._hung = hung
        self._next: list[Answering] = []

    def answer(self, told: Told | None) -> None:
        """Answer one request so; with nothing laid out before, the next one."""
        self._next.append(lambda _: told)

    def hang(self) -> None:
        """Take one request and answer it only when the test is over."""
        self._next.append(self._wait)

    def respond(self, asked: Asked) -> Told | None:
        """What this request is answered with."""
        self.asked.append(asked)
        return self._next.pop(0)(asked) if self._next else self.usually(asked)

    def _wait(self, _: Asked) -> None:
        self._hung.wait()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    loopback: Loopback
    over: threading.Event

    def do_POST(self) -> None:
        """Take a request and answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = self.loopback.respond(Asked("POST", self.path, dict(self.headers), body, self.client_address[1]))
        if told is None:
            self.close_connection = True
            return
        self.send_response(told.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(told.body)), **told.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self._write(told)

    def _write(self, told: Told) -> None:
        sent = told.body[:-1] if told.cut else told.body
        self.close_connection = self.close_connection or told.cut
        step = 1 if told.trickle_s else max(len(sent), 1)
        try:
            for start in range(0, len(sent), step):
                self.wfile.write(sent[start : start + step])
                if told.trickle_s and self.over.wait(told.trickle_s):
                    return
        except OSError:
            self.close_connection = True  # the client had enough

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server calls it by
        """Say nothing."""


@contextmanager
def running() -> Iterator[Loopback]:
    """A server with a thread for each connection, until the block ends."""
    over = threading.Event()
    handler = type("Handler", (_Handler,), {"over": over})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.loopback = loopback = Loopback(f"http://127.0.0.1:{server.server_port}", over)  # type: ignore[attr-defined] # made above
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
