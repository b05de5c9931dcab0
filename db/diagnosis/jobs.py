"""Gathers the facts of jobs that were asked of the API: how they stand, and no word of what was asked or answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from db.diagnosis.search import MOST
from db.engine import SWEEP, engine
from db.outage import reported
from domain.diagnosis.evidence import Job
from domain.jobs import JobKind

# whoever gave up one that was put off ended it before its time had come; a worker ends none before that
_JOBS = """
SELECT id, kind, state, attempts, trace_id, error_code AS error, worker, state = 'failed' AND not_before > finished_at AS given_up,
    EXTRACT(EPOCH FROM not_before - clock_timestamp()) AS due_s, EXTRACT(EPOCH FROM next_publish_at - clock_timestamp()) AS ring_s,
    EXTRACT(EPOCH FROM lease_until - clock_timestamp()) AS lease_left_s, EXTRACT(EPOCH FROM expires_at - clock_timestamp()) AS kept_s,
    EXTRACT(EPOCH FROM clock_timestamp() - created_at) AS asked_s, EXTRACT(EPOCH FROM clock_timestamp() - started_at) AS started_s,
    EXTRACT(EPOCH FROM clock_timestamp() - finished_at) AS finished_s
FROM jobs WHERE organization_id = :org AND id = ANY(:jobs) ORDER BY id DESC LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rows cannot say: where a job waits, how long a claim of one holds, how often it is tried."""

    queues: Mapping[JobKind, str]
    lease_s: float
    max_attempts: int


def fetch(organization_id: UUID, job_ids: Collection[UUID], rules: Rules) -> list[Job]:
    """These jobs, the newest first; also those whose day is over, until they are tidied away. Raises StoreUnavailable."""
    if not job_ids:
        return []
    with reported(), engine(SWEEP).connect() as connection:
        rows = connection.execute(text(_JOBS), {"org": organization_id, "jobs": list(job_ids), "most": MOST})
        return [_job(row, rules) for row in rows]


def _job(row: Row[tuple[Any, ...]], rules: Rules) -> Job:
    return Job(
        row.id, row.kind, row.state, row.attempts, rules.queues[JobKind(row.kind)], row.trace_id,
        due_s=float(row.due_s), ring_s=float(row.ring_s), lease_s=rules.lease_s, asked_s=float(row.asked_s), kept_s=float(row.kept_s),
        max_attempts=rules.max_attempts, lease_left_s=_seconds(row.lease_left_s), started_s=_seconds(row.started_s),
        finished_s=_seconds(row.finished_s), error=row.error, worker=row.worker, given_up=bool(row.given_up),
    )  # fmt: skip


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))
