"""The front's statements: an event and the state that it implies, in one data-modifying statement each.

What PostgreSQL promises and these lean on: all parts see one snapshot; a part that reads another's RETURNING runs after it, which gives
the lock order conversation → transcript → run; ON CONFLICT DO UPDATE locks the row and sees its newest version.
"""

# A status is moved only by a greater (ended, sequence, name), whatever the order of arrival (I7). The name is compared by bytes.
_OUTRANKS = '(excluded.ended, excluded.sequence, excluded.vendor_status COLLATE "C") > (c.ended, c.sequence, c.vendor_status COLLATE "C")'


def _moved(column: str) -> str:
    return f"{column} = CASE WHEN {_OUTRANKS} THEN excluded.{column} ELSE c.{column} END"


_MOVES = ",\n        ".join(_moved(column) for column in ("status", "status_reason", "ended", "sequence", "vendor_status", "ended_at"))


def _conversation(turns: str) -> str:
    return f"""
  conversation AS (
    INSERT INTO conversations AS c (id, organization_id, provider, provider_ref, channel, direction, our_number, their_number,
        status, status_reason, ended, sequence, vendor_status, turns, duration_seconds, ended_at)
    VALUES (:conversation_id, :org, :conversation_provider, :conversation_ref, :channel, :direction, :our_number, :their_number,
        :call_status, :call_reason, :call_ended, :call_sequence, :call_name, :turns, :call_duration,
        CASE WHEN :call_ended THEN clock_timestamp() END)
    ON CONFLICT (organization_id, provider, provider_ref) DO UPDATE SET
        {_MOVES},
        turns = c.turns + {turns},
        direction = COALESCE(c.direction, excluded.direction),
        our_number = COALESCE(c.our_number, excluded.our_number),
        their_number = COALESCE(c.their_number, excluded.their_number),
        duration_seconds = GREATEST(c.duration_seconds, excluded.duration_seconds),
        updated_at = clock_timestamp()
    RETURNING c.id, c.turns
  )"""


# What was said before takes no second turn. Two copies at the very same moment may both count: turns grow, but need not be dense.
_NEW_TURN = """CASE WHEN EXISTS (
            SELECT FROM transcripts WHERE organization_id = :org AND source = :source AND source_ref = :source_ref) THEN 0 ELSE 1 END"""

_EVENT_COLUMNS = """id, organization_id, provider, kind, dedupe_key, subject, conversation_id, transcript_id, headers,
        body, body_size, body_sha256, trace_id"""


def event_part(conversation: str, transcript: str, source: str) -> str:
    """The part that keeps the delivery itself, one row for each row of ``source``; the others are expressions over it."""
    return f"""
  event AS (
    INSERT INTO webhook_events AS e ({_EVENT_COLUMNS})
    SELECT :event_id, :org, :provider, :kind, :dedupe_key, :subject, {conversation}, {transcript}, CAST(:headers AS jsonb),
        :body, :body_size, :body_sha256, :trace_id
    FROM {source}
    ON CONFLICT (organization_id, provider, kind, dedupe_key) DO UPDATE SET duplicate_count = e.duplicate_count + 1
    RETURNING e.id, e.id = :event_id AS fresh
  )"""


STORE_STATUS = f"""
WITH {_conversation("0")}, {event_part("conversation.id", "NULL", "conversation")}
SELECT event.id AS event_id, event.fresh, conversation.id AS conversation_id, NULL AS transcript_id, NULL AS run_id
FROM event, conversation
"""

# The first publish is the front's own, at once; the sweeper rings only if that one got lost.
_FIRST_RING = "clock_timestamp() + interval '3 seconds'"

# A failure that never had a run is overruled by a delivery that brings something to work on; nothing else moves a transcript back.
_OVERRULED = "t.status = 'failed' AND :opens_run AND NOT EXISTS (SELECT FROM runs WHERE runs.transcript_id = t.id)"

