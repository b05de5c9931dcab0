-- What calls told by the API bring: what was captured in one, and what was said in it.

UPDATE conversations SET intake = '{"name": "Ann Lee", "guests": 4}' WHERE id = md5('c1')::uuid;

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status) VALUES
    (md5('t221')::uuid, md5('o1')::uuid, md5('c1')::uuid, 221, 'api', '00000000-0000-0000-0000-000000000221', 'completed');

INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, state, stage, next_publish_at, trace_id, finished_at) VALUES
    (md5('r221')::uuid, md5('o1')::uuid, md5('c1')::uuid, md5('t221')::uuid, 221, 'done', 'persist', '2026-06-01T00:00:00Z', 'trace-221',
     '2026-06-01T00:00:01Z');
