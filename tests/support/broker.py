"""Redis as tests use it: a numbered database for each test process, empty before each test."""

from functools import cache
from urllib.parse import urlsplit

from redis import Redis


def own_database(url: str, worker: str) -> str:
    """The URL of one xdist worker's Redis database; 0 is for a process without xdist."""
    digits = worker.removeprefix("gw")
    return urlsplit(url)._replace(path=f"/{1 + int(digits) if digits.isdigit() else 0}").geturl()


def empty(url: str) -> None:
    """Forget every message."""
    _client(url).flushdb()


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
