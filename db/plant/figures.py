"""The plant's figures for /metrics: read from Postgres when somebody asks, so that all processes tell the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, text

import settings
from db.engine import engine
from db.outage import reported
from db.tables import effects, runs
from db.tables.plant import IS_HELD
from domain.chain import Purpose, Stage
from domain.diagnosis.crew import SILENT_AFTER_S
from domain.jobs import JobKind
from domain.lanes import Lane
from domain.vendors import OPENS_AFTER

_CHECKS = "SELECT invariant, violations, EXTRACT(EPOCH FROM clock_timestamp() - checked_at) AS age_s FROM invariant_checks"
_FAILURES = "SELECT task, code, outcome, count AS times FROM failure_counts"
# what a worker could take now; all of these are in partial indexes of what is unfinished, or waits for a person
_DUE = """
SELECT purpose, stage, lane, count(*) AS runs,
    EXTRACT(EPOCH FROM statement_timestamp() - min(GREATEST(not_before, stage_since, COALESCE(lease_until, not_before)))) AS oldest_s
FROM runs WHERE state = 'ready' AND not_before <= statement_timestamp() AND (lease_until IS NULL OR lease_until < statement_timestamp())
GROUP BY purpose, stage, lane
"""
# a call for help that was sent and did not reach its telephone, in whichever of the network's words
UNDELIVERED = "undelivered"
_EFFECTS = f"""
SELECT state, count(*) AS effects FROM effects WHERE state IN ('pending', 'sending') GROUP BY state
UNION ALL SELECT state, count(*) FROM effects WHERE {effects.PARKED} GROUP BY state
UNION ALL SELECT '{UNDELIVERED}', count(*) FROM effects WHERE {effects.UNDELIVERED} AND settled_at IS NULL
"""
# what is over is counted with the last hour's (db/plant/trends.py); what is open stands in a partial index
_JOBS = "SELECT kind, state, count(*) AS jobs FROM jobs WHERE state IN ('pending', 'running') GROUP BY kind, state"
_JOBS_DUE = """
SELECT kind, EXTRACT(EPOCH FROM statement_timestamp() - min(GREATEST(not_before, COALESCE(lease_until, not_before)))) AS oldest_s
FROM jobs WHERE state IN ('pending', 'running') AND not_before <= statement_timestamp() AND expires_at > statement_timestamp()
    AND (lease_until IS NULL OR lease_until < statement_timestamp())
GROUP BY kind
"""
_DEAD = f"SELECT count(*) FROM runs WHERE {runs.DEAD}"
# one figure for a name, whichever process has it now
_WORKERS = """
SELECT split_part(name, '/', 1) AS name, EXTRACT(EPOCH FROM clock_timestamp() - max(seen_at)) AS age_s FROM workers GROUP BY 1
"""

# who is silent for longer takes nothing from a queue
_SERVED = f"""
SELECT queue, count(*) AS workers FROM workers, unnest(queues) AS q (queue)
WHERE seen_at > clock_timestamp() - interval '{SILENT_AFTER_S} seconds' GROUP BY queue
"""
_VENDORS = f"""
SELECT h.vendor, h.failures, COALESCE(h.open_until > clock_timestamp(), FALSE) AS shut,
    (SELECT count(*) FROM vendor_places WHERE vendor = h.vendor AND {IS_HELD}) AS calls
FROM vendor_health AS h
"""
# what is under way and what waits for a person stand in partial indexes
_HELP = f"""
SELECT state, count(*) AS calls, max(EXTRACT(EPOCH FROM clock_timestamp() - created_at)) AS oldest_s
FROM effects WHERE kind = 'escalation' AND state IN ('pending', 'sending') GROUP BY state
UNION ALL SELECT state, count(*), 0 FROM effects WHERE kind = 'escalation' AND {effects.PARKED} GROUP BY state
"""
# A callback that has not come in time is a debt, and stays one while its recording is submitted once more.
_AWAITED = """
SELECT count(*) AS awaited, count(*) FILTER (WHERE s.submission - s.written_off > 1
        OR s.submitted_at < clock_timestamp() - make_interval(secs => CAST(:overdue_s AS float))) AS overdue
FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = 'transcribe'
WHERE r.state IN ('ready', 'waiting') AND r.stage = 'transcribe' AND s.submission > s.written_off
"""
# today's rows only, found by their keys: it begins anew at midnight (UTC), as a counter may
_TODAY = """
SELECT COALESCE(sum(u.llm_tokens), 0) AS llm_tokens, COALESCE(sum(u.speech_seconds), 0) AS speech_seconds
FROM organizations AS o JOIN usage_days AS u ON u.organization_id = o.id AND u.day = (clock_timestamp() AT TIME ZONE 'UTC')::date
"""


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a task has failed with a code, and what became of it then."""

    task: str
    code: str
    outcome: str
    times: int


@dataclass(frozen=True, slots=True)
class Due:
    """Runs that a worker could take now, and for how many seconds the oldest of them has been due."""

    purpose: Purpose
    stage: Stage
    lane: Lane
    runs: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a vendor stands: failures in a row, whether its circuit is open, and calls that are under way."""

    failures: int = 0
    is_open: bool = False
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything at one moment or close to it. ``checked_s``: seconds since the last check of the promises, None if there was none.

    ``help`` are calls for help that have not left, by state, and ``help_oldest_s`` is how old the oldest is that is still tried.
    ``jobs`` are open ones of the API by kind and state, and ``jobs_due_s`` is for how long the oldest of a kind could be taken.
    ``awaited`` and ``overdue`` are callbacks; ``served`` is each queue's workers; ``llm_tokens`` and ``speech_seconds`` are today's.
    """

    violations: dict[str, int]
    checked_s: float | None
    failures: Sequence[Failures]
    due: Sequence[Due]
    effects: dict[str, int]
    dead_runs: int
    jobs: dict[tuple[str, str], int]
    jobs_due_s: dict[JobKind, float]
    workers: dict[str, float]
    served: dict[str, int]
    vendors: dict[str, Standing]
    help: dict[str, int]
    help_oldest_s: float
    awaited: int
    overdue: int
    llm_tokens: int
    speech_seconds: int


def read() -> Figures:
    """All figures, within the process's own limits for a statement. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        checks = connection.execute(text(_CHECKS)).all()
        called = connection.execute(text(_HELP)).all()
        awaited = connection.execute(text(_AWAITED), {"overdue_s": settings.current().deepgram.overdue_s}).one()
        today = connection.execute(text(_TODAY)).one()
        return Figures(
            violations={row.invariant: row.violations for row in checks},
            checked_s=max((float(row.age_s) for row in checks), default=None),
            failures=[Failures(row.task, row.code, row.outcome, row.times) for row in connection.execute(text(_FAILURES))],
            due=_due(connection),
            effects={row.state: row.effects for row in connection.execute(text(_EFFECTS))},
            dead_runs=int(connection.scalar(text(_DEAD)) or 0),
            jobs={(row.kind, row.state): row.jobs for row in connection.execute(text(_JOBS))},
            jobs_due_s={JobKind(row.kind): float(row.oldest_s) for row in connection.execute(text(_JOBS_DUE))},
            workers={row.name: float(row.age_s) for row in connection.execute(text(_WORKERS))},
            served={row.queue: row.workers for row in connection.execute(text(_SERVED))},
            vendors={row.vendor: _standing(row) for row in connection.execute(text(_VENDORS))},
            help={row.state: row.calls for row in called},
            help_oldest_s=max((float(row.oldest_s) for row in called), default=0.0),
            awaited=awaited.awaited,
            overdue=awaited.overdue,
            llm_tokens=int(today.llm_tokens),
            speech_seconds=int(today.speech_seconds),
        )


def _due(connection: Connection) -> list[Due]:
    return [
        Due(Purpose(row.purpose), Stage(row.stage), Lane(row.lane), row.runs, float(row.oldest_s)) for row in connection.execute(text(_DUE))
    ]


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    # one whose pause is over stays open until a call has found out that the vendor is back
    return Standing(row.failures, row.shut or row.failures >= OPENS_AFTER, row.calls)
