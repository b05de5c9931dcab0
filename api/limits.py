"""How often one may ask: so many requests a minute for each key and each person, by the organization's plan. Redis counts for everybody.

While Redis is away nobody is refused and nobody waits: after a failure it is left alone for a while, and a figure says how many requests
went by uncounted. Only tries to log in are counted then too, each process by itself.
"""

import math
import threading
import time
from dataclasses import dataclass
from functools import cache

from flask import Response, g
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from werkzeug.exceptions import TooManyRequests

import settings
from domain.access import Caller
from observability import access_figures

# what a request may wait for Redis at most, and how long it is left alone after that
TIMEOUT_S = 0.05
AWAY_S = 2.0
LOGINS_A_MINUTE = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands after this request; ``reset_s``: when they may ask once more."""

    limit: int
    is_over: bool
    remaining: int
    reset_s: int


class _Redis:
    lock = threading.Lock()
    away_until = 0.0  # monotonic


def count(caller: Caller) -> None:
    """Count a request of theirs. Raises TooManyRequests for one too many."""
    limit = settings.current().access.rate_limit(caller.plan)
    standing = _counted(limit, "caller", caller.actor)
    g.standing = standing
    if standing and standing.is_over:
        told = f"{limit} requests a minute is what the plan {caller.plan!r} has for one key or person; go on in {standing.reset_s} s"
        raise TooManyRequests(told, retry_after=standing.reset_s)


def count_login(slug: str, login: str) -> None:
    """Count a try to log in under a name, whether somebody has it or not. Raises TooManyRequests for one too many."""
    name = ("login", slug, login.lower())
    standing = _counted(LOGINS_A_MINUTE, *name) or _hit(_ours(), LOGINS_A_MINUTE, *name)
    if standing.is_over:
        told = f"{LOGINS_A_MINUTE} tries a minute is what a login has; go on in {standing.reset_s} s"
        raise TooManyRequests(told, retry_after=standing.reset_s)


def tell(response: Response) -> Response:
    """Say in the answer how the caller stands, if they were counted."""
    standing: Standing | None = g.get("standing")
    if standing:
        response.headers["RateLimit-Limit"] = str(standing.limit)
        response.headers["RateLimit-Remaining"] = str(standing.remaining)
        response.headers["RateLimit-Reset"] = str(standing.reset_s)
    return response


def forget() -> None:
    """Make the connection to Redis anew, and ask it at once."""
    _redis.cache_clear()
    _ours.cache_clear()
    _Redis.away_until = 0.0


def _counted(limit: int, *name: str) -> Standing | None:
    """None if Redis cannot say."""
    if _may_ask():
        try:
            standing = _hit(_redis(), limit, *name)
        except (RedisError, OSError):
            _Redis.away_until = time.monotonic() + AWAY_S
        else:
            _Redis.away_until = 0.0
            return standing
    access_figures.uncounted()
    return None


def _may_ask() -> bool:
    """Whether Redis is there as far as we know; of those who could find out, one does."""
    if not _Redis.away_until:
        return True
    with _Redis.lock:
        now = time.monotonic()
        if now < _Redis.away_until:
            return False
        _Redis.away_until = now + AWAY_S
        return True


def _hit(strategy: SlidingWindowCounterRateLimiter, limit: int, *name: str) -> Standing:
    item = RateLimitItemPerMinute(limit)
    is_over = not strategy.hit(item, *name)
    stats = strategy.get_window_stats(item, *name)
    return Standing(limit, is_over, 0 if is_over else stats.remaining, max(1, math.ceil(stats.reset_time - time.time())))


@cache
def _redis() -> SlidingWindowCounterRateLimiter:
    limits = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
    return SlidingWindowCounterRateLimiter(RedisStorage(settings.current().redis_url, key_prefix="hookline:limits", **limits))  # type: ignore[arg-type]  # it hands them on to redis


@cache
def _ours() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())
