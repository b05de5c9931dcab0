"""Empties what was kept for long enough: the rows, their keys and their figures stay, so that a copy of a delivery is still no news."""

from sqlalchemy import text

from db.engine import engine
from db.outage import reported

# a transaction of its own each, which holds nobody up and is not lost to whatever ends the next one
CHUNK = 200

# The index of what is still kept has the oldest first (0017); what somebody works on, or will, is left for later.
_TOO_OLD = "< statement_timestamp() - make_interval(days => CAST(:days AS int))"
_AT_WORK = "EXISTS (SELECT FROM runs AS r WHERE r.transcript_id = {transcript} AND r.state IN ('ready', 'waiting'))"
_EMPTY_BODIES = f"""
WITH old AS (
    SELECT e.id FROM webhook_events AS e
    WHERE octet_length(e.body) > 0 AND e.received_at {_TOO_OLD} AND NOT {_AT_WORK.format(transcript="e.transcript_id")}
    ORDER BY e.received_at LIMIT :chunk FOR UPDATE OF e SKIP LOCKED
)
UPDATE webhook_events AS e SET body = '' FROM old WHERE e.id = old.id
"""
# all parts see one snapshot; whoever waits for a transcript's lock finds it emptied
_EMPTY_WORDS = f"""
WITH old AS (
    SELECT t.id, t.conversation_id FROM transcripts AS t
    WHERE t.emptied_at IS NULL AND t.created_at {_TOO_OLD} AND NOT {_AT_WORK.format(transcript="t.id")}
    ORDER BY t.created_at LIMIT :chunk FOR UPDATE OF t SKIP LOCKED
), ended AS (
    SELECT r.id FROM old JOIN runs AS r ON r.transcript_id = old.id
), said AS (
    UPDATE utterances AS u SET text = '' FROM ended WHERE u.run_id = ended.id AND u.text <> ''
), understood AS (
    UPDATE analyses AS a SET summary = NULL, intake = '{{}}' FROM ended WHERE a.run_id = ended.id
), answered AS (
    UPDATE replies AS p SET text = '' FROM ended WHERE p.run_id = ended.id AND p.text <> ''
), sent AS (
    UPDATE effects AS f SET body = '' FROM old
    WHERE f.conversation_id = old.conversation_id AND f.transcript_id = old.id AND f.finished_at IS NOT NULL AND f.body <> ''
)
UPDATE transcripts AS t SET emptied_at = clock_timestamp() FROM old WHERE t.id = old.id
"""
# A conversation's own statement, by its own index: who locked a transcript must not ask for its conversation then.
_EMPTY_INTAKE = f"""
WITH old AS (
    SELECT c.id FROM conversations AS c WHERE c.intake IS NOT NULL AND c.started_at {_TOO_OLD}
    ORDER BY c.started_at LIMIT :chunk FOR NO KEY UPDATE OF c SKIP LOCKED
)
UPDATE conversations AS c SET intake = NULL FROM old WHERE c.id = old.id
"""
_FORGET_REFUSALS = f"DELETE FROM quarantine WHERE received_at {_TOO_OLD}"


def empty_bodies(days: int) -> int:
    """Empty a chunk of deliveries that came earlier than that many days ago; how many. Raises StoreUnavailable."""
    return _done(_EMPTY_BODIES, days)


def empty_words(days: int) -> int:
    """Empty a chunk of transcripts, with all that was made of them, by the same rule; how many. Raises StoreUnavailable."""
    return _done(_EMPTY_WORDS, days)


def empty_intake(days: int) -> int:
    """Empty what was captured in a chunk of conversations, by the same rule; how many. Raises StoreUnavailable."""
    return _done(_EMPTY_INTAKE, days)


def forget_refusals(days: int) -> int:
    """Drop refused deliveries, which have no key to be kept, by the same rule; how many. Raises StoreUnavailable."""
    return _done(_FORGET_REFUSALS, days)


def _done(statement: str, days: int) -> int:
    with reported(), engine().begin() as connection:
        return connection.execute(text(statement), {"days": days, "chunk": CHUNK}).rowcount
