"""Asks whether the house keeps what it promises (I1 to I9), and writes the answers down."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

from db.engine import SWEEP, engine
from db.outage import reason, reported
from db.plant.promises import arrival, outside, ownership, progress
from db.plant.promises.promise import Promise
from db.tables.base import first_id
from domain.chain import Purpose, Stage
from domain.jobs import JobKind
from domain.lanes import Lane
from domain.statuses import ENDED
from domain.telephony.twilio import CALL_STATUSES, MESSAGE_STATUSES

# in the order of their names
PROMISES = tuple(
    sorted((*arrival.PROMISES, *ownership.PROMISES, *outside.PROMISES, *progress.PROMISES), key=lambda promise: promise.name.split(".")[0])
)
_NAMES = [promise.name for promise in PROMISES]

# Rows of finished work are looked at for so long, counted back from the last check, or from when a promise was found broken: whatever
# happens while nobody checks is seen later, and what is broken does not heal by growing old. But not for ever.
WINDOW = timedelta(hours=1)
AT_MOST = timedelta(days=7)
# a query that takes longer has too much to look at, and is given up; so is what a check has not come to before the next one is due
STATEMENT_MS, BUDGET_S = 5_000, 30.0
OUT_OF_TIME = "invariants:out_of_time"

_SINCE = "SELECT invariant, checked_at, LEAST(checked_at, broken_since) AS since, clock_timestamp() AS now FROM invariant_checks"
_LOOK = "WITH broken AS ({sql}) SELECT what, CAST(id AS text) AS id, count(*) OVER () AS found FROM broken LIMIT :limit"
_RECORD = """
INSERT INTO invariant_checks AS c (invariant, violations, broken_since, checked_at)
SELECT told.invariant, told.violations, CASE WHEN told.violations > 0 THEN transaction_timestamp() END, transaction_timestamp()
FROM unnest(CAST(:names AS text[]), CAST(:counts AS int[])) AS told (invariant, violations)
ON CONFLICT (invariant) DO UPDATE SET violations = excluded.violations, checked_at = excluded.checked_at,
    broken_since = CASE WHEN excluded.violations > 0 THEN COALESCE(c.broken_since, excluded.broken_since) END
"""

Checks = Sequence[Row[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the queries must be told: who works where, and how often a recording may be submitted."""

    routes: Sequence[tuple[Purpose, Stage, Lane, str]]
    deliver_queues: Mapping[Lane, str]
    submitted_at_most: int
    job_queues: Mapping[JobKind, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """How often a promise is broken; ``samples`` are "what id". With ``unchecked``, a code that says why, nobody knows."""

    promise: Promise
    count: int
    samples: tuple[str, ...] = ()
    unchecked: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it was checked, and nothing breaks it."""
        return not (self.count or self.unchecked)


@dataclass(frozen=True, slots=True)
class Change:
    """What a check found where it differs from the one before: ``before`` violations then."""

    finding: Finding
    before: int


def check(rules: Rules, *, limit: int = 5, since: datetime | None = None) -> list[Finding]:
    """Every promise, with up to ``limit`` samples of what breaks it; all queries see one moment, and none of them waits for a lock.

    Finished work is looked at from ``since`` on, else from an hour before the last check. A query that fails or is too slow leaves its own
    promise unchecked and no other. Raises StoreUnavailable if the database is away.
    """
    with reported(), engine(SWEEP).connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            return look(connection, rules, limit=limit, since=since)


def look(connection: Connection, rules: Rules, *, limit: int = 5, since: datetime | None = None) -> list[Finding]:
    """The same, as the transaction that is open on this connection sees the house."""
    ends = time.monotonic() + BUDGET_S
    connection.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_MS}"))
    checks = connection.execute(text(_SINCE)).all()
    begins = _begins(checks, since)
    parameters = _told(rules) | {"limit": limit}
    found = {
        promise.name: _looked(connection, promise, parameters | {"since": first_id(begins[promise.name])}, ends)
        for promise in _in_turn(checks)
    }
    return [found[name] for name in _NAMES]


def record(findings: Sequence[Finding]) -> list[Change]:
    """Write down what was checked; what is newly broken, broken more often than before, or whole again. Raises StoreUnavailable."""
    findings = [finding for finding in findings if not finding.unchecked]
    with reported(), engine(SWEEP).begin() as connection:
        before = {row.invariant: row.violations for row in connection.execute(text("SELECT invariant, violations FROM invariant_checks"))}
        parameters = {"names": [finding.promise.name for finding in findings], "counts": [finding.count for finding in findings]}
        connection.execute(text(_RECORD), parameters)
        connection.execute(text("DELETE FROM invariant_checks WHERE invariant <> ALL(:names)"), {"names": _NAMES})
    changes = [Change(finding, before.get(finding.promise.name, 0)) for finding in findings]
    return [change for change in changes if change.finding.count > change.before or (change.before and not change.finding.count)]


def _looked(connection: Connection, promise: Promise, parameters: dict[str, object], ends: float) -> Finding:
    if time.monotonic() > ends:
        return Finding(promise, 0, unchecked=OUT_OF_TIME)
    try:
        with connection.begin_nested():  # so that the snapshot outlives a query that fails
            rows = connection.execute(text(_LOOK.format(sql=promise.sql)), parameters).all()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return Finding(promise, 0, unchecked=reason(error))
    return Finding(promise, rows[0].found if rows else 0, tuple(f"{row.what} {row.id}" for row in rows))


def _in_turn(checks: Checks) -> list[Promise]:
    """First what the last check answered, then the rest in any order: however many are too slow, they take nobody else's time for ever."""
    last = max((row.checked_at for row in checks), default=None)
    answered = {row.invariant for row in checks if row.checked_at == last}
    return sorted(PROMISES, key=lambda promise: (promise.name not in answered, random.random()))  # noqa: S311 - takes turns, guards nothing


def _begins(checks: Checks, since: datetime | None) -> dict[str, datetime]:
    """From when on each promise is looked at."""
    if since:
        return dict.fromkeys(_NAMES, since)
    now = checks[0].now if checks else datetime.now(UTC)
    known = {row.invariant: max(row.since, now - AT_MOST) for row in checks}
    return {name: known.get(name, now) - WINDOW for name in _NAMES}


def _told(rules: Rules) -> dict[str, object]:
    purposes, stages, lanes, queues = ([route[column] for route in rules.routes] for column in range(4))
    return {
        "purposes": purposes,
        "stages": stages,
        "lanes": lanes,
        "queues": queues,
        "deliver_queues": orjson.dumps({lane.value: queue for lane, queue in rules.deliver_queues.items()}).decode(),
        "submitted_at_most": rules.submitted_at_most,
        "job_kinds": [kind.value for kind in rules.job_queues],
        "job_queues": list(rules.job_queues.values()),
        "ended": [name for name, (status, _) in CALL_STATUSES.items() if status in ENDED],
        "deliveries": list(MESSAGE_STATUSES),
        "ranks": list(MESSAGE_STATUSES.values()),
    }
