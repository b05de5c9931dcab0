"""The plant's figures for /metrics: read from Postgres when somebody asks, so that all processes tell the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from db.engine import engine
from db.outage import reported
from db.tables import effects, runs
from domain.chain import Purpose, Stage
from domain.lanes import Lane

_CHECKS = "SELECT invariant, violations, EXTRACT(EPOCH FROM clock_timestamp() - checked_at) AS age_s FROM invariant_checks"
_FAILURES = "SELECT task, code, outcome, count AS times FROM failure_counts"
# what a worker could take now; all of these are in partial indexes of what is unfinished, or waits for a person
_DUE = """
SELECT purpose, stage, lane, count(*) AS runs,
    EXTRACT(EPOCH FROM statement_timestamp() - min(GREATEST(not_before, stage_since, COALESCE(lease_until, not_before)))) AS oldest_s
FROM runs WHERE state = 'ready' AND not_before <= statement_timestamp() AND (lease_until IS NULL OR lease_until < statement_timestamp())
GROUP BY purpose, stage, lane
"""
_EFFECTS = f"""
SELECT state, count(*) AS effects FROM effects WHERE state IN ('pending', 'sending') GROUP BY state
UNION ALL SELECT state, count(*) FROM effects WHERE {effects.PARKED} GROUP BY state
"""
_DEAD = f"SELECT count(*) FROM runs WHERE {runs.DEAD}"
# one figure for a name, whichever process has it now
_WORKERS = """
SELECT split_part(name, '/', 1) AS name, EXTRACT(EPOCH FROM clock_timestamp() - max(seen_at)) AS age_s FROM workers GROUP BY 1
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
class Figures:
    """Everything at one moment or close to it. ``checked_s``: seconds since the last check of the promises, None if there was none."""

    violations: dict[str, int]
    checked_s: float | None
    failures: Sequence[Failures]
    due: Sequence[Due]
    effects: dict[str, int]
    dead_runs: int
    workers: dict[str, float]


def read() -> Figures:
    """All figures, within the process's own limits for a statement. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        checks = connection.execute(text(_CHECKS)).all()
        return Figures(
            violations={row.invariant: row.violations for row in checks},
            checked_s=max((float(row.age_s) for row in checks), default=None),
            failures=[Failures(row.task, row.code, row.outcome, row.times) for row in connection.execute(text(_FAILURES))],
            due=_due(connection),
            effects={row.state: row.effects for row in connection.execute(text(_EFFECTS))},
            dead_runs=int(connection.scalar(text(_DEAD)) or 0),
            workers={row.name: float(row.age_s) for row in connection.execute(text(_WORKERS))},
        )


def _due(connection: Connection) -> list[Due]:
    return [
        Due(Purpose(row.purpose), Stage(row.stage), Lane(row.lane), row.runs, float(row.oldest_s)) for row in connection.execute(text(_DUE))
    ]
