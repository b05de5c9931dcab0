"""Connections that stay open are shared by the front's processes, whoever is quicker to take one."""

import socket
import statistics
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support import processes
from tests.support.processes import until

CONNECTIONS = 16
ROUNDS = 10
# what the process has that took fewer, in the median round: 8 on two cores, 1 to 4 without hesitation
FAIR = 6


def _open(arbiter: int, port: int) -> list[int]:
    """How many connections each process of a front holds."""
    return [
        sum(each.laddr.port == port and each.status == psutil.CONN_ESTABLISHED for each in child.net_connections())
        for child in psutil.Process(arbiter).children()
    ]


def _fewest(arbiter: int, port: int) -> int:
    """Many connect at once, as a router does that has just started; how many the process has that took fewer."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        until(lambda: sum(_open(arbiter, port)) == CONNECTIONS, "all are open")
        fewest = min(_open(arbiter, port))
    until(lambda: sum(_open(arbiter, port)) == 0, "all are closed")
    return fewest


@pytest.mark.alone
@pytest.mark.usefixtures("organization")
def test_a_router_that_keeps_its_connections_open_keeps_all_processes_busy(tmp_path: Path) -> None:
    with processes.front(tmp_path) as (url, front):
        port = urlsplit(url).port or 0
        until(lambda: _fewest(front.pid, port) > 0, "all of its processes listen")
        fewest = [_fewest(front.pid, port) for _ in range(ROUNDS)]
    assert statistics.median(fewest) >= FAIR, fewest
