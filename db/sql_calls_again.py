"""The condition under which an emergency calls again although its conversation was called for lately: nobody heard of that call."""

from db.tables.effects import CALLED, reason_of
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S, LESSER_REASONS

# longer than any statement of the front may take
IN_SIGHT_S = 5


def unheard_of(said_at: str) -> str:
    """Of the last emergency of the conversation ``c`` nobody knows: the call failed, did not reach its telephone, or nobody was named then.

    ``said_at`` (SQL) is when the present one was said. A call that another message is just making cannot be seen from here, so the last one
    has to be older than a statement of the front may take.
    """
    return f"""(c.escalated_at < statement_timestamp() - interval '{IN_SIGHT_S} seconds' AND NOT EXISTS (
            SELECT FROM effects
            WHERE organization_id = :org AND conversation_id = c.id AND {CALLED} AND {reason_of("effects")} NOT IN {LESSER_REASONS}
                AND created_at > {said_at} - interval '{CALLS_AGAIN_AFTER_S:.0f} seconds'))"""
