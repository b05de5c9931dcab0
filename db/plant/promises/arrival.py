"""I1 and I7: what was accepted is worked on, and no order of arrival takes anything back."""

from db.plant.promises.promise import Promise

# what a delivery is stored with when it brings something to work on, though its transcript may have failed before
BRINGS_WORDS = (
    "(e.kind IN ('sms', 'callback', 'gather', 'said') OR (e.kind = 'recording_status' AND split_part(e.dedupe_key, ':', 2) = 'completed'))"
)
# people still talk; no call goes on for a day
_STILL_HEARD = """(t.source = 'live_transcription' AND t.status = 'processing' AND EXISTS (
                SELECT FROM conversations AS c
                WHERE c.id = t.conversation_id AND NOT c.ended AND c.started_at > clock_timestamp() - interval '26 hours'))"""
# the vendor's status and its sequence number, as they stand in the key of the event; a key of another shape ranks below all
_STATUS = "split_part(e.dedupe_key, ':', 2)"
_SEQUENCE = "CASE WHEN e.dedupe_key ~ '^[^:]+:[^:]+:-?[0-9]{1,10}$' THEN CAST(split_part(e.dedupe_key, ':', 3) AS bigint) ELSE -2 END"

PROMISES = (
    Promise(
        "I1.run",
        "Whatever was accepted and brings words has a live run.",
        "Nobody works on this transcript, and nobody will. It is a bug: report it with the trace_id of its webhook_events.",
        f"""
        SELECT DISTINCT 'transcript' AS what, t.id FROM webhook_events AS e JOIN transcripts AS t ON t.id = e.transcript_id
        WHERE e.id >= :since AND (t.status <> 'failed' OR {BRINGS_WORDS}) AND NOT {_STILL_HEARD}
            AND NOT EXISTS (SELECT FROM runs AS r WHERE r.transcript_id = t.id AND r.purpose = 'live')
        """,
    ),
    Promise(
        "I1.event",
        "Every transcript has the delivery that it was made from.",
        "What a vendor sent for this transcript is not stored: find it at the vendor by transcripts.source_ref; report it.",
        """
        SELECT 'transcript' AS what, t.id FROM transcripts AS t
        WHERE t.id >= :since AND NOT EXISTS (SELECT FROM webhook_events AS e WHERE e.transcript_id = t.id)
        """,
    ),
    Promise(
        "I1.kin",
        "A run belongs to the organization, the conversation and the turn of its transcript.",
        "This run's results may show up in somebody else's place: revoke nothing, send nothing, report it.",
        """
        SELECT 'run' AS what, r.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
        WHERE r.id >= :since AND (r.organization_id, r.conversation_id, r.turn) <> (t.organization_id, t.conversation_id, t.turn)
        """,
    ),
    Promise(
        "I1.durable",
        "A commit is on disk before it is answered for.",
        "A power cut now loses webhooks that were answered with 2xx: ALTER DATABASE … RESET synchronous_commit, or the role's.",
        "SELECT 'setting' AS what, 'synchronous_commit' AS id WHERE current_setting('synchronous_commit') = 'off'",
    ),
    Promise(
        "I7.call",
        "A call's status is never below the highest that its vendor reported.",
        "This call shows an older status than its webhook_events tell: report it with the order of their received_at.",
        f"""
        SELECT DISTINCT 'conversation' AS what, c.id FROM webhook_events AS e JOIN conversations AS c ON c.id = e.conversation_id
        WHERE e.id >= :since AND e.kind = 'call_status' AND c.provider = 'twilio'
            AND ({_STATUS} = ANY(CAST(:ended AS text[])), {_SEQUENCE}, {_STATUS} COLLATE "C")
                > (c.ended, c.sequence, c.vendor_status COLLATE "C")
        """,
    ),
    Promise(
        "I7.delivery",
        "A message's delivery is never below the highest that the network reported.",
        "This effect shows an older delivery than its webhook_events tell: report it with the order of their received_at.",
        f"""
        SELECT DISTINCT 'effect' AS what, f.id FROM webhook_events AS e
            JOIN effects AS f ON f.organization_id = e.organization_id AND f.provider_ref = e.subject
            JOIN unnest(CAST(:deliveries AS text[]), CAST(:ranks AS int[])) AS told (status, rank) ON told.status = {_STATUS}
        WHERE e.id >= :since AND e.kind = 'message_status' AND e.conversation_id IS NOT NULL AND told.rank > f.delivery_rank
        """,
    ),
    Promise(
        "I7.words",
        "Words that came are never taken back by a failure that comes later.",
        "The words of this transcript are stored, but it says that they are not here: report it.",
        """
        SELECT DISTINCT 'transcript' AS what, t.id FROM webhook_events AS e JOIN transcripts AS t ON t.id = e.transcript_id
        WHERE e.id >= :since AND e.kind IN ('callback', 'sms', 'gather', 'said') AND t.status <> 'completed'
        """,
    ),
)
