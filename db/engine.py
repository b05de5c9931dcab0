"""Engines: one per process and purpose, made on first use, never carried across a fork."""

import os
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Engine, NullPool, QueuePool, create_engine

import settings


@dataclass(frozen=True, slots=True)
class Profile:
    """How patient a process may be with the database. Times in ms, ``connect_s`` in seconds."""

    name: str
    connect_s: int
    lock_ms: int
    statement_ms: int
    pooled: bool = True


# The front must answer a vendor within 100 ms or say 503: it never waits for a lock longer than this.
FRONT = Profile("front", connect_s=1, lock_ms=700, statement_ms=700)
WORK = Profile("work", connect_s=3, lock_ms=5_000, statement_ms=30_000)
SWEEP = Profile("sweep", connect_s=2, lock_ms=2_000, statement_ms=10_000, pooled=False)


class _Choice:
    profile = WORK


def use(profile: Profile) -> None:
    """Choose the profile that this process works with; the web front calls it at start."""
    _Choice.profile = profile


def engine(profile: Profile | None = None) -> Engine:
    """The engine of this process. The first call in a process makes it; no connection is opened before a query."""
    return _engine(os.getpid(), profile or _Choice.profile, settings.current().database_url)


@cache
def _engine(_pid: int, profile: Profile, url: str) -> Engine:
    # the pid is part of the key: a pool made before a fork must never be used after it
    connect_args = {
        "connect_timeout": profile.connect_s,
        "options": f"-c lock_timeout={profile.lock_ms} -c statement_timeout={profile.statement_ms} -c timezone=UTC",
        "application_name": f"hookline-{profile.name}",
    }
    common = {"connect_args": connect_args, "hide_parameters": True}
    if not profile.pooled:
        return create_engine(url, poolclass=NullPool, **common)
    size = settings.current().db_pool_size
    return create_engine(url, poolclass=QueuePool, pool_size=size, max_overflow=size, pool_timeout=1, pool_pre_ping=False, **common)
