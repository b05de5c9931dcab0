"""The front's statements in which a live caller may hear that a person will get back to them: whoever promises it calls that person.

Call and promise are one commit. Nothing is promised of which nobody is told: each statement says whether somebody is (``is_told``).
"""

from db.sql import IN_CONVERSATION, PHASE_ENDS, STILL_HEARD, More, conversation_part, event_part, help_part, run_part
from db.sql_voice import LATER_TURN, REPLY_KEY, never_said
from db.tables.effects import CALLED
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S, PROMISED_CALLBACK
from domain.telephony.call_flow import PUSH_IS_OVER

# whoever was called in the conversation; a call that failed, or did not reach its telephone, told nobody
_CALLED = f"{IN_CONVERSATION} {CALLED}{{lately}})"
_LOOKED_AT = _CALLED.format(lately=f" AND created_at > clock_timestamp() - interval '{CALLS_AGAIN_AFTER_S:.0f} seconds'")
_IS_TOLD = f"(help.id IS NOT NULL OR {_CALLED.format(lately='')})"


def _person_told(promises: str, transcript: str) -> str:
    """The part that calls the person, once for a call and not while somebody looks at it; of the rows of ``conversation``."""
    key = f"concat_ws(':', 'conversation', conversation.id, '{PROMISED_CALLBACK}')"
    return help_part(key, f"{promises} AND NOT {_LOOKED_AT}", f"{transcript}, NULL", "conversation", f"'{PROMISED_CALLBACK}'")


# what a call was escalated for first, it stays escalated for; an emergency calls and says so all the same (db/sql_voice.py)
_IS_PROMISED = ":promises AND NOT (c.ended OR excluded.ended)"
_UNANSWERED = More(
    inserts={
        "phase": "CASE WHEN :call_ended THEN 'completed' WHEN :promises THEN 'escalation' ELSE 'greeting' END",
        "escalated_at": "CASE WHEN :promises AND NOT :call_ended THEN statement_timestamp() END",
        "escalation_reason": f"CASE WHEN :promises AND NOT :call_ended THEN '{PROMISED_CALLBACK}' END",
    },
    moves={
        "phase": f"CASE WHEN {_IS_PROMISED} THEN 'escalation' ELSE {PHASE_ENDS} END",
        "escalated_at": f"CASE WHEN {_IS_PROMISED} THEN COALESCE(c.escalated_at, statement_timestamp()) ELSE c.escalated_at END",
        "escalation_reason": f"""CASE WHEN {_IS_PROMISED} THEN COALESCE(c.escalation_reason, '{PROMISED_CALLBACK}')
            ELSE c.escalation_reason END""",
    },
    returns=", c.ended, c.our_number, c.their_number",
)

# Beside the reply to the turn: that one was put through instead, or after it. A copy of the delivery says the same.
_DIAL_ENDED = f"""
  dial AS (
    UPDATE effects AS e SET delivery = :delivery
    FROM conversation JOIN transcripts AS said ON said.organization_id = :org AND said.conversation_id = conversation.id
        AND said.source = 'live_turn' AND said.source_ref = :source_ref
    WHERE e.organization_id = :org AND e.effect_key = {REPLY_KEY} AND e.delivery IS NULL
  )"""
_DIALED_EVENT = event_part("conversation.id", "NULL", "conversation", "conversation.is_erased")
STORE_DIALED = f"""
WITH {conversation_part("0", _UNANSWERED)}, {_DIALED_EVENT}, {STILL_HEARD}, {run_part("true")}, {_DIAL_ENDED},
  {_person_told(":promises AND NOT conversation.ended", "NULL")}
SELECT event.id AS event_id, event.fresh, conversation.id AS conversation_id, transcript.id AS transcript_id, run.id AS run_id,
    help.id AS effect_id, :promises AND NOT conversation.ended AND {_IS_TOLD} AS is_told
FROM event CROSS JOIN conversation LEFT JOIN help ON true LEFT JOIN (transcript JOIN run ON true) ON true
"""

_DEAD_END = """EXISTS (SELECT FROM runs WHERE transcript_id = t.id AND purpose = 'live' AND state = 'dead') AND NOT EXISTS (
            SELECT FROM runs WHERE transcript_id = t.id AND purpose = 'live' AND state <> 'dead')"""
