"""Engines: one per process and purpose, made on first use, never carried across a fork."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from psycopg2.extensions import set_wait_callback
from sqlalchemy import Engine, ExceptionContext, NullPool, QueuePool, create_engine, event

import settings
from db.deadline import Bounded, wait
from db.outage import READ_ONLY, reported, sqlstate
from db.tenancy import watch

# what an answer may take on its way beyond the server's own timeout, before the server counts as hung
MARGIN_MS = 300


@dataclass(frozen=True, slots=True)
class Profile:
    """How patient a process may be with the database, and the database with it. Times in ms, ``connect_s`` in seconds.

    ``idle_ms``: how long a transaction may wait for our next word. A machine that is paused, or cut off, between two statements would keep
    what it has locked until it is back.
    """

    name: str
    connect_s: int
    lock_ms: int
    statement_ms: int
    idle_ms: int = 10_000
    pooled: bool = True

    @property
    def deadline_ms(self) -> int:
        """How long to wait for an answer before the database counts as hung or gone."""
        return self.statement_ms + MARGIN_MS


# The front must answer a vendor within 100 ms or say 503: it never waits for a lock longer than this. Well below the limit of a statement,
# so that what was a lock is called one; webhooks/gate.py reckons with it.
FRONT = Profile("front", connect_s=1, lock_ms=500, statement_ms=700, idle_ms=5_000)
WORK = Profile("work", connect_s=3, lock_ms=5_000, statement_ms=30_000)
SWEEP = Profile("sweep", connect_s=2, lock_ms=2_000, statement_ms=10_000, idle_ms=5_000, pooled=False)

# a host that vanished without a word is noticed on an idle connection too (libpq's names; seconds)
_GONE = {"keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3}

# What db/planned.py has planned is planned for all values: to plan for each costs more than it could save. Whoever waited for a lock has to
# see what the one before has done, whatever the database is told for everybody.
_SESSION = r"-c plan_cache_mode=force_generic_plan -c timezone=UTC -c default_transaction_isolation=read\ committed"


class _Choice:
    profile = WORK


def use(profile: Profile) -> None:
    """Choose the profile that this process works with; the web front calls it at start.

    For the front it also installs psycopg2's wait callback, which is the process's and thus serves PROBE as well: a hung server must not
    hold the threads that vendors are waiting for. Workers go without: they hold one thread each, and may be patient.
    """
    _Choice.profile = profile
    set_wait_callback(wait if profile is FRONT else None)


def engine(profile: Profile | None = None) -> Engine:
    """The engine of this process. The first call in a process makes it; no connection is opened before a query."""
    return _engine(os.getpid(), profile or _Choice.profile, settings.current().database_url)


def open_connections(count: int) -> None:
    """Open connections for the pool, one after the other, as many as it keeps. Raises StoreUnavailable."""
    with reported(), ExitStack() as held:
        for _ in range(min(count, settings.current().db_pool_size)):
            held.enter_context(engine().connect())


@cache
def _engine(_pid: int, profile: Profile, url: str) -> Engine:
    # the pid is part of the key: a pool made before a fork must never be used after it
    connect_args = {
        "connection_factory": partial(Bounded, deadline_s=profile.deadline_ms / 1_000),
        "connect_timeout": profile.connect_s,
        "client_encoding": "utf8",
        "options": f"{_limits(profile)} {_SESSION}",
        "application_name": f"hookline-{profile.name}",
        **_GONE,
        "tcp_user_timeout": profile.deadline_ms,
    }
    made = create_engine(url, connect_args=connect_args, hide_parameters=True, **_pooling(profile))
    return watch(_leaving_whoever_is_read_only(made))


def _limits(profile: Profile) -> str:
    limits = {
        "lock_timeout": profile.lock_ms,
        "statement_timeout": profile.statement_ms,
        "idle_in_transaction_session_timeout": profile.idle_ms,
    }
    return " ".join(f"-c {name}={limit_ms}" for name, limit_ms in limits.items())


def _pooling(profile: Profile) -> dict[str, Any]:
    if not profile.pooled:
        return {"poolclass": NullPool}
    size = settings.current().db_pool_size
    return {"poolclass": QueuePool, "pool_size": size, "max_overflow": size, "pool_timeout": 1, "pool_use_lifo": True}


def _leaving_whoever_is_read_only(made: Engine) -> Engine:
    # a primary that became a replica answers well for ever on its old connections; only a new one leads to its successor
    @event.listens_for(made, "handle_error")
    def _leave(context: ExceptionContext) -> None:
        if sqlstate(context.original_exception) == READ_ONLY:
            context.is_disconnect = True

    return made
