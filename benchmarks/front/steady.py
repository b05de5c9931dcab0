"""The open loop: requests at a fixed rate, whatever becomes of those before. Latency counts from when a request was due."""

import asyncio
import re
import statistics
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.front.closed import Pace

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
NOBODY_ANSWERED, FIRST_FAILURE = 0, 400
TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of each request: seconds from when it was due to its answer, in the order of the answers; ``lasted_s`` is all of it."""

    took_s: list[float]
    lasted_s: float
    failed: int


class _Line(asyncio.Protocol):
    """One connection that is kept open; one question at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport:
            self._transport.write(request)
        return self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or self._answer is None or len(rest) < (int(length[1]) if length else 0):
            return
        self._read, answer = b"", self._answer
        if not answer.done():
            answer.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._answer and not self._answer.done():
            self._answer.set_result(NOBODY_ANSWERED)


def run(port: int, make: Callable[[int], bytes], *, per_s: float, seconds: float) -> Pace:
    """Send ``make(0)``, ``make(1)``, … at the rate to a port of loopback for the time; returns when all were answered."""
    found = answers(port, make, per_s=per_s, seconds=seconds)
    cut = statistics.quantiles(found.took_s, n=100)
    p50_ms, p95_ms, p99_ms = (cut[place] * 1_000 for place in (49, 94, 98))
    return Pace(len(found.took_s), found.lasted_s, found.failed, p50_ms, p95_ms, p99_ms, max(found.took_s) * 1_000)


def answers(port: int, make: Callable[[int], bytes], *, per_s: float, seconds: float) -> Answers:
    """The same with every answer's time, for whoever puts several runs together."""
    return asyncio.run(_run(port, make, per_s, seconds))


async def _run(port: int, make: Callable[[int], bytes], per_s: float, seconds: float) -> Answers:
    idle: deque[_Line] = deque()
    took: list[float] = []
    failed = 0

    async def send(number: int, due: float) -> None:
        nonlocal failed
        line = idle.pop() if idle else await _connected(port)
        async with asyncio.timeout(TIMEOUT_S):
            status = await line.ask(make(number))
        took.append(time.perf_counter() - due)
        failed += not 0 < status < FIRST_FAILURE
        if status:
            idle.append(line)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(round(per_s * seconds)):
            due = began + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(send(number, due))
    lasted = time.perf_counter() - began
    for line in idle:
        line.close()
    return Answers(took, lasted, failed)


async def _connected(port: int) -> _Line:
    _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", port)
    return line