_IS_FREE = f"(e.state = 'pending' OR (e.state = 'sending' AND e.lease_token IS NULL AND e.last_error IN {PUSH_IS_OVER}))"
# The caller hears that a person will get back to them, and somebody hears of that. What was said meanwhile was heard instead: a call that
# was changed by a push does not listen to this answer any more.
_IS_GIVEN_UP = f"""NOT said.is_free AND said.state IS DISTINCT FROM 'sent' AND NOT c.ended AND NOT {LATER_TURN.format(of="said")}
        AND (said.is_hopeless OR :waits_no_more OR (:gives_up AND NOT said.is_on_its_way))"""
_GIVEN_UP = never_said("given_up", "superseded", "waited_too_long", "call AS said WHERE said.effect_id IS NULL")

# One statement decides who says a reply: whoever moves it from pending. It locks the effect alone; the push locks its conversation before,
# so neither waits for the other. The same request once more, with the same number of waits, gets the same words.
# After a push that Twilio answered with an error nobody knows whether it was done: a call that still asks was not changed by it, and one
# that was changed does not listen to this answer any more. Either way the words are heard once.
# Where nothing is there to be taken and the call waits no more, it locks as the push does: conversation, then effect. A reply that comes
# to be sent in that moment keeps its place in the ledger; then nothing is promised, and the call waits for it.
TAKE_REPLY = f"""
WITH said AS (
    SELECT t.id, t.conversation_id, t.turn, c.ended, e.id AS effect_id, e.state, e.body, e.run_id, COALESCE({_IS_FREE}, false) AS is_free,
        COALESCE(e.state = 'sent' AND e.provider_ref = :handed_as, false) AS is_handed_over,
        COALESCE(e.state = 'pending' OR (e.state = 'sending' AND e.lease_until > clock_timestamp()), false) AS is_on_its_way,
        ({_DEAD_END}) OR COALESCE(e.state IN ('failed', 'unknown', 'superseded', 'suppressed'), false) AS is_hopeless
    FROM transcripts AS t JOIN conversations AS c ON c.id = t.conversation_id
    LEFT JOIN effects AS e ON e.organization_id = :org AND e.effect_key = concat_ws(':', 'transcript', t.id, 'call_update')
    WHERE t.organization_id = :org AND t.source = 'live_turn' AND t.source_ref = :source_ref
  ), taken AS (
    UPDATE effects AS e SET state = 'sent', provider = :provider, provider_ref = :handed_as, last_error = NULL,
        finished_at = clock_timestamp()
    FROM said
    WHERE e.id = said.effect_id AND {_IS_FREE} AND NOT said.ended AND NOT {LATER_TURN.format(of="said")}
    RETURNING e.id
  ), call AS (
    SELECT said.id, said.conversation_id, said.effect_id FROM said JOIN conversations AS c ON c.id = said.conversation_id
    WHERE {_IS_GIVEN_UP} FOR NO KEY UPDATE OF c
  ), {_GIVEN_UP}, conversation AS (
    UPDATE conversations AS c SET phase = 'escalation', escalated_at = COALESCE(c.escalated_at, clock_timestamp()),
        escalation_reason = COALESCE(c.escalation_reason, '{PROMISED_CALLBACK}'), updated_at = clock_timestamp()
    FROM call
    WHERE c.organization_id = :org AND c.id = call.conversation_id AND (call.effect_id IS NOT NULL OR EXISTS (SELECT FROM given_up))
    RETURNING c.id, c.our_number, c.their_number, call.id AS transcript_id
  ), {_person_told("true", "conversation.transcript_id")}
SELECT CASE WHEN taken.id IS NOT NULL OR said.is_handed_over THEN said.body END AS words,
    EXISTS (SELECT FROM replies WHERE run_id = said.run_id AND escalates) AS escalates,
    said.is_on_its_way OR (call.id IS NOT NULL AND conversation.id IS NULL) AS is_on_its_way, said.is_hopeless,
    conversation.id IS NOT NULL AND {_IS_TOLD} AS is_told, help.id AS help_id, conversation.id AS conversation_id
FROM said LEFT JOIN taken ON true LEFT JOIN call ON true LEFT JOIN conversation ON true LEFT JOIN help ON true
"""
