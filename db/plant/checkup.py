"""What a diagnosis reads of the database: the server itself, who holds it up, and what stands still in our tables."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from db.engine import Profile, engine
from db.outage import reported
from db.plant.sweep import SWEEP_LOCK
from db.tables import effects
from domain.chain import Purpose, Stage

# a person waits for it
PROFILE = Profile("doctor", connect_s=3, lock_ms=1_000, statement_ms=4_000, pooled=False)

_SERVER = """
SELECT CAST(current_setting('server_version_num') AS int) / 10000 AS version,
    LEAST(CAST(current_setting('max_connections') AS int) - CAST(current_setting('superuser_reserved_connections') AS int)
        - COALESCE(CAST(current_setting('reserved_connections', true) AS int), 0),
        (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
        (SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database())) AS connections,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
    pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only,
    pg_database_size(current_database()) AS bytes
"""
_SESSION = "SELECT pg_backend_pid() AS pid, (SELECT setting FROM pg_settings WHERE name = 'lock_timeout') AS lock_ms"
_CLOCK = "SELECT EXTRACT(EPOCH FROM clock_timestamp())"
# a transaction, and how many it holds up; one that only reads for long keeps vacuum from its work
_TRANSACTIONS = """
SELECT a.pid, a.application_name AS name, EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start) AS age_s,
    (SELECT count(*) FROM pg_stat_activity AS w WHERE w.wait_event_type = 'Lock' AND a.pid = ANY(pg_blocking_pids(w.pid))) AS holds_up,
    EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.granted AND l.mode = ANY(:modes)
        AND l.relation IN (to_regclass('runs'), to_regclass('effects'))) AS holds_rows
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND a.xact_start < clock_timestamp() - make_interval(secs => :over_s)
"""
# who has read rows to change them, has changed them, or keeps the whole table; who looks, or builds an index, has none of these
_MODES = ["RowShareLock", "RowExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
_SWEEP_HOLDERS = f"""
SELECT DISTINCT a.pid, a.application_name AS name, 0 AS holds_up, false AS holds_rows,
    EXTRACT(EPOCH FROM clock_timestamp() - COALESCE(a.xact_start, a.state_change)) AS age_s
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {SWEEP_LOCK} AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND COALESCE(a.xact_start, a.state_change) < clock_timestamp() - make_interval(secs => :over_s)
"""
_WORKERS = """
SELECT name, queues, fingerprints, EXTRACT(EPOCH FROM clock_timestamp() - started_at) AS started_s,
    EXTRACT(EPOCH FROM clock_timestamp() - seen_at) AS seen_s FROM workers ORDER BY name
"""
_UNRUNG = """
SELECT purpose, stage, count(*) AS runs, EXTRACT(EPOCH FROM clock_timestamp() - min(next_publish_at)) AS oldest_s
FROM runs WHERE state IN ('ready', 'waiting') AND next_publish_at < clock_timestamp() - make_interval(secs => :over_s)
GROUP BY purpose, stage
"""
_TURNS = "SELECT name, EXTRACT(EPOCH FROM clock_timestamp() - last_run_at) AS age_s FROM periodic_tasks"
_CIRCUITS = """
SELECT vendor, code, worker, EXTRACT(EPOCH FROM open_until - clock_timestamp()) AS open_s FROM vendor_health
WHERE open_until > clock_timestamp() ORDER BY vendor
"""
_HELP = f"""
SELECT count(*) FILTER (WHERE state IN ('pending', 'sending')) AS late, count(*) FILTER (WHERE state NOT IN ('pending', 'sending')) AS lost
FROM effects WHERE (kind = 'escalation' AND state IN ('pending', 'sending') AND not_before < clock_timestamp() - interval '1 minute')
    OR (kind = 'escalation' AND {effects.PARKED}) OR ({effects.UNDELIVERED} AND settled_at IS NULL)
"""
# the newest by their key: there is no index of when they came
_ACCEPTED = """
SELECT EXISTS (SELECT FROM (SELECT provider, received_at FROM webhook_events ORDER BY id DESC LIMIT 200) AS newest
    WHERE provider = :provider AND received_at > clock_timestamp() - make_interval(secs => :within_s))
