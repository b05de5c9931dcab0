"""What an operator decides about a conversation: a person is called, a live call ends. Done and noted in one commit, or not at all."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db import audits
from db.engine import engine
from db.outage import reported
from db.sql import HELPER
from db.tables.base import new_id
from db.tables.effects import CALLED, PARKED, UNDELIVERED, reason_of
from domain.chain import EffectKind
from domain.emergencies.escalation import CALL_FOR_HELP, ESCALATION, LESSER_CALLS, LESSER_REASONS, calls_again_after_s, worded
from domain.errors import CalledBeforeError, NobodyOnCallError, RefusedError
from domain.lanes import Lane
from domain.runs import EffectBell
from domain.speech import Channel
from domain.statuses import CONVERSATION_MOVES, ConversationStatus
from domain.telephony.told_calls import PROVIDER as TOLD

# why a conversation was escalated by nobody's words
BY_OPERATOR = "operator"
_NOBODY = "nobody is on call: set on_call or front_desk of the organization (PUT /v1/organization), then ask again"

_LOCK = f"""
SELECT c.id, c.provider, c.provider_ref, c.channel, c.status, c.our_number, c.their_number, o.name, {HELPER} AS helper
FROM conversations AS c JOIN organizations AS o ON o.id = c.organization_id
WHERE c.organization_id = :org AND c.id = :conversation FOR NO KEY UPDATE OF c
"""
# who only asks for a person takes nothing of an emergency back
_IS_LESSER = f"COALESCE(CAST(:why AS text) IN {LESSER_REASONS}, false)"
_ESCALATE = f"""
UPDATE conversations SET phase = 'escalation', escalated_at = clock_timestamp(), updated_at = clock_timestamp(),
    escalation_reason = CASE WHEN {_IS_LESSER} AND escalation_reason NOT IN {LESSER_REASONS} THEN escalation_reason ELSE :why END
WHERE organization_id = :org AND id = :conversation
"""
# The same was done: a person was called because somebody may be in danger, or the call was ended, which is the answer to nothing said.
_SUCH = f"""organization_id = :org AND conversation_id = :conversation AND kind = :kind
    AND CASE kind WHEN 'escalation' THEN ({_IS_LESSER} OR {reason_of("effects")} NOT IN {LESSER_REASONS})
        ELSE transcript_id IS NULL END"""
# What was done so before, whoever did it. A call for help stands while somebody may have got it; of a thread, for as long as whoever was
# called looks at it.
_BEFORE = f"""
SELECT count(*) AS tries, bool_or(CASE kind
        WHEN 'escalation' THEN {CALLED} AND (
            CAST(:again_after_s AS float) IS NULL OR created_at > clock_timestamp() - make_interval(secs => CAST(:again_after_s AS float)))
        ELSE state IN ('pending', 'sending', 'sent') END) IS TRUE AS stands
FROM effects WHERE {_SUCH}
"""
# what failed before was decided by whoever asks again
_SETTLE = f"""
UPDATE effects SET settled_at = clock_timestamp(), settled_by = :by
WHERE {_SUCH} AND (({PARKED}) OR ({UNDELIVERED} AND settled_at IS NULL)) AND NOT ({_IS_LESSER} AND reason IS DISTINCT FROM :why)
"""
_ENTER = """
INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, reason, target, sender, body, trace_id, next_publish_at)
VALUES (:id, :org, :conversation, concat_ws(':', 'conversation', CAST(:conversation AS text), CAST(:key AS text)), :kind, :why, :target,
    :sender, :body, :trace_id, clock_timestamp() + interval '2 seconds')
ON CONFLICT (organization_id, effect_key) DO NOTHING
RETURNING id, conversation_id, trace_id
"""


def escalate(
    organization_id: UUID, conversation_id: UUID, *, actor: str, reason: str, trace_id: str, why: str = BY_OPERATOR
) -> list[EffectBell] | None:
    """Call for a person; whom to ring for. None if there is no such conversation. Raises RefusedError, StoreUnavailable.

    ``why`` is kept as the conversation's reason: a rule of safety, or one of LESSER_CALLS, which is no emergency and says so.
    """
    with reported(), engine().begin() as connection:
        found = _locked(connection, organization_id, conversation_id)
        if found is None:
            return None
        if found.helper is None:
            raise NobodyOnCallError(_NOBODY)
        told = {"org": organization_id, "conversation": conversation_id, "kind": EffectKind.ESCALATION, "why": why, "by": actor}
        before = _before(connection, told, calls_again_after_s(Channel(found.channel)))
        if before.stands:
            raise CalledBeforeError("a person was called for this conversation before; an escalation is never taken back")
        connection.execute(text(_ESCALATE), told)
        audits.record(connection, organization_id, actor, "conversation.escalate", "conversation", conversation_id, reason)
        body = worded(LESSER_CALLS.get(why, CALL_FOR_HELP), found.name, conversation_id, found.their_number)
        entered = {"target": found.helper, "sender": found.our_number, "body": body, "trace_id": trace_id}
        return _entered(connection, why if why in LESSER_CALLS else ESCALATION, before.tries, told | entered)


def end(organization_id: UUID, conversation_id: UUID, *, actor: str, reason: str, trace_id: str) -> list[EffectBell] | None:
    """End a live call; whom to ring for. None if there is no such conversation. Raises RefusedError, StoreUnavailable."""
    with reported(), engine().begin() as connection:
        found = _locked(connection, organization_id, conversation_id)
        if found is None:
            return None
        if found.channel != Channel.VOICE:
            raise RefusedError("this is a thread of text messages: only a call can be ended")
        if found.provider == TOLD:
            raise RefusedError("a program of yours takes this call: end it with POST /api/call/end")
        if ConversationStatus.COMPLETED not in CONVERSATION_MOVES[ConversationStatus(found.status)]:
            raise RefusedError(f"this call has ended already: it is {found.status}")
        audits.record(connection, organization_id, actor, "conversation.end", "conversation", conversation_id, reason)
        told = {"org": organization_id, "conversation": conversation_id, "kind": EffectKind.CALL_UPDATE, "why": None, "by": actor}
        before = _before(connection, told, None)
        if before.stands:
            return []
        entered = {"target": found.provider_ref, "sender": None, "body": "", "trace_id": trace_id}
        return _entered(connection, "end", before.tries, told | entered)


def _locked(connection: Connection, organization_id: UUID, conversation_id: UUID) -> Row[Any] | None:
    return connection.execute(text(_LOCK), {"org": organization_id, "conversation": conversation_id}).first()


def _before(connection: Connection, told: dict[str, object], again_after_s: float | None) -> Row[Any]:
    return connection.execute(text(_BEFORE), told | {"again_after_s": again_after_s}).one()


def _entered(connection: Connection, what: str, tries: int, told: dict[str, object]) -> list[EffectBell]:
    """Under a key of its own, if it was tried before: what a person does again on purpose is a resend (I4)."""
    connection.execute(text(_SETTLE), told)
    key = f"{what}:resend:{tries}" if tries else what
    rows = connection.execute(text(_ENTER), told | {"id": new_id(), "key": key})
    return [EffectBell(row.id, row.conversation_id, row.trace_id, Lane.URGENT) for row in rows]
