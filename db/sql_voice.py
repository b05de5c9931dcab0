"""The front's statements for a live call: a turn, a turn without a word, what is heard on the way (our replies: db/sql_promised.py)."""

from db.sql import (
    IN_CONVERSATION,
    NEW_TURN,
    PHASE_ENDS,
    SAID,
    SAID_AND_CALLED,
    SAID_BEFORE,
    SAID_EVENT,
    More,
    conversation_part,
    event_part,
    help_part,
    run_part,
    transcript_part,
)
from db.tables.effects import CALLED, reason_of
from domain.emergencies.escalation import HEARD_PARTLY, LESSER_REASONS, TURN_COMES_WITHIN_S
from domain.lanes import Lane

# what must happen once for a live turn: its reply is said
REPLY_KEY = "concat_ws(':', 'transcript', said.id, 'call_update')"
LATER_TURN = """EXISTS (
        SELECT FROM transcripts AS later
        WHERE later.conversation_id = {of}.conversation_id AND later.source = 'live_turn' AND later.turn > {of}.turn)"""


def never_said(name: str, state: str, why: str, said: str) -> str:
    """The part that enters the reply to a turn as one that is never said: whoever writes it later finds its place taken."""
    return f"""
  {name} AS (
    INSERT INTO effects AS e (id, organization_id, conversation_id, transcript_id, effect_key, kind, target, body, state, last_error,
        finished_at, next_publish_at, trace_id)
    SELECT :effect_id, :org, said.conversation_id, said.id, {REPLY_KEY}, 'call_update', :conversation_ref, '', '{state}', '{why}',
        clock_timestamp(), clock_timestamp(), :trace_id
    FROM {said}
    ON CONFLICT (organization_id, effect_key) DO UPDATE SET
        state = excluded.state, last_error = excluded.last_error, finished_at = excluded.finished_at
    WHERE e.state = 'pending'
    RETURNING e.id
  )"""


_REASON, _EMERGENCY = "CAST(:reason AS text)", "CAST(:emergency AS text)"
# Once for a turn, however often it is delivered. An emergency is told even where somebody was asked to look for less.
_ESCALATES = f"""{_REASON} IS NOT NULL AND NOT {SAID_BEFORE}
            AND (c.escalated_at IS NULL OR ({_EMERGENCY} IS NOT NULL AND c.escalation_reason IN {LESSER_REASONS}))"""


def _if_it_escalates(column: str) -> str:
    return f"CASE WHEN {_ESCALATES} THEN excluded.{column} ELSE c.{column} END"


_TURN = More(
    inserts={
        "phase": f"CASE WHEN {_REASON} IS NOT NULL THEN 'escalation' WHEN :call_ended THEN 'completed' ELSE 'intake' END",
        "escalated_at": f"CASE WHEN {_REASON} IS NOT NULL THEN statement_timestamp() END",
        "escalation_reason": _REASON,
    },
    moves={
        "phase": f"""CASE WHEN {SAID_BEFORE} OR c.phase = 'escalation' THEN c.phase WHEN {_REASON} IS NOT NULL THEN 'escalation'
            WHEN c.phase IN ('greeting', 'clarification') AND NOT excluded.ended THEN 'intake' ELSE {PHASE_ENDS} END""",
        "escalated_at": _if_it_escalates("escalated_at"),
        "escalation_reason": _if_it_escalates("escalation_reason"),
    },
    returns=", c.our_number, c.their_number",
)
# The question that this turn answers was asked by words of ours that were pushed: whatever became of the answer to the push, they arrived.
# Whoever still holds the lease is about to write that down.
_PROVEN = """
  proven AS (
    UPDATE effects SET state = 'sent', provider = :provider, provider_ref = :conversation_ref, last_error = NULL,
        lease_token = NULL, lease_until = NULL, finished_at = clock_timestamp()
    FROM conversation
    WHERE effects.organization_id = :org AND effects.id = CAST(:reply AS uuid) AND conversation_id = conversation.id
        AND kind = 'call_update' AND state IN ('sending', 'unknown') AND (lease_until IS NULL OR lease_until < clock_timestamp())
  )"""
_HELP = help_part("concat_ws(':', 'conversation', conversation.id, 'escalation')", f"{_EMERGENCY} IS NOT NULL")
# a person takes over, or the caller was told whom to call: nothing is pushed into that talk
_PUT_THROUGH = never_said("put_through", "suppressed", "put_through", f"transcript AS said WHERE {_REASON} IS NOT NULL")

# the caller listens to nothing until it is worked off
_ON_THE_LINE = run_part(":opens_run", Lane.URGENT)

STORE_TURN = f"""
WITH {conversation_part(NEW_TURN, _TURN)}, {transcript_part()}, {SAID_EVENT}, {_ON_THE_LINE}, {_HELP}, {_PUT_THROUGH},
  {_PROVEN}
{SAID_AND_CALLED}
"""

