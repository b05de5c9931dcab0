"""The HTTP below Deepgram's SDK: no redirect, one deadline for the whole call, and the answer's own bytes, up to a limit."""

import logging
import time
from collections.abc import Iterator, MutableMapping
from functools import partial
from typing import cast

import httpx

from domain.errors import NoAnswerError

CONNECT_S = 5.0
# below the caller's own limit, so that it hears of a time-out as what it is
OF_THE_LIMIT = 0.9
# far above the words of the longest recording
MAX_BYTES = 64 * 1024 * 1024
_PART = 64 * 1024
_ENDS = "ends"


class AnswerHeard(Exception):  # noqa: N818 - no error: it brings the answer past the SDK
    """An answer, read to its end, before the SDK makes anything of it.

    The SDK builds models that it does not check, takes an error for an accepted job, and gives the bytes themselves to nobody.
    """

    def __init__(self, response: httpx.Response) -> None:
        """Keep the answer."""
        super().__init__()
        self.response = response


def client(timeout_s: float) -> httpx.Client:
    """A client with a pool of connections that are kept alive; a whole call takes at most 0.9 of ``timeout_s``.

    Each answer is raised as AnswerHeard, whatever its status; what goes wrong before there is one as httpx.RequestError. Of one that is
    larger than MAX_BYTES the rest is not read: NoAnswerError("deepgram:unreadable_answer").
    """
    # its lines at INFO hold the callback URL, and with it the credentials
    logging.getLogger("httpx").setLevel(logging.WARNING)
    limit_s = OF_THE_LIMIT * timeout_s
    connect_s = min(CONNECT_S, limit_s / 2)
    return httpx.Client(
        timeout=httpx.Timeout(limit_s, connect=connect_s, pool=connect_s),
        # credentials go to the configured host and to no other
        follow_redirects=False,
        event_hooks={"request": [partial(_begin, limit_s)], "response": [_hear]},
    )


def _begin(limit_s: float, request: httpx.Request) -> None:
    ends = time.monotonic() + limit_s
    request.extensions[_ENDS] = ends
    request.stream = _Upload(cast("httpx.SyncByteStream", request.stream), request.extensions["timeout"], ends)


def _hear(response: httpx.Response) -> None:
    response.stream = _Download(cast("httpx.SyncByteStream", response.stream), response.request.extensions[_ENDS])
    body = _read(response)
    # the body is no longer encoded, whatever the header says
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "content-encoding"]
    raise AnswerHeard(httpx.Response(response.status_code, headers=headers, content=body, request=response.request))


def _read(response: httpx.Response) -> bytes:
    """The body, decoded: a limit for what comes over the wire would let a packed one through."""
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise NoAnswerError("deepgram:unreadable_answer")
    return b"".join(parts)


class _Upload(httpx.SyncByteStream):
    """A body that is given up at the deadline; whoever answers it has only the rest of the time."""

    def __init__(self, stream: httpx.SyncByteStream, timeouts: MutableMapping[str, float], ends: float) -> None:
        self._stream, self._timeouts, self._ends = stream, timeouts, ends

    def __iter__(self) -> Iterator[bytes]:
        for body in self._stream:
            for at in range(0, len(body), _PART):
                if time.monotonic() > self._ends:
                    raise httpx.WriteTimeout("the whole call took too long")
                yield body[at : at + _PART]
        self._timeouts["read"] = max(self._ends - time.monotonic(), 0.001)


class _Download(httpx.SyncByteStream):
    """An answer that is given up at the deadline, however steadily it drips."""

    def __init__(self, stream: httpx.SyncByteStream, ends: float) -> None:
        self._stream, self._ends = stream, ends

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if time.monotonic() > self._ends:
                raise httpx.ReadTimeout("the whole call took too long")
            yield part

    def close(self) -> None:
        self._stream.close()
