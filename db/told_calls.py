"""Calls that the API tells us of, as PostgreSQL keeps them: that they are there, how they stand, and at their end what was said.

Each is stored like a delivery of a vendor's: event, conversation, transcript and run in one commit (I1), and told twice it is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from db import audits
from db.engine import engine
from db.one_trip import Statement, transaction
from db.outage import reported
from db.sql import ENDS, NEW_TURN, RUN_PART, SAID, SAID_EVENT, STORE_STATUS, conversation_part, transcript_part
from db.storing import of_conversation, of_delivery, of_words, stored
from db.tables.base import new_id
from domain.deliveries import ConversationSeed, Envelope, Stored, TranscriptSeed
from domain.telephony.told_calls import PROVIDER

_STORE_SAID = f"""
WITH {conversation_part(NEW_TURN, ENDS)}, {transcript_part()}, {SAID_EVENT}, {RUN_PART}
SELECT {SAID}
FROM transcript CROSS JOIN event LEFT JOIN run ON true
"""
_FIND = f"""
SELECT c.id, c.provider_ref AS reference, c.phase, c.status, c.status_reason, c.ended, c.escalated_at, c.escalation_reason, c.intake,
    c.their_number, c.updated_at, c.ended_at, said.id AS transcript_id, (
        SELECT r.id FROM runs AS r WHERE r.transcript_id = said.id AND r.purpose = 'live' ORDER BY r.created_at LIMIT 1) AS run_id
FROM conversations AS c
    LEFT JOIN transcripts AS said ON said.organization_id = :org AND said.source = 'api' AND said.source_ref = CAST(c.id AS text)
WHERE c.organization_id = :org AND c.id = :call AND c.provider = '{PROVIDER}' AND c.channel = 'voice'
"""
_CAPTURE = f"""
UPDATE conversations SET intake = COALESCE(intake, '{{}}') || CAST(:told AS jsonb), updated_at = clock_timestamp(),
    phase = CASE WHEN phase IN ('greeting', 'intake', 'clarification') THEN :phase ELSE phase END
WHERE organization_id = :org AND id = :call AND provider = '{PROVIDER}' AND NOT ended AND erased_at IS NULL
RETURNING intake, phase
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A call as it stands. ``reference`` is its name at whoever takes it; with ``transcript_id`` and ``run_id`` its words are stored."""

    id: UUID
    reference: str
    phase: str
    status: str
    status_reason: str | None
    ended: bool
    escalated_at: datetime | None
    escalation_reason: str | None
    intake: Mapping[str, object] | None
    their_number: str | None
    updated_at: datetime
    ended_at: datetime | None
    transcript_id: UUID | None
    run_id: UUID | None


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, and why; None where it needs no reason."""

    actor: str
    name: str
    reason: str | None = None


def store_begin(organization_id: UUID, envelope: Envelope, call: ConversationSeed, act: Act | None = None) -> Stored:
    """Keep that a call has begun; a copy changes nothing. Raises StoreUnavailable."""
    values = of_delivery(organization_id, envelope) | of_conversation(call, turns=0) | {"run_id": new_id()}
    return _store(organization_id, Statement(STORE_STATUS, values), act)


def store_end(organization_id: UUID, envelope: Envelope, call: ConversationSeed, said: TranscriptSeed | None, act: Act) -> Stored:
    """Keep that a call has ended, with what was ``said`` in it if anything was, and open the run over it. Raises StoreUnavailable."""
    if said is None:
        return store_begin(organization_id, envelope, call, act)
    return _store(organization_id, Statement(_STORE_SAID, of_words(organization_id, envelope, call, said)), act)


def store_said(organization_id: UUID, envelope: Envelope, call: ConversationSeed, said: TranscriptSeed) -> Stored:
    """Keep something that was said and is complete in itself, and open the run over it; a copy changes nothing. Raises StoreUnavailable."""
    return _store(organization_id, Statement(_STORE_SAID, of_words(organization_id, envelope, call, said)), None)


def find(organization_id: UUID, call_id: UUID) -> Standing | None:
    """How a call of the API stands; None if there is no such call. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(text(_FIND), {"org": organization_id, "call": call_id}).first()
    return _standing(row) if row else None


def capture(organization_id: UUID, call_id: UUID, told: Mapping[str, object], phase: str, act: Act) -> Mapping[str, object] | None:
    """Add what the caller told, by field; all of it so far. None if there is no such call that goes on. Raises StoreUnavailable."""
    values = {"org": organization_id, "call": call_id, "told": orjson.dumps(dict(told)).decode(), "phase": phase}
    with reported(), engine().begin() as connection:
        row = connection.execute(text(_CAPTURE), values).first()
        if row is None:
            return None
        _note(connection, organization_id, call_id, act)
        return dict(row.intake)


def note(organization_id: UUID, call_id: UUID, act: Act) -> None:
    """Write an act down that changed nothing here. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        _note(connection, organization_id, call_id, act)


def _note(connection: Connection, organization_id: UUID, call_id: UUID, act: Act) -> None:
    audits.record(connection, organization_id, act.actor, act.name, "conversation", call_id, act.reason)


def _store(organization_id: UUID, statement: Statement, act: Act | None) -> Stored:
    with transaction() as trip:
        found = stored(trip.send(statement))
        if act and found.fresh and found.conversation_id:
            trip.send(audits.entered(organization_id, act.actor, act.name, "conversation", found.conversation_id, act.reason))
    return found


def _standing(row: Row[Any]) -> Standing:
    return Standing(**row._asdict())
