-- What privacy brings: who was erased and how that was proven, and every try of every stage.

UPDATE conversations SET erased_at = '2026-10-01T00:00:00Z', their_number = NULL WHERE id = md5('c5')::uuid;
UPDATE transcripts SET emptied_at = '2026-10-01T00:00:00Z' WHERE id = md5('t5')::uuid;

INSERT INTO erasures (id, organization_id, actor, reason, number_hmac, conversation_id, plan_sha256, counts, finished_at, proven_at) VALUES
    (md5('x1')::uuid, md5('o2')::uuid, 'somebody', 'asked by letter', '\x01', NULL, '\x02', '{"utterances": 3}', '2026-10-01T00:00:00Z',
     '2026-10-01T00:01:00Z'),
    (md5('x2')::uuid, md5('o2')::uuid, 'somebody', NULL, NULL, md5('c5')::uuid, '\x02', '{}', NULL, NULL);

INSERT INTO run_attempts (run_id, lease_token, organization_id, stage, attempt, queued_at, finished_at, worker, outcome, code) VALUES
    (md5('r4')::uuid, md5('y1')::uuid, md5('o1')::uuid, 'transcribe', 1, '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z', 'worker@old', 'waiting', 'deepgram'),
    (md5('r4')::uuid, md5('y2')::uuid, md5('o1')::uuid, 'transcribe', 1, '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z', 'worker@old', 'done', NULL),
    (md5('r4')::uuid, md5('y3')::uuid, md5('o1')::uuid, 'classify_speakers', 1, '2026-02-01T00:00:00Z', NULL, 'worker@old', NULL, NULL),
    (md5('r4')::uuid, md5('y4')::uuid, md5('o1')::uuid, 'generate_reply', 1, '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z', 'worker@old', 'retried', 'openai:http_500'),
    (md5('r4')::uuid, md5('y5')::uuid, md5('o1')::uuid, 'generate_reply', 2, '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z', 'worker@old', 'paused', 'openai:down'),
    (md5('r4')::uuid, md5('y6')::uuid, md5('o1')::uuid, 'persist', 6, '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z', 'worker@old', 'dead', 'unexpected:ValueError');
