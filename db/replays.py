"""Works off again what is stored: enters what is missing, makes due what waits, takes away leases of those who are gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Row, text

from db.bodies import unpack
from db.engine import engine
from db.outage import reported
from db.tables.base import new_id
from domain.chain import RunState, Stage
from domain.diagnosis.crew import SILENT_AFTER_S
from domain.statuses import UNKNOWN_SHAPE

_EVENTS = """
SELECT id, provider, kind, dedupe_key, subject, body, transcript_id, trace_id, received_at FROM webhook_events
WHERE organization_id = :org AND id = ANY(:ids) ORDER BY received_at, id
"""
# the delivery keeps its own row and its own words; what was entered by way of a copy is its own now
_LINK = """
UPDATE webhook_events AS e SET conversation_id = copy.conversation_id, transcript_id = copy.transcript_id
FROM webhook_events AS copy
WHERE e.organization_id = :org AND e.id = :event AND copy.organization_id = :org AND copy.id = :copy AND e.transcript_id IS NULL
"""
_DROP_COPY = "DELETE FROM webhook_events WHERE organization_id = :org AND id = :copy AND id <> :event"
# Only what failed for its shape: whatever else was said of it since counts. The kind is what its words are looked for under.
_READ_AGAIN = """
WITH told AS (
    UPDATE transcripts AS t SET status = 'completed', status_reason = NULL, updated_at = clock_timestamp()
    FROM webhook_events AS e
    WHERE e.organization_id = :org AND e.id = :event AND t.organization_id = :org AND t.id = e.transcript_id
        AND t.status = 'failed' AND t.status_reason = :reason
    RETURNING t.id)
UPDATE webhook_events SET kind = :kind WHERE organization_id = :org AND id = :event AND EXISTS (SELECT FROM told) RETURNING id
"""
# what has words, or will have; a recording that never came to be has nothing to work on
_OPEN_MISSING = """
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, next_publish_at, trace_id)
SELECT :run, t.organization_id, t.conversation_id, t.id, t.turn, clock_timestamp(), :trace
FROM transcripts AS t
WHERE t.organization_id = :org AND t.id = :transcript AND (t.status IN ('pending', 'completed') OR (t.status = 'processing'
        AND t.source <> 'live_transcription'))
    AND NOT EXISTS (SELECT FROM runs AS r WHERE r.transcript_id = t.id AND r.purpose = 'live')
ON CONFLICT DO NOTHING RETURNING id
"""
# whoever really has it: a claim that is noted, of a worker that lives, and no longer than a claim holds
_HELD = f"""EXISTS (
    SELECT FROM run_steps AS s JOIN workers AS w ON w.name = s.worker
    WHERE s.run_id = r.id AND s.stage = r.stage AND s.finished_at IS NULL
        AND w.seen_at > clock_timestamp() - interval '{SILENT_AFTER_S} seconds'
        AND r.lease_until <= s.started_at + make_interval(secs => :lease_s + 5.0))"""
# locked before it is looked at: whoever waits for the row in one statement sees the rows beside it as they were before
_LOCKED = "SELECT stage FROM runs WHERE organization_id = :org AND id = :run FOR UPDATE"
_LOOK = f"""
SELECT r.state, r.last_error, r.lease_until > clock_timestamp() AS leased, {_HELD} AS held
FROM runs AS r WHERE r.organization_id = :org AND r.id = :run
"""
_RING = """
UPDATE runs SET lease_token = NULL, lease_until = NULL, next_publish_at = clock_timestamp(),
    not_before = CASE WHEN state = 'ready' THEN clock_timestamp() ELSE not_before END
WHERE organization_id = :org AND id = :run AND state IN ('ready', 'waiting')
"""
# what may have left the house keeps its lease, for as long as one may last: only then is it looked up at the vendor
_RING_EFFECT = """
UPDATE effects SET
    -- LEAST takes no notice of NULL, and would lease what nobody has
    lease_until = CASE WHEN lease_until IS NOT NULL THEN LEAST(lease_until, clock_timestamp() + make_interval(secs => :lease_s)) END,
    not_before = CASE WHEN state = 'pending' THEN clock_timestamp()
        ELSE LEAST(not_before, clock_timestamp() + make_interval(secs => :lease_s)) END,
    next_publish_at = CASE WHEN lease_until > clock_timestamp()
        THEN LEAST(next_publish_at, clock_timestamp() + make_interval(secs => :lease_s + 0.5)) ELSE clock_timestamp() END
