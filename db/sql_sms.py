"""The front's statement for a text message: what every delivery implies, a call for help, and whether its sender wants to hear of us."""

from db.sql import NEW_TURN, RUN_PART, SAID_AND_CALLED, SAID_BEFORE, SAID_EVENT, More, conversation_part, help_part, transcript_part
from db.sql_calls_again import unheard_of
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S, LESSER_REASONS

SAID_AT = "COALESCE(CAST(:said_at AS timestamptz), statement_timestamp())"

# Two words may arrive in the wrong order, and one that was missed comes late: the one that was said last counts (I7).
LAST_WORD_COUNTS = """ON CONFLICT (organization_id, our_number, their_number) DO UPDATE SET
        source_ref = CASE WHEN o.stopped <> excluded.stopped THEN {changed_by} ELSE o.source_ref END,
        stopped = excluded.stopped, told_at = excluded.told_at, updated_at = clock_timestamp()
    WHERE excluded.told_at >= o.told_at"""

_KEYWORD = "CAST(:keyword AS text)"
# what nobody opted out of before is changed by nobody's START
_OPT_OUT = f"""
  opt_out AS (
    INSERT INTO opt_outs AS o (organization_id, our_number, their_number, stopped, source_ref, told_at)
    SELECT :org, :our_number, :their_number, {_KEYWORD} = 'stop', CASE WHEN {_KEYWORD} = 'stop' THEN :source_ref END, {SAID_AT}
    FROM event WHERE event.fresh AND {_KEYWORD} IN ('stop', 'start', 'yes')
    {LAST_WORD_COUNTS.format(changed_by=":source_ref")}
  )"""

_EMERGENCY = "CAST(:emergency AS text)"
# Once for a message, however often it is delivered; of a thread again when the last call is long ago. One moment for the whole statement,
# so that its other parts know the call that it makes; nobody was called in the same microsecond.
_CALLS = f"""{_EMERGENCY} IS NOT NULL AND NOT {SAID_BEFORE}
            AND (c.escalated_at IS NULL OR c.escalation_reason IN {LESSER_REASONS}
            OR c.escalated_at < {SAID_AT} - interval '{CALLS_AGAIN_AFTER_S:.0f} seconds' OR {unheard_of(SAID_AT)})"""


def _if_it_calls(column: str) -> str:
    return f"CASE WHEN {_CALLS} THEN excluded.{column} ELSE c.{column} END"


_ESCALATED = More(
    inserts={
        "phase": f"CASE WHEN {_EMERGENCY} IS NULL THEN 'greeting' ELSE 'escalation' END",
        "escalated_at": f"CASE WHEN {_EMERGENCY} IS NOT NULL THEN statement_timestamp() END",
        "escalation_reason": _EMERGENCY,
    },
    moves={column: _if_it_calls(column) for column in ("phase", "escalated_at", "escalation_reason")},
    returns=", c.our_number, c.their_number, c.escalated_at IS NOT DISTINCT FROM statement_timestamp() AS calls",
)
_HELP = help_part("concat_ws(':', 'transcript', transcript.id, 'escalation')", "conversation.calls")

_HEARD = More(inserts={"keyword": _KEYWORD, "media": "CAST(:media AS jsonb)"})

STORE_SMS = f"""
WITH {conversation_part(NEW_TURN, _ESCALATED)}, {transcript_part(_HEARD)}, {SAID_EVENT}, {RUN_PART}, {_HELP}, {_OPT_OUT}
{SAID_AND_CALLED}
"""
