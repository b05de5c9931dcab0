"""A TCP line to a server of ours that can go dead without a word, as when a router forgets a connection."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

BLOCK = 65_536


class Line:
    """What is on the line after ``cut`` is swallowed, in both directions, and neither end is told. Later calls go through."""

    def __init__(self, url: str) -> None:
        """Listen for calls to the server of this URL; ``url`` is where to call instead."""
        self._there = urlsplit(url)
        self._ear = socket.create_server(("127.0.0.1", 0))
        self._dead = threading.Event()
        self._ends: list[socket.socket] = []
        self.url = url.replace(f":{self._there.port}", f":{self._ear.getsockname()[1]}")

    def cut(self) -> None:
        """Whoever has called is not heard any more."""
        self._dead.set()
        self._dead = threading.Event()

    def answer(self) -> None:
        """Put every call through until closed."""
        with suppress(OSError):
            while True:
                caller, _ = self._ear.accept()
                called = socket.create_connection((self._there.hostname, self._there.port))
                self._ends += [caller, called]
                for heard, told in ((caller, called), (called, caller)):
                    threading.Thread(target=_pass_on, args=(heard, told, self._dead), daemon=True).start()

    def close(self) -> None:
        """Hang up everything."""
        with suppress(OSError):
            self._ear.shutdown(socket.SHUT_RDWR)
        for end in (self._ear, *self._ends):
            end.close()


@contextmanager
def running(url: str) -> Iterator[Line]:
    """A line to this server for as long as the block lasts."""
    line = Line(url)
    thread = threading.Thread(target=line.answer, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        line.close()
        thread.join()


def _pass_on(heard: socket.socket, told: socket.socket, dead: threading.Event) -> None:
    with suppress(OSError):
        while block := heard.recv(BLOCK):
            if not dead.is_set():
                told.sendall(block)
        if not dead.is_set():
            told.shutdown(socket.SHUT_WR)