# A second run is kept away by three: NOT EXISTS looks for any run of the transcript, but only in the statement's own snapshot; event.fresh
# sees the newest version of the event, when a copy waited for the first one's locks until that one's run was finished; the unique index
# keeps two open runs apart.
STORE_DELIVERY = f"""
WITH {_conversation(_NEW_TURN)},
  transcript AS (
    INSERT INTO transcripts AS t (id, organization_id, conversation_id, turn, source, source_ref, status, status_reason,
        duration_ms, channels, said_at)
    SELECT :transcript_id, :org, conversation.id, conversation.turns, :source, :source_ref, :transcript_status, :transcript_reason,
        :duration_ms, :channels, :said_at
    FROM conversation
    ON CONFLICT (organization_id, source, source_ref) DO UPDATE SET
        status = CASE WHEN {_OVERRULED} THEN excluded.status ELSE t.status END,
        status_reason = CASE WHEN {_OVERRULED} THEN NULL ELSE t.status_reason END,
        duration_ms = COALESCE(t.duration_ms, excluded.duration_ms),
        channels = COALESCE(t.channels, excluded.channels),
        updated_at = clock_timestamp()
    RETURNING t.id, t.conversation_id, t.turn
  ), {event_part("transcript.conversation_id", "transcript.id", "transcript")},
  run AS (
    INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, next_publish_at, trace_id)
    SELECT :run_id, :org, transcript.conversation_id, transcript.id, transcript.turn, {_FIRST_RING}, :trace_id
    FROM transcript, event
    WHERE :opens_run AND event.fresh AND NOT EXISTS (
        SELECT FROM runs WHERE runs.transcript_id = transcript.id AND runs.purpose = 'live')
    ON CONFLICT DO NOTHING
    RETURNING id
  )
SELECT event.id AS event_id, event.fresh, transcript.conversation_id, transcript.id AS transcript_id, run.id AS run_id
FROM transcript CROSS JOIN event LEFT JOIN run ON true
"""

# A ready run is locked too: a step that is just now deciding to wait holds that lock; the CASE then sees its decision (I8).
# Whatever a run died of before its words came: here they are, and it has new tries at them. One that died of words that are stored already
# is none the better for others.
_REVIVABLE = """runs.state = 'dead' AND :transcript_status = 'completed' AND NOT EXISTS (
        SELECT FROM webhook_events AS words
        WHERE words.organization_id = :org AND words.transcript_id = :transcript_id AND words.kind IN ('callback', 'answer'))"""

# The failure of a job that was submitted anew since is history: only the last one's may end the run.
_OUTDATED = """:transcript_status = 'failed' AND EXISTS (
    SELECT FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = 'transcribe'
    WHERE r.organization_id = :org AND r.transcript_id = :transcript_id AND r.purpose = 'live' AND s.submission > :submission)"""

# the only end of a run that no worker writes
_COUNT_ENDED = """
    INSERT INTO failure_counts AS f (task, code, outcome, count)
    SELECT 'transcript.transcribe', 'transcription:failed', 'ended', 1 FROM run WHERE run.state = 'dead'
    ON CONFLICT (task, code, outcome) DO UPDATE SET count = f.count + 1
  """

STORE_CALLBACK = f"""
WITH transcript AS (
    UPDATE transcripts SET
        status = CASE WHEN status = 'completed' OR ({_OUTDATED}) THEN status ELSE :transcript_status END,
        status_reason = CASE WHEN status = 'completed' OR ({_OUTDATED}) THEN status_reason ELSE :transcript_reason END,
        updated_at = clock_timestamp()
    WHERE organization_id = :org AND id = :transcript_id
    RETURNING id, conversation_id
  ), {event_part("transcript.conversation_id", "transcript.id", "transcript")},
  run AS (
    UPDATE runs SET
        state = CASE
            WHEN :transcript_status = 'failed' AND state = 'waiting' THEN 'dead'
            WHEN :transcript_status = 'completed' THEN 'ready'
            ELSE state END,
        last_error = CASE
            WHEN :transcript_status = 'failed' AND state = 'waiting' THEN 'transcription:failed'
            WHEN :transcript_status = 'completed' THEN NULL
            ELSE last_error END,
        waiting_for = NULL,
        finished_at = CASE WHEN :transcript_status = 'failed' AND state = 'waiting' THEN clock_timestamp() END,
        attempts = CASE WHEN state = 'ready' THEN attempts ELSE 0 END,
        settled_at = NULL, settled_by = NULL,
        stage_since = CASE WHEN state = 'dead' THEN clock_timestamp() ELSE stage_since END,
        not_before = clock_timestamp(),
        next_publish_at = CASE WHEN lease_until > clock_timestamp() THEN next_publish_at ELSE {_FIRST_RING} END
    FROM transcript, event
    WHERE runs.organization_id = :org AND runs.transcript_id = transcript.id AND runs.purpose = 'live' AND runs.stage = 'transcribe'
        AND (runs.state IN ('ready', 'waiting') OR ({_REVIVABLE})) AND event.fresh AND NOT ({_OUTDATED})
    RETURNING runs.id, runs.state
  ), counted AS ({_COUNT_ENDED})
SELECT event.id AS event_id, event.fresh, transcript.conversation_id, transcript.id AS transcript_id,
    CASE WHEN run.state = 'ready' THEN run.id END AS run_id
FROM transcript CROSS JOIN event LEFT JOIN run ON true
"""

KEEP_ANSWER = f"""
INSERT INTO webhook_events ({_EVENT_COLUMNS})
VALUES (:event_id, :org, :provider, :kind, :dedupe_key, :subject, :conversation, :transcript, CAST(:headers AS jsonb),
    :body, :body_size, :body_sha256, :trace_id)
ON CONFLICT DO NOTHING
"""