WHERE organization_id = :org AND id = :effect AND state IN ('pending', 'sending') RETURNING id
"""


class Outcome(StrEnum):
    """What became of a run that was to be worked off again."""

    RUNG = "rung"
    FREED = "freed"
    AT_WORK = "at_work"
    DONE = "done"
    DEAD = "dead"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A delivery as it is stored, byte for byte; its body is empty if it is kept no more."""

    id: UUID
    provider: str
    kind: str
    dedupe_key: str
    subject: str
    body: bytes
    transcript_id: UUID | None
    trace_id: str
    received_at: datetime


def fetch_events(organization_id: UUID, ids: Collection[UUID]) -> list[KeptEvent]:
    """Deliveries in the order of their arrival. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        return [_event(row) for row in connection.execute(text(_EVENTS), {"org": organization_id, "ids": list(ids)})]


def link(organization_id: UUID, event_id: UUID, copy_id: UUID) -> None:
    """Make a delivery the owner of what its copy entered, and drop the copy. Raises StoreUnavailable."""
    parameters = {"org": organization_id, "event": event_id, "copy": copy_id}
    with reported(), engine().begin() as connection:
        connection.execute(text(_LINK), parameters)
        connection.execute(text(_DROP_COPY), parameters)


def enter_words(organization_id: UUID, event_id: UUID, kind: str) -> bool:
    """Make a delivery that nobody could read one of this kind, with words; False if its transcript no longer stands so.

    Raises StoreUnavailable.
    """
    parameters = {"org": organization_id, "event": event_id, "kind": kind, "reason": UNKNOWN_SHAPE}
    with reported(), engine().begin() as connection:
        return connection.execute(text(_READ_AGAIN), parameters).first() is not None


def open_missing_run(organization_id: UUID, transcript_id: UUID, trace_id: str) -> UUID | None:
    """Open the live run that a transcript should have and has not; None if it has one, or nothing to work on. Raises StoreUnavailable."""
    parameters = {"org": organization_id, "transcript": transcript_id, "run": new_id(), "trace": trace_id}
    with reported(), engine().begin() as connection:
        found: UUID | None = connection.scalar(text(_OPEN_MISSING), parameters)
        return found


def ring(organization_id: UUID, run_id: UUID, lease_s: dict[Stage, float]) -> tuple[Outcome, str | None]:
    """Make an open run due now, and take it from whoever holds it and is gone; what became of it, and its last error.

    Safe at any time: a late writer is fenced off (I3), and what was submitted is not submitted again before it is overdue (I8).
    Raises StoreUnavailable.
    """
    parameters: dict[str, object] = {"org": organization_id, "run": run_id}
    with reported(), engine().begin() as connection:
        stage = connection.scalar(text(_LOCKED), parameters)
        if stage is None:
            return Outcome.GONE, None
        run = connection.execute(text(_LOOK), parameters | {"lease_s": lease_s[Stage(stage)]}).one()
        if run.state in {RunState.DONE, RunState.DEAD}:
            return Outcome(run.state), run.last_error
        if run.leased and run.held:
            return Outcome.AT_WORK, run.last_error
        connection.execute(text(_RING), parameters)
        return (Outcome.FREED if run.leased else Outcome.RUNG), run.last_error


def ring_effect(organization_id: UUID, effect_id: UUID, lease_s: float) -> bool:
    """Make an unfinished effect due: now, or as soon as whoever may be sending it is surely gone. False if it is finished.

    Raises StoreUnavailable.
    """
    parameters = {"org": organization_id, "effect": effect_id, "lease_s": lease_s}
    with reported(), engine().begin() as connection:
        return connection.execute(text(_RING_EFFECT), parameters).first() is not None


def _event(row: Row[tuple[object, ...]]) -> KeptEvent:
    values = {name: getattr(row, name) for name in KeptEvent.__slots__}
    return KeptEvent(**{**values, "body": unpack(bytes(row.body)) if row.body else b""})
