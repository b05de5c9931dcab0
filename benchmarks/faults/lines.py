"""Connections to one server, kept open as vendors keep theirs."""

import http.client
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

TIMEOUT_S = 15.0
# the server closed a connection that was kept open: any client opens another one
_CLOSED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True, slots=True)
class Said:
    """``status`` 0 means that nobody answered; ``spent`` is what the server says of its own time."""

    status: int
    spent: str = ""


class Lines:
    """As many connections as are asked over at once; who has asked leaves his to the next."""

    def __init__(self, base_url: str) -> None:
        """Connect nowhere yet."""
        self._address = urlsplit(base_url).netloc
        self._idle: deque[http.client.HTTPConnection] = deque()

    def __enter__(self) -> Self:
        """Nothing is open yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is left."""
        while self._idle:
            self._idle.pop().close()

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Said:
        """One question; over a new connection if a kept one was closed meanwhile."""
        with suppress(IndexError):
            try:
                return self._asked(self._idle.pop(), method, path, body, headers or {})
            except _CLOSED:
                pass
            except (OSError, http.client.HTTPException):
                return Said(0)
        try:
            return self._asked(http.client.HTTPConnection(self._address, timeout=TIMEOUT_S), method, path, body, headers or {})
        except (OSError, http.client.HTTPException):
            return Said(0)

    def _asked(self, line: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Said:
        try:
            line.request(method, path, body, dict(headers))
            answer = line.getresponse()
            answer.read()
        except BaseException:
            line.close()
            raise
        if answer.will_close:
            line.close()
        else:
            self._idle.append(line)
        return Said(answer.status, answer.getheader("Server-Timing", ""))
