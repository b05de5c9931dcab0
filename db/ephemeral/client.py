"""The way to what may be forgotten: bounded waiting, one spelling of keys, one error when Redis is not there."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

import settings
from domain.errors import EphemeralUnavailable

# a request waits for Redis no longer than this; a script of ours takes far less than a millisecond
TIMEOUT_S = 0.5
# After a failure everybody is answered at once for so long, and then one finds out for all: a Redis that hangs must not take the threads
# that vendors are answered by.
SPARED_S = 1.0
# more threads than this no process has
CONNECTIONS = 64


@dataclass(slots=True)
class _Standing:
    spared_until: float = 0.0
    failed: str = ""


_standing = _Standing()


def key(organization_id: UUID, what: str, which: UUID | str = "") -> str:
    """Where something of an organization is. All of one organization's keys are on one node of a cluster, as scripts need it."""
    return f"hookline:{{{organization_id}}}:{what}:{which}"


@contextmanager
def redis(organization_id: UUID) -> Iterator[Redis]:  # noqa: ARG001 - whoever asks says for whom
    """Redis, on behalf of an organization, whose ``key`` is all that may be asked for. Raises EphemeralUnavailable."""
    if _standing.failed:
        if time.monotonic() < _standing.spared_until:
            raise EphemeralUnavailable(_standing.failed)
        _standing.spared_until = time.monotonic() + SPARED_S
    try:
        yield _client(os.getpid(), settings.current().redis_url)
    except (NotConnected, NoAnswer, ReadOnlyError, OSError) as error:
        raise _unavailable(type(error).__name__) from None
    except ResponseError as error:
        # a full one refuses what writes; everything else that it says of a script of ours is a bug of ours
        if "OOM" not in str(error):
            raise
        raise _unavailable("OutOfMemoryError") from None
    _standing.failed = ""


def run(organization_id: UUID, script: str, keys: Sequence[str], values: Sequence[str | int]) -> list[Any]:
    """What a script answers, which Redis runs as one act. Raises EphemeralUnavailable."""
    with redis(organization_id) as held:
        return cast(list[Any], held.eval(script, len(keys), *keys, *values))


def _unavailable(code: str) -> EphemeralUnavailable:
    _standing.failed, _standing.spared_until = code, time.monotonic() + SPARED_S
    return EphemeralUnavailable(code)


@lru_cache(maxsize=4)
def _client(_process: int, url: str) -> Redis:
    # Made on first use in each process, after the fork. That Redis closed a connection meanwhile is noticed when it is used: then it is
    # made anew at once, which costs no waiting.
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1, supported_errors=(NotConnected,)),
        max_connections=CONNECTIONS,
    )
