-- What lanes bring: who goes first, and why a person was called.

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status) VALUES
    (md5('t111')::uuid, md5('o1')::uuid, md5('c1')::uuid, 111, 'live_turn', 'CA1:2', 'completed');

INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, lane, state, stage, next_publish_at, trace_id, finished_at) VALUES
    (md5('r111')::uuid, md5('o1')::uuid, md5('c1')::uuid, md5('t111')::uuid, 111, 'urgent', 'done', 'persist', '2026-06-01T00:00:00Z',
     'trace-111', '2026-06-01T00:00:01Z');

INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, reason, target, body, state,
    last_error, trace_id, finished_at) VALUES
    (md5('e111')::uuid, md5('o1')::uuid, md5('c1')::uuid, md5('t111')::uuid, md5('r111')::uuid, 'conversation:111:escalation', 'escalation',
     'chest_pain', '+15005550111', 'Please look.', 'failed', 'given_up', 'trace-111', '2026-06-01T00:00:02Z');
