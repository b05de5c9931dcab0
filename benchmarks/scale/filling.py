"""A house that has been lived in for long: written as rows, for the webhooks of a year would take a day to send."""

from benchmarks.front.houses import Hookline
from benchmarks.harness import database

EVENTS_A_CALL = 5
_CALLS = """
CREATE TEMPORARY TABLE calls AS SELECT n, gen_random_uuid() AS conversation, gen_random_uuid() AS transcript, gen_random_uuid() AS run,
    clock_timestamp() - (%(calls)s - n) * interval '2 seconds' AS at, n > %(done)s AS waits FROM generate_series(1, %(calls)s) AS n;
INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status, started_at, updated_at)
    SELECT conversation, o.id, 'twilio', 'CA' || lpad(to_hex(n), 32, '0'), 'voice', 'completed', at, at FROM calls, organizations AS o;
INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, processing_status, created_at, updated_at)
    SELECT transcript, o.id, conversation, 1, 'twilio_recording', 'RE' || lpad(to_hex(n), 32, '0'), 'completed',
        CASE WHEN waits THEN 'pending' ELSE 'completed' END, at, at FROM calls, organizations AS o;
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, trace_id, state, stage, created_at, stage_since, not_before,
        next_publish_at, finished_at)
    SELECT run, o.id, conversation, transcript, 1, md5(n::text), CASE WHEN waits THEN 'ready' ELSE 'done' END,
        CASE WHEN waits THEN 'transcribe' ELSE 'persist' END, at, at, at, at, CASE WHEN NOT waits THEN at END
    FROM calls, organizations AS o;
INSERT INTO run_steps (run_id, stage, organization_id, attempts, queued_at, started_at, finished_at)
    SELECT run, s.stage, o.id, 1, at, at, at FROM calls, organizations AS o,
        unnest(ARRAY['transcribe', 'classify_speakers', 'generate_reply', 'persist']) AS s (stage) WHERE NOT waits;
INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, conversation_id, transcript_id, headers, body,
        body_size, body_sha256, trace_id, received_at)
    SELECT gen_random_uuid(), o.id, 'twilio', 'call_status', 'CA' || lpad(to_hex(n), 32, '0') || ':' || e, 'CA' || lpad(to_hex(n), 32, '0'),
        conversation, CASE WHEN e = 1 THEN transcript END, '{}', decode(repeat(md5(n::text || e), 16), 'hex'), 1024,
        sha256(md5(n::text || e)::bytea), md5(n::text), at
    FROM calls, organizations AS o, generate_series(1, %(each)s) AS e
"""
_BYTES = """
SELECT relname AS name, pg_table_size(oid) AS table_bytes, pg_indexes_size(oid) AS index_bytes
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_table_size(oid) > 0 ORDER BY relname
"""


def fill(house: Hookline, events: int, waiting: int) -> None:
    """So many events of calls, so many of whose runs wait and are due."""
    calls = events // EVENTS_A_CALL
    database.rows(house.database, _CALLS, calls=calls, done=calls - waiting, each=EVENTS_A_CALL)
    database.rows(house.database, "VACUUM ANALYZE")


def bytes_held(house: Hookline) -> dict[str, tuple[int, int]]:
    """What each table and its indexes hold on disk."""
    database.rows(house.database, "VACUUM ANALYZE")
    return {row["name"]: (row["table_bytes"], row["index_bytes"]) for row in database.rows(house.database, _BYTES)}
