"""What customers read of a call: how far it has come, and what was said in it, turn by turn. Two queries, however long it was.

And of any conversation: with whom it is, how it stands, and what was said in it by its ids. One query.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.telephony.twilio import PROVIDER

# a turn has one live run that counts, or none yet: then the newest
_TURNS = """
SELECT words.text AS user, CASE WHEN said.id IS NOT NULL THEN replies.text END AS agent, words.confidence,
    CASE WHEN c.escalated_at IS NOT NULL AND t.created_at >= c.escalated_at THEN 'escalation' ELSE 'intake' END AS stage
FROM transcripts AS t JOIN conversations AS c ON c.id = t.conversation_id
LEFT JOIN LATERAL (
    SELECT r.id FROM runs AS r WHERE r.transcript_id = t.id AND (r.id = t.current_run_id OR r.purpose = 'live')
    ORDER BY r.id IS NOT DISTINCT FROM t.current_run_id DESC, r.id DESC LIMIT 1) AS run ON true
LEFT JOIN LATERAL (
    SELECT string_agg(u.text, ' ' ORDER BY u.seq) AS text, min(u.confidence) AS confidence FROM utterances AS u WHERE u.run_id = run.id
) AS words ON true
LEFT JOIN effects AS said ON said.organization_id = :org AND said.state = 'sent'
    AND said.effect_key = concat_ws(':', 'transcript', t.id, 'call_update')
LEFT JOIN replies ON replies.run_id = said.run_id
WHERE t.organization_id = :org AND t.conversation_id = :conversation AND t.source = 'live_turn'
ORDER BY t.turn
"""
_CALL = """
SELECT id, phase, escalated_at IS NOT NULL AS escalated FROM conversations
WHERE organization_id = :org AND provider = :provider AND provider_ref = :call AND channel = 'voice'
"""
# a thread never ends: of more, GET /v1/transcripts?conversation_id=… has the pages
TRANSCRIPTS_AT_MOST = 500
_CONVERSATION = f"""
SELECT c.id, c.channel, c.direction, c.our_number, c.their_number, c.status, c.phase, c.escalated_at, c.escalation_reason, c.started_at,
    c.ended_at, ARRAY(
        SELECT t.id FROM transcripts AS t WHERE t.organization_id = :org AND t.conversation_id = c.id
        ORDER BY t.turn DESC LIMIT {TRANSCRIPTS_AT_MOST}) AS transcripts
FROM conversations AS c WHERE c.organization_id = :org AND c.id = :conversation
"""


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as it stands. Numbers are E.164, client or sip addresses; ``transcripts`` the newest first."""

    id: UUID
    channel: str
    direction: str | None
    our_number: str | None
    their_number: str | None
    status: str
    phase: str
    escalated_at: datetime | None
    escalation_reason: str | None
    started_at: datetime
    ended_at: datetime | None
    transcripts: list[UUID]


@dataclass(frozen=True, slots=True)
class TurnView:
    """What was said in one turn, and what we said then. What is not known yet, or was not said, is None; ``confidence`` is 0..1."""

    user: str | None
    agent: str | None
    stage: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as it stands."""

    call_id: str
    conversation_id: UUID
    stage: str
    escalated: bool
    turns: tuple[TurnView, ...]

    @property
    def last_transcript(self) -> str | None:
        """What the caller said last."""
        return next((turn.user for turn in reversed(self.turns) if turn.user is not None), None)

    @property
    def last_reply(self) -> str | None:
        """What we said last."""
        return next((turn.agent for turn in reversed(self.turns) if turn.agent is not None), None)

    @property
    def confidence(self) -> float | None:
        """How sure the telephone vendor is of the last words, 0..1."""
        return next((turn.confidence for turn in reversed(self.turns) if turn.user is not None), None)


def fetch_conversation(organization_id: UUID, conversation_id: UUID) -> ConversationView | None:
    """A conversation by its id. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_CONVERSATION), {"org": organization_id, "conversation": conversation_id}).first()
    return ConversationView(**found._asdict()) if found else None


def fetch_call(organization_id: UUID, call: str) -> CallView | None:
    """A call by its CallSid. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_CALL), {"org": organization_id, "provider": PROVIDER, "call": call}).first()
        if found is None:
            return None
        turns = connection.execute(text(_TURNS), {"org": organization_id, "conversation": found.id})
        said = tuple(TurnView(row.user, row.agent, row.stage, row.confidence) for row in turns)
    return CallView(call, found.id, found.phase, found.escalated, said)
