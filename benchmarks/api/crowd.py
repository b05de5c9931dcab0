"""A house with thousands of everything, written as rows in one statement for each table, and statistics that know it."""

from uuid import UUID, uuid4

from benchmarks.harness import database

_TENANT = "INSERT INTO organizations (id, slug, name) VALUES (%(org)s, 'crowd-' || %(org)s::uuid, 'Crowd')"
# A call each: one transcript, one done run, two utterances. Each fiftieth is escalated, each hundredth speaks of a refund, and each
# thousandth wants one.
_CALLS = """
CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS SELECT n, gen_random_uuid() AS conversation, gen_random_uuid() AS transcript,
    gen_random_uuid() AS run, clock_timestamp() - (%(calls)s - n) * interval '2 seconds' AS at FROM generate_series(1, %(calls)s) AS n;
INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status, started_at, escalated_at, escalation_reason)
    SELECT conversation, %(org)s::uuid, 'twilio', 'CA' || n, 'voice', 'completed', at, CASE WHEN n %% 50 = 0 THEN at END,
        CASE WHEN n %% 50 = 0 THEN 'chest_pain' END FROM crowd;
INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, processing_status, created_at)
    SELECT transcript, %(org)s::uuid, conversation, 1, 'deepgram', 'ref-' || n, 'completed', 'completed', at FROM crowd;
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, trace_id, state, stage, created_at, next_publish_at,
        finished_at)
    SELECT run, %(org)s::uuid, conversation, transcript, 1, md5(n::text), 'done', 'persist', at, at, at FROM crowd;
UPDATE transcripts SET current_run_id = crowd.run FROM crowd WHERE transcripts.id = crowd.transcript;
INSERT INTO run_steps (run_id, stage, organization_id, attempts) SELECT run, s, %(org)s::uuid, 1
    FROM crowd, unnest(ARRAY['transcribe', 'classify_speakers', 'generate_reply', 'persist']) AS s;
INSERT INTO utterances (run_id, seq, organization_id, speaker, role, start_ms, end_ms, text)
    SELECT run, s, %(org)s::uuid, s, CASE s WHEN 0 THEN 'agent' ELSE 'customer' END, 0, 900,
        CASE WHEN n %% 100 = 0 AND s = 1 THEN 'I want my refund number ' || n ELSE 'Good morning, may I move appointment ' || n END
    FROM crowd, generate_series(0, 1) AS s;
INSERT INTO analyses (run_id, organization_id, roles, role_confidence, intent, intent_confidence, engine, model)
    SELECT run, %(org)s::uuid, '{"0": "agent"}', (n %% 1000) / 1000.0, CASE WHEN n %% 1000 = 0 THEN 'refund' ELSE 'book_appointment'
        END, 0.9, 'local',
        'test-1' FROM crowd;
INSERT INTO replies (run_id, organization_id, text, channel, engine, model, created_at)
    SELECT run, %(org)s::uuid, 'Thank you.', 'sms', 'local', 'test-1', at FROM crowd;
INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, target, body, state, trace_id,
        created_at, next_publish_at)
    SELECT gen_random_uuid(), %(org)s::uuid, conversation, transcript, run, 'transcript:' || transcript || ':sms', 'sms',
        '+15005550199', 'x',
        'sent', md5(n::text), at, at FROM crowd;
INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, conversation_id, transcript_id, headers, body,
        body_size, body_sha256, trace_id, received_at)
    SELECT gen_random_uuid(), %(org)s::uuid, 'deepgram', 'callback', 'd' || n, 'd' || n, conversation, transcript, '{}', 'x', 1, 'x',
        md5(n::text),
        at FROM crowd
"""
_KNOWN = "VACUUM ANALYZE conversations, transcripts, runs, run_steps, utterances, analyses, replies, effects, webhook_events"


def fill(url: str, *sizes: int) -> list[UUID]:
    """Make organizations with so many calls each, in the database of libpq's URL."""
    made = [uuid4() for _ in sizes]
    for organization_id, calls in zip(made, sizes, strict=True):
        database.rows(url, _TENANT, org=str(organization_id))
        database.rows(url, _CALLS, org=str(organization_id), calls=calls)
    database.rows(url, _KNOWN)
    return made