"""


class ConnectFault(StrEnum):
    """Why nobody can connect, as far as the driver says."""

    LOGIN = "login"
    NO_DATABASE = "no database"
    TOO_MANY = "too many connections"
    STARTUP = "a pooler takes no startup options"
    UNREACHABLE = "nobody answers"


# libpq knows these by the server's words only, which are English whatever the locale where it cannot translate them
_FAULTS = (
    ("unsupported startup parameter", ConnectFault.STARTUP),
    # before the next ones: a role may have a limit of its own
    ("too many clients", ConnectFault.TOO_MANY),
    ("connection slots", ConnectFault.TOO_MANY),
    ("too many connections", ConnectFault.TOO_MANY),
    ("authentication failed", ConnectFault.LOGIN),
    ("no password supplied", ConnectFault.LOGIN),
    ("role ", ConnectFault.LOGIN),
    ("does not exist", ConnectFault.NO_DATABASE),
)


@dataclass(frozen=True, slots=True)
class Server:
    """The server as it is. ``connections``: how many we may have; ``ahead_s``: by how many seconds its clock is ahead of ours."""

    version: int
    connections: int
    used: int
    is_read_only: bool
    bytes: int
    ahead_s: float
    keeps_sessions: bool


@dataclass(frozen=True, slots=True)
class Transaction:
    """One that is open for long, how many others wait for it now, and whether it holds rows, or all, of our runs or effects."""

    pid: int
    name: str
    age_s: float
    holds_up: int
    holds_rows: bool


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker's row: seconds since it began, and since its sweeper said that it is there."""

    name: str
    queues: tuple[str, ...]
    started_s: float
    seen_s: float
    fingerprints: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Circuit:
    """A vendor that nobody is asked now: why, for how many seconds more, and which worker met the last failure."""

    vendor: str
    code: str
    open_s: float
    worker: str | None


@dataclass(frozen=True, slots=True)
class Unrung:
    """Runs of a kind for which a bell is overdue."""

    purpose: Purpose
    stage: Stage
    runs: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Help:
    """Calls for a person that should have gone out a minute ago, and those that failed."""

    late: int
    lost: int


def connect_fault() -> ConnectFault | None:
    """Why nobody can connect; None if one can."""
    try:
        with engine(PROFILE).connect():
            return None
    except OperationalError as error:
        said = str(error.orig)
        return next((fault for words, fault in _FAULTS if words in said), ConnectFault.UNREACHABLE)


def server() -> Server:
    """The server. Raises StoreUnavailable."""
    with _asked() as connection:
        found = connection.execute(text(_SERVER)).one()
        before = time.time()
        clock = float(connection.scalar(text(_CLOCK)) or 0)
        ahead_s = clock - (before + time.time()) / 2
        sessions = []
        for _ in range(3):
            connection.commit()
            sessions.append(connection.execute(text(_SESSION)).one())
    keeps = len({session.pid for session in sessions}) == 1 and {session.lock_ms for session in sessions} == {str(PROFILE.lock_ms)}
    return Server(found.version, found.connections, found.used, found.is_read_only, found.bytes, ahead_s, keeps)


def transactions(over_s: float) -> list[Transaction]:
    """Those of this database that are open for longer. Raises StoreUnavailable."""
    return _transactions(_TRANSACTIONS, over_s)


def sweep_holders(over_s: float) -> list[Transaction]:
    """Who has had the one place of a sweeper for longer; a pass takes milliseconds. Raises StoreUnavailable."""
    return _transactions(_SWEEP_HOLDERS, over_s)


def workers() -> list[WorkerSeen]:
    """Every worker that was there within a day. Raises StoreUnavailable."""
    with _asked() as connection:
        found = connection.execute(text(_WORKERS))
        return [WorkerSeen(row.name, tuple(row.queues), float(row.started_s), float(row.seen_s), row.fingerprints or {}) for row in found]


def unrung(over_s: float) -> list[Unrung]:
    """What a sweeper should have rung for so long ago. Raises StoreUnavailable."""
    with _asked() as connection:
        found = connection.execute(text(_UNRUNG), {"over_s": over_s})
        return [Unrung(Purpose(row.purpose), Stage(row.stage), row.runs, float(row.oldest_s)) for row in found]


def turns() -> dict[str, float]:
    """Seconds since each periodic task ran. Raises StoreUnavailable."""
    with _asked() as connection:
        return {row.name: float(row.age_s) for row in connection.execute(text(_TURNS))}


def circuits() -> list[Circuit]:
    """Those that are open. Raises StoreUnavailable."""
    with _asked() as connection:
        return [Circuit(row.vendor, row.code or "", float(row.open_s), row.worker) for row in connection.execute(text(_CIRCUITS))]


def calls_for_help() -> Help:
    """How many call for a person in vain, or did not reach a telephone. Raises StoreUnavailable."""
    with _asked() as connection:
        found = connection.execute(text(_HELP)).one()
    return Help(found.late, found.lost)


def was_accepted_within(provider: str, within_s: float) -> bool:
    """Whether a provider's delivery was taken in lately, of whichever organization. Raises StoreUnavailable."""
    with _asked() as connection:
        return bool(connection.scalar(text(_ACCEPTED), {"provider": provider, "within_s": within_s}))


def _transactions(query: str, over_s: float) -> list[Transaction]:
    with _asked() as connection:
        found = connection.execute(text(query), {"over_s": over_s, "modes": _MODES} if ":modes" in query else {"over_s": over_s})
        return [Transaction(row.pid, row.name, float(row.age_s), row.holds_up, row.holds_rows) for row in found]


@contextmanager
def _asked() -> Iterator[Connection]:
    with reported(), engine(PROFILE).connect() as connection:
        yield connection
