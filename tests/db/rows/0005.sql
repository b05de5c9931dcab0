-- What healing writes down: how far vendors were asked, what the invariants say, what failed how often, who sent and who restarted,
-- what was taken back.

INSERT INTO watermarks (organization_id, kind, seen_through, resume_at, resume_through) VALUES
    (md5('o1')::uuid, 'recordings', '2026-04-01T00:00:00Z', NULL, NULL),
    (md5('o1')::uuid, 'messages', '2026-04-01T00:00:01Z', '/2010-04-01/page-7', '2026-04-01T01:00:00Z');

INSERT INTO invariant_checks (invariant, violations, broken_since) VALUES ('I1', 0, NULL), ('I5', 3, '2026-04-01T00:00:00Z');

INSERT INTO failure_counts (task, code, outcome, count)
SELECT 'transcript.transcribe', 'deepgram:503', outcome, 5000000000 FROM unnest(ARRAY['retried', 'paused', 'ended']) AS outcome;

INSERT INTO workers (name, queues, restarted_at) VALUES ('worker@new', '{records}', '2026-04-01T00:00:00Z');

INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, body, state, worker, trace_id, finished_at) VALUES
    (md5('e51')::uuid, md5('o1')::uuid, md5('c1')::uuid, 'transcript:x51:sms', 'sms', '+15005550198', 'x', 'sent', 'worker@new', 'trace-x', '2026-04-01T00:00:00Z');

INSERT INTO promotions (id, organization_id, transcript_id, from_run_id, to_run_id, promoted_by, undone_by, undone_at) VALUES
    (md5('p5')::uuid, md5('o1')::uuid, md5('t4')::uuid, md5('r5')::uuid, md5('r4')::uuid, 'somebody', 'somebody else', '2026-04-01T00:00:00Z');

INSERT INTO run_steps (run_id, stage, organization_id, attempts, written_off) VALUES
    (md5('r8')::uuid, 'generate_reply', md5('o1')::uuid, 1, 1);

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, said_at) VALUES
    (md5('t51')::uuid, md5('o1')::uuid, md5('c1')::uuid, 51, 'sms', 'SM00000000000000000000000000000051', 'completed', '2026-04-01T00:00:00Z');

-- what a person decided about what waited for them
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, state, stage, last_error, next_publish_at, trace_id, finished_at,
    settled_at, settled_by) VALUES
    (md5('r51')::uuid, md5('o1')::uuid, md5('c1')::uuid, md5('t51')::uuid, 51, 'dead', 'persist', 'unexpected:KeyError', '2026-04-01T00:00:00Z',
    'trace-x', '2026-04-01T00:00:00Z', '2026-04-01T00:00:02Z', 'somebody');

INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, body, state, last_error, trace_id, finished_at, settled_at,
    settled_by) VALUES
    (md5('e52')::uuid, md5('o1')::uuid, md5('c1')::uuid, 'transcript:x52:sms', 'sms', '+15005550198', 'x', 'unknown', 'outcome_unknown', 'trace-x',
    '2026-04-01T00:00:00Z', '2026-04-01T00:00:02Z', 'somebody');
