"""A server on loopback that gives the answers it was told to give, in order, and remembers what it was asked."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Told:
    """An answer. ``announced`` overrides Content-Length; ``silent`` is none at all: ``hang`` until the test ends, or ``close`` at once."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    silent: str | None = None


def as_json(body: object, status: int = 200, **headers: str) -> Told:
    """A JSON answer. Header names may use underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Told(status, orjson.dumps(body), {"Content-Type": "application/json"} | named)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, blanks kept."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def form(self) -> dict[str, list[str]]:
        """The body as a form."""
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass(slots=True)
class Server:
    """Where it listens, what it will say (the last answer is repeated), what it was asked, over how many connections."""

    url: str = ""
    answers: list[Told] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def says(self, *answers: Told) -> None:
        """From now on it gives these answers."""
        self.answers[:] = answers

    def next_answer(self) -> Told:
        """The answer to the request at hand."""
        if not self.answers:
            return Told(500, b"the test has told this server nothing")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def recorded(*answers: Told) -> Iterator[Server]:
    """A server until the block ends."""
    server = Server(answers=list(answers))
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        listening.shutdown()
        listening.server_close()
        thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
            told = server.next_answer()
            if told.silent:
                self.close_connection = True
                if told.silent == "hang":
                    server.over.wait(30)
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body) if told.announced is None else told.announced))
            self.end_headers()
            self.wfile.write(told.body)
            self.close_connection = self.close_connection or told.announced is not None

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Say nothing."""

    return Handler
