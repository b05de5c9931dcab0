"""A vendor on loopback that gives recorded answers, good and bad, and remembers what it was asked."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MAX_HANG_S = 10.0


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    path: str
    query: Mapping[str, list[str]]
    headers: Message
    body: bytes

    @property
    def form(self) -> Mapping[str, list[str]]:
        """The fields of a form."""
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass
class RecordedServer:
    """Answers with what was put into ``answers``, the last one again and again."""

    url: str = ""
    answers: list[Callable[["Handler"], None]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def will(self, *answers: Callable[["Handler"], None]) -> None:
        """What it answers from now on, in this order."""
        self.answers[:] = answers

    def next_answer(self) -> Callable[["Handler"], None]:
        """The answer to the request at hand."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    recorded: RecordedServer

    def setup(self) -> None:
        """Count connections: a client that keeps its own alive opens one."""
        super().setup()
        self.recorded.connections += 1

    def do_POST(self) -> None:
        """Remember and answer."""
        url, length = urlsplit(self.path), int(self.headers.get("Content-Length", 0))
        self.recorded.asked.append(Asked(self.command, self.path, url.path, parse_qs(url.query), self.headers, self.rfile.read(length)))
        self.recorded.next_answer()(self)

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever asked may have hung up: that is what some tests are about."""


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Callable[[Handler], None]:
    """A whole answer."""

    def give(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return give


def announcing(length: int, body: bytes) -> Callable[[Handler], None]:
    """Another length than it has, then the connection is closed."""

    def give(handler: Handler) -> None:
        answer(200, body, {"Content-Length": str(length)})(handler)
        handler.close_connection = True

    return give


def hang_up(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Answer nothing until the test is over."""
    handler.recorded.released.wait(MAX_HANG_S)
    handler.close_connection = True


def broken_off(body: bytes) -> Callable[[Handler], None]:
    """Half of an answer, then the connection is closed."""
    return announcing(len(body), body[: len(body) // 2])


def dripping(handler: Handler) -> None:
    """A byte now and then, for ever: no single read of it times out."""
    answer(200, b"", {"Content-Length": "1000000"})(handler)
    ends = time.monotonic() + MAX_HANG_S
    with suppress(OSError):
        while time.monotonic() < ends and not handler.recorded.released.wait(0.02):
            handler.wfile.write(b" ")
    handler.close_connection = True


@contextmanager
def running(*answers: Callable[[Handler], None]) -> Iterator[RecordedServer]:
    """The server on a free port of loopback, which gives these answers."""
    recorded = RecordedServer(answers=list(answers))
    server = _Server(("127.0.0.1", 0), type("Handler", (Handler,), {"recorded": recorded}))
    recorded.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield recorded
    finally:
        recorded.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
