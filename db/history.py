"""What became of a run, try by try: figures and codes of Postgres, which remembers when Flower has forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from db.engine import engine
from db.outage import reported
from domain.attempts import Attempt

_RUNS = """
SELECT id AS run_id, transcript_id, conversation_id, purpose, state, stage, waiting_for, last_error, created_at, finished_at
FROM runs WHERE organization_id = :org AND id = ANY(:runs) ORDER BY created_at, id
"""
# whoever holds the run's lease is at it; any other try without an outcome was lost with its worker
_ATTEMPTS = """
SELECT a.run_id, r.transcript_id, a.stage, a.attempt, a.queued_at, a.started_at, a.finished_at, a.worker, a.outcome, a.code,
    a.outcome IS NULL AND (r.lease_token IS DISTINCT FROM a.lease_token OR r.lease_until < clock_timestamp()) AS is_lost
FROM run_attempts AS a JOIN runs AS r ON r.id = a.run_id
WHERE a.organization_id = :org AND a.run_id = ANY(:runs) ORDER BY r.created_at, a.run_id, a.started_at
"""
_EFFECTS = """
SELECT e.id AS effect_id, e.run_id, e.kind, e.state, e.attempts, e.last_error AS code, e.provider, e.worker, e.created_at, e.finished_at
FROM effects AS e WHERE e.organization_id = :org AND e.run_id = ANY(:runs) ORDER BY e.created_at, e.id
"""


@dataclass(frozen=True, slots=True)
class RunStanding:
    """A run as it stands now."""

    run_id: UUID
    transcript_id: UUID
    conversation_id: UUID
    purpose: str
    state: str
    stage: str
    waiting_for: str | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that a run had sent, or was to: neither number nor text."""

    effect_id: UUID
    run_id: UUID
    kind: str
    state: str
    attempts: int
    code: str | None
    provider: str | None
    worker: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """Runs, all their tries, and what they sent; each oldest first."""

    runs: Sequence[RunStanding]
    attempts: Sequence[Attempt]
    effects: Sequence[Sent]


def fetch(organization_id: UUID, run_ids: Sequence[UUID]) -> History:
    """The history of these runs. Raises StoreUnavailable."""
    mine = {"org": organization_id, "runs": list(run_ids)}
    with reported(), engine().connect() as connection:
        runs, effects = (connection.execute(text(query), mine).mappings().all() for query in (_RUNS, _EFFECTS))
        attempts = fetch_attempts(connection, organization_id, run_ids)
    return History([RunStanding(**row) for row in runs], attempts, [Sent(**row) for row in effects])


def fetch_attempts(connection: Connection, organization_id: UUID, run_ids: Sequence[UUID]) -> list[Attempt]:
    """Every try of these runs, oldest first."""
    found = connection.execute(text(_ATTEMPTS), {"org": organization_id, "runs": list(run_ids)})
    return [Attempt(**row) for row in found.mappings()]
