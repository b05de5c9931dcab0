"""Enters in the ledger what a live run sends, in the transaction that makes it count; a thread's replies only so often (0012)."""

import orjson

from db.driver import Rows
from db.one_trip import Statement
from db.tables.base import new_id
from db.tables.effects import CALLED, reason_of
from domain.chain import EffectKind, EffectState
from domain.effects import ANSWERED_ALREADY
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S, QUIET_REASONS, REPLIES_AT_MOST, REPLIES_WITHIN_S, REPLY_LIMIT
from domain.lanes import lane_of
from domain.runs import Claim, EffectBell, Planned

# Whoever plans a reply counts those before it: one at a time. Conversation before transcript, as everywhere.
LOCK = "SELECT FROM conversations WHERE organization_id = :org AND id = :conversation FOR NO KEY UPDATE"

# a clock that may go on within the statement is of no use to an index
_LATELY = f"created_at > statement_timestamp() - interval '{REPLIES_WITHIN_S:.0f} seconds'"
# What was heard live and what was recorded of a call are the same words: whichever is worked off first is answered. Several recordings are
# several things that were said, and so are several messages of a thread, which is not read for this.
_ANSWERED = """(SELECT source FROM transcripts WHERE organization_id = :org AND id = :transcript) <> 'sms' AND EXISTS (
        SELECT FROM transcripts AS mine
        JOIN effects AS e ON e.conversation_id = mine.conversation_id AND e.kind = 'sms'
            AND e.state IN ('pending', 'sending', 'sent', 'unknown')
        JOIN transcripts AS other ON other.id = e.transcript_id
        WHERE mine.organization_id = :org AND mine.id = :transcript
            AND (other.source = 'live_transcription') <> (mine.source = 'live_transcription'))"""
# What a person sent again is theirs to answer for; who looks at the thread already is not asked to. The call because of too many is entered
# with the first reply that is held back, and once in that time.
_ENTER = f"""
WITH planned AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS planned (id uuid, key text, kind text, target text, sender text, body text, withheld text, on_limit boolean,
            reason text)
), thread AS (
    SELECT count(*) FILTER (WHERE kind = 'sms' AND state IN ('pending', 'sending', 'sent', 'unknown')
            AND effect_key NOT LIKE '%resend%') >= {REPLIES_AT_MOST} AS is_full,
        bool_or(kind = 'escalation' AND {reason_of("effects")} = '{REPLY_LIMIT}') IS TRUE AS is_told,
        bool_or({CALLED} AND created_at > clock_timestamp() - interval '{CALLS_AGAIN_AFTER_S:.0f} seconds') IS TRUE AS is_looked_at
    FROM effects WHERE organization_id = :org AND conversation_id = :conversation AND {_LATELY}
), due AS (
    SELECT planned.*, CASE
            WHEN withheld IS NOT NULL OR kind <> 'sms' THEN withheld
            WHEN is_full THEN '{REPLY_LIMIT}'
            WHEN {_ANSWERED} THEN '{ANSWERED_ALREADY}' END AS why
    FROM planned CROSS JOIN thread
    WHERE (NOT on_limit OR (is_full AND NOT is_told))
        AND NOT (is_looked_at AND reason IS NOT NULL AND reason IN {QUIET_REASONS})
), entered AS (
    INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, reason, target, sender, body,
        trace_id, state, last_error, finished_at, next_publish_at)
    SELECT id, :org, :conversation, :transcript, :run, key, kind, reason, target, sender, body, :trace_id,
        CASE WHEN why IS NULL THEN 'pending' ELSE 'suppressed' END, why,
        CASE WHEN why IS NOT NULL THEN clock_timestamp() END, clock_timestamp() + interval '2 seconds'
    FROM due
    ON CONFLICT (organization_id, effect_key) DO NOTHING
    RETURNING id, state, kind, reason
), told AS (
    UPDATE conversations AS c SET phase = 'escalation', updated_at = clock_timestamp(),
        escalated_at = COALESCE(c.escalated_at, clock_timestamp()), escalation_reason = COALESCE(c.escalation_reason, '{REPLY_LIMIT}')
    FROM entered WHERE c.organization_id = :org AND c.id = :conversation AND entered.reason = '{REPLY_LIMIT}'
)
SELECT id, state, kind FROM entered
"""


def locked(claim: Claim) -> Statement:
    """What goes before everything else of a transaction that enters a reply."""
    return Statement(LOCK, {"org": claim.organization_id, "conversation": claim.conversation_id})


def entered(claim: Claim, effects: tuple[Planned, ...]) -> Statement:
    """What enters them; those whose key is there already are left as they are."""
    rows = [
        {
            "id": new_id(),
            "key": planned.key,
            "kind": planned.kind,
            "target": planned.target,
            "sender": planned.sender,
            "body": planned.body,
            "withheld": planned.withheld,
            "on_limit": planned.on_limit,
            "reason": planned.reason,
        }
        for planned in effects
    ]
    mine = {
        "org": claim.organization_id,
        "conversation": claim.conversation_id,
        "transcript": claim.transcript_id,
        "run": claim.run_id,
        "trace_id": claim.trace_id,
    }
    return Statement(_ENTER, mine | {"rows": orjson.dumps(rows).decode()})


def bells(claim: Claim, found: Rows) -> list[EffectBell]:
    """Whom to ring for, of what was entered."""
    return [
        EffectBell(row.id, claim.conversation_id, claim.trace_id, lane_of(EffectKind(row.kind)))
        for row in found
        if row.state == EffectState.PENDING
    ]