_KNOWN = """EXISTS (
            SELECT FROM webhook_events
            WHERE organization_id = :org AND provider = :provider AND kind = :kind AND dedupe_key = :dedupe_key)"""
_SILENCE = More(
    inserts={"phase": "CASE WHEN :call_ended THEN 'completed' WHEN :asks_again THEN 'clarification' ELSE 'greeting' END"},
    moves={
        "phase": f"""CASE WHEN :asks_again AND c.phase IN ('greeting', 'intake') AND NOT (c.ended OR excluded.ended) AND NOT {_KNOWN}
            THEN 'clarification' ELSE {PHASE_ENDS} END"""
    },
    returns=", c.our_number, c.their_number",
)
# Who calls a thousand times under somebody's number has them written to once: in calls to the same number of ours that began within a day.
# An index of conversations has those calls, the key of an effect says the rest.
_TEXTED = """EXISTS (
        SELECT FROM conversations AS other JOIN effects AS e
            ON e.organization_id = :org AND e.effect_key = concat_ws(':', 'conversation', other.id, 'silence_sms')
        WHERE other.organization_id = :org AND other.our_number = conversation.our_number AND other.channel = 'voice'
            AND other.started_at > clock_timestamp() - interval '24 hours' AND other.their_number = conversation.their_number)"""
# who wants no messages is found when it is sent, as for every message
_TEXT = f"""
  message AS (
    INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, sender, body, trace_id, next_publish_at)
    SELECT :effect_id, :org, conversation.id, concat_ws(':', 'conversation', conversation.id, 'silence_sms'), 'sms',
        conversation.their_number, conversation.our_number, :words, :trace_id, clock_timestamp() + interval '2 seconds'
    FROM conversation WHERE :texts AND conversation.our_number IS NOT NULL AND conversation.their_number IS NOT NULL AND NOT {_TEXTED}
    ON CONFLICT DO NOTHING
    RETURNING id
  )"""

_SILENT_EVENT = event_part("conversation.id", "NULL", "conversation", "conversation.is_erased")
STORE_SILENCE = f"""
WITH {conversation_part("0", _SILENCE)}, {_SILENT_EVENT}, {_TEXT}, {_PROVEN}
SELECT event.id AS event_id, event.fresh, conversation.id AS conversation_id, NULL AS transcript_id, NULL AS run_id, message.id AS effect_id
FROM event CROSS JOIN conversation LEFT JOIN message ON true
"""

# Kept, and nothing else: it waits for nobody. Whatever it belongs to may not be there yet.
_WHERE_HEARD = """
  heard AS (
    SELECT (SELECT id FROM conversations
            WHERE organization_id = :org AND provider = :provider AND provider_ref = :conversation_ref) AS conversation_id,
        (SELECT erased_at IS NOT NULL FROM conversations
            WHERE organization_id = :org AND provider = :provider AND provider_ref = :conversation_ref) AS is_erased,
        (SELECT id FROM transcripts
            WHERE organization_id = :org AND source = 'live_transcription' AND source_ref = :subject) AS transcript_id
  )"""

_HEARD = """SELECT event.id AS event_id, event.fresh, heard.conversation_id, heard.transcript_id, NULL AS run_id
FROM event CROSS JOIN heard"""
STORE_HEARD = f"""
WITH {_WHERE_HEARD}, {event_part("heard.conversation_id", "heard.transcript_id", "heard", "heard.is_erased")}
{_HEARD}
"""

# The turn itself decides, if it comes (db/plant/effects.py); where somebody was called for an emergency, nobody is called for a part.
_CALLED_FOR = f"{IN_CONVERSATION} {CALLED} AND {reason_of('effects')} NOT IN {LESSER_REASONS})"
_HELP_FOR_A_PART = help_part(
    f"concat_ws(':', 'conversation', conversation.id, '{HEARD_PARTLY}', CAST(:turn AS int))",
    f"NOT {_CALLED_FOR}",
    "NULL, NULL",
    "conversation",
    waits_s=TURN_COMES_WITHIN_S,
)
STORE_HEARD_IN_DANGER = f"""
WITH {_WHERE_HEARD}, {event_part("heard.conversation_id", "heard.transcript_id", "heard", "heard.is_erased")}, conversation AS (
    SELECT c.id, c.our_number, c.their_number FROM heard JOIN conversations AS c ON c.id = heard.conversation_id
  ), {_HELP_FOR_A_PART}
{_HEARD}
"""

_STANDS = More(returns=", c.ended")
_OPENS = ":opens_run OR (:transcript_status <> 'failed' AND (SELECT ended FROM conversation))"

STORE_TRANSCRIPTION = f"""
WITH {conversation_part(NEW_TURN, _STANDS)}, {transcript_part()}, {SAID_EVENT}, {run_part(_OPENS)}
SELECT {SAID}
FROM transcript CROSS JOIN event LEFT JOIN run ON true
"""
