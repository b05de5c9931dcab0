-- What jobs bring: one that waits, one that a worker has, one that is done, one that failed, and one that makes a batch.

INSERT INTO jobs (id, organization_id, kind, state, request, audio, result, error_code, conversation_id, idempotency_key, request_sha256,
    actor, trace_id, attempts, lease_token, lease_until, worker, provider, model, usage, price_usd, started_at, finished_at, expires_at) VALUES
    (md5('j1')::uuid, md5('o1')::uuid, 'classify_intent', 'pending', '{"text": "hello"}', NULL, NULL, NULL, NULL, NULL, '\x01',
     'key', 'trace-j1', 0, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, '2099-01-01T00:00:00Z'),
    (md5('j2')::uuid, md5('o1')::uuid, 'generate_reply', 'running', '{"text": "hello"}', NULL, NULL, NULL, md5('c4')::uuid, 'key-2', '\x02',
     'key', 'trace-j2', 1, md5('l2')::uuid, '2026-03-01T00:00:00Z', 'worker@host', NULL, NULL, '{}', NULL, '2026-03-01T00:00:00Z', NULL,
     '2099-01-01T00:00:00Z'),
    (md5('j3')::uuid, md5('o1')::uuid, 'turn', 'succeeded', '{"messages": []}', NULL, '{"text": "Hello."}', NULL, NULL, NULL, '\x03',
     'key', 'trace-j3', 1, NULL, NULL, 'worker@host', 'openai', 'gpt-6-luna', '{"input_tokens": 9}', 0.00000001, '2026-03-01T00:00:00Z',
     '2026-03-01T00:00:01Z', '2099-01-01T00:00:00Z'),
    (md5('j4')::uuid, md5('o1')::uuid, 'transcribe', 'failed', '{}', '\x52494646', NULL, 'whisper:unreadable_audio', NULL, NULL, '\x04',
     'key', 'trace-j4', 1, NULL, NULL, 'worker@host', NULL, NULL, '{}', NULL, '2026-03-01T00:00:00Z', '2026-03-01T00:00:01Z',
     '2099-01-01T00:00:00Z'),
    (md5('j5')::uuid, md5('o1')::uuid, 'reprocess', 'pending', '{}', NULL, NULL, NULL, NULL, NULL, '\x05', 'key', 'trace-j5', 0, NULL, NULL,
     NULL, NULL, NULL, '{}', NULL, NULL, NULL, '2099-01-01T00:00:00Z');
