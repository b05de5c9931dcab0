"""How often one may ask: so many requests a minute for each key and each person, by the organization's plan. Redis counts for everybody.

While Redis is away nobody is refused and nobody waits: after a failure it is left alone for a while, and a figure says how many requests
went by uncounted. Only tries to log in are counted then too, each process by itself.
"""

import hmac
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import NoReturn, TypeVar

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
# Of all who have not got in from where they are: with a tenth of a second for each they take a tenth of a core at most, whatever names
# they say. Those who have keep tries of their own, so that nobody can use up theirs by using up these.
STRANGERS_A_MINUTE = 60
KNOWN_S = 30 * 24 * 3_600
_PURPOSE = b"hookline/known-login/v1\0"

Strategy = SlidingWindowCounterRateLimiter
Found = TypeVar("Found")


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
    standing = _by_redis(lambda strategy: _hit(strategy, limit, "caller", caller.actor))
    g.standing = standing
    if standing is None:
        access_figures.uncounted()
    elif standing.is_over:
        _refuse(standing, f"{limit} requests a minute is what the plan {caller.plan!r} has for one key or person")


def count_login(slug: str, login: str, origin: str) -> None:
    """Count a try to log in under a name, whether somebody has it or not. Raises TooManyRequests for one too many.

    A name that got in from this ``origin`` lately has tries of its own; with any other it is one of the strangers' too. What is refused is
    not counted, so that nobody fills Redis with names.
    """
    name, of_a_login = ("login", slug, login.lower()), f"{LOGINS_A_MINUTE} tries a minute is what a login has"
    _pass(partial(_looked_at, LOGINS_A_MINUTE, name), of_a_login)
    if not _anywhere(lambda strategy: strategy.storage.get(_known(slug, login, origin))):
        told = f"{STRANGERS_A_MINUTE} tries a minute is what all have together who did not log in from where they are before"
        _pass(lambda strategy: _hit(strategy, STRANGERS_A_MINUTE, "strangers"), told)
    _pass(lambda strategy: _hit(strategy, LOGINS_A_MINUTE, *name), of_a_login)


def know_login(slug: str, login: str, origin: str) -> None:
    """From now on, for KNOWN_S, this name from there is no stranger."""
    known = _known(slug, login, origin)
    # in the one place or the other: what is cleared first lasts its whole time anew
    _anywhere(lambda strategy: (strategy.storage.clear(known), strategy.storage.incr(known, KNOWN_S)))


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


def _pass(look: Callable[[Strategy], Standing], told: str) -> None:
    standing = _anywhere(look)
    if standing.is_over:
        _refuse(standing, told)


def _refuse(standing: Standing, told: str) -> NoReturn:
    raise TooManyRequests(f"{told}; go on in {standing.reset_s} s", retry_after=standing.reset_s)


def _known(slug: str, login: str, origin: str) -> str:
    """Keyed, so that whoever reads Redis reads neither names nor addresses."""
    said = repr((slug, login.lower(), origin)).encode()
    return f"known/{hmac.digest(settings.current().secret_key.encode(), _PURPOSE + said, 'sha256').hex()}"


def _anywhere(ask: Callable[[Strategy], Found]) -> Found:
    """What Redis says or, while it is away, this process by itself."""
    found = _by_redis(ask)
    return ask(_ours()) if found is None else found


def _by_redis(ask: Callable[[Strategy], Found]) -> Found | None:
    """None if Redis cannot say."""
    if _may_ask():
        try:
            found = ask(_redis())
        except (RedisError, OSError):
            _Redis.away_until = time.monotonic() + AWAY_S
        else:
            _Redis.away_until = 0.0
            return found
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


def _hit(strategy: Strategy, limit: int, *name: str) -> Standing:
    return _stands(strategy, limit, name, is_over=not strategy.hit(RateLimitItemPerMinute(limit), *name))


def _looked_at(limit: int, name: tuple[str, ...], strategy: Strategy) -> Standing:
    """How it stands before it is counted."""
    return _stands(strategy, limit, name, is_over=not strategy.test(RateLimitItemPerMinute(limit), *name))


def _stands(strategy: Strategy, limit: int, name: tuple[str, ...], *, is_over: bool) -> Standing:
    stats = strategy.get_window_stats(RateLimitItemPerMinute(limit), *name)
    return Standing(limit, is_over, 0 if is_over else stats.remaining, max(1, math.ceil(stats.reset_time - time.time())))


@cache
def _redis() -> Strategy:
    limits = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
    return SlidingWindowCounterRateLimiter(RedisStorage(settings.current().redis_url, key_prefix="hookline:limits", **limits))  # type: ignore[arg-type]  # it hands them on to redis


@cache
def _ours() -> Strategy:
    return SlidingWindowCounterRateLimiter(MemoryStorage())
