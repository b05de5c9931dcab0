"""What waits for a person: dead runs, and effects that failed or of which nobody knows whether they happened. Ids and codes only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.resends import ANSWERED_BY, OF_A_MOMENT
from db.tables.effects import PARKED, UNDELIVERED
from db.tables.runs import DEAD

_DEAD_RUNS = f"""
SELECT r.id AS run_id, r.transcript_id, t.source_ref, r.purpose, r.stage, r.last_error AS code, r.finished_at AS ended_at
FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
WHERE r.organization_id = :org AND {DEAD} ORDER BY r.finished_at DESC LIMIT :limit
"""
# calls for help before all else: somebody is waiting
_EFFECTS = f"""
SELECT id AS effect_id, conversation_id, kind, state, last_error AS code, finished_at AS ended_at, kind = 'escalation' AS is_help,
    {OF_A_MOMENT} OR EXISTS ({ANSWERED_BY}) AS came_to_nothing
FROM effects AS e
WHERE organization_id = :org AND {PARKED}
UNION ALL
SELECT id, conversation_id, kind, delivery, delivery_code, finished_at, true, false
FROM effects
WHERE organization_id = :org AND {UNDELIVERED} AND settled_at IS NULL
ORDER BY is_help DESC, ended_at DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class DeadRun:
    """A run that a person may retry. ``source_ref`` is the vendor's own id of what was said to us."""

    run_id: UUID
    transcript_id: UUID
    source_ref: str
    purpose: str
    stage: str
    code: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class ParkedEffect:
    """An effect about which a person has to decide. One that was sent and did not arrive has the network's word for its state.

    ``came_to_nothing``: a later turn of the conversation was answered, or it was for a moment of a call: it is not sent again.
    """

    effect_id: UUID
    conversation_id: UUID
    kind: str
    state: str
    code: str | None
    ended_at: datetime
    is_help: bool
    came_to_nothing: bool


def fetch_dead_runs(organization_id: UUID, limit: int) -> list[DeadRun]:
    """The newest dead runs. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_DEAD_RUNS), {"org": organization_id, "limit": limit})
        return [DeadRun(**row._asdict()) for row in rows]


def fetch_effects(organization_id: UUID, limit: int) -> list[ParkedEffect]:
    """Calls for help first: the newest effects that failed, did not arrive or have no known outcome, about which nobody has decided.

    Raises StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_EFFECTS), {"org": organization_id, "limit": limit})
        return [ParkedEffect(**row._asdict()) for row in rows]
