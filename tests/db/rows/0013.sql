-- What batches bring: stored conversations that were worked on again, steps that cost nothing because they were paid for before.

INSERT INTO batches (id, organization_id, name, created_by, since, until, criteria, from_step, prompt, model, planned_runs, planned_usd,
    trace_id, opened_at, cancelled_at, cancelled_by) VALUES
    (md5('b1')::uuid, md5('o1')::uuid, 'new-prompt', 'somebody', '2026-02-01T00:00:00Z', '2026-02-08T00:00:00Z', '["intent=refund"]',
     'generate_reply', 'reply-4', 'gpt-6-luna', 1, 0.01234567, 'trace-b1', '2026-03-01T00:00:00Z', NULL, NULL),
    (md5('b2')::uuid, md5('o1')::uuid, 'stopped', 'somebody', '2026-02-01T00:00:00Z', '2026-02-08T00:00:00Z', '[]',
     NULL, NULL, NULL, 40, NULL, 'trace-b2', NULL, '2026-03-01T00:00:01Z', 'somebody'),
    (md5('b3')::uuid, md5('o1')::uuid, 'read-again', 'somebody', '2026-02-01T00:00:00Z', '2026-02-08T00:00:00Z', '[]',
     'transcribe', NULL, NULL, 40, NULL, 'trace-b3', NULL, NULL, NULL),
    (md5('b4')::uuid, md5('o1')::uuid, 'understood-again', 'somebody', '2026-02-01T00:00:00Z', '2026-02-08T00:00:00Z', '[]',
     'classify_speakers', NULL, NULL, 40, NULL, 'trace-b4', NULL, NULL, NULL),
    (md5('b5')::uuid, md5('o1')::uuid, 'nothing-anew', 'somebody', '2026-02-01T00:00:00Z', '2026-02-08T00:00:00Z', '[]',
     'persist', NULL, NULL, 40, NULL, 'trace-b5', NULL, NULL, NULL);

INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, purpose, state, stage, next_publish_at, trace_id, finished_at,
    batch_id, counted_run_id) VALUES
    (md5('r131')::uuid, md5('o1')::uuid, md5('c4')::uuid, md5('t4')::uuid, 1, 'reprocess', 'done', 'persist', '2026-03-01T00:00:00Z',
     'trace-b1', '2026-03-01T00:00:01Z', md5('b1')::uuid, md5('r4')::uuid);

INSERT INTO run_steps (run_id, stage, organization_id, attempts, started_at, finished_at, provider, model, input_hash, cached, prompt_version)
VALUES (md5('r131')::uuid, 'classify_speakers', md5('o1')::uuid, 1, '2026-03-01T00:00:00Z', '2026-03-01T00:00:01Z', 'openai', 'gpt-6-luna',
     '\x00', true, 'understanding-2');

INSERT INTO promotions (id, organization_id, transcript_id, from_run_id, to_run_id, promoted_by, undone_by, undone_at, batch_id) VALUES
    (md5('p131')::uuid, md5('o1')::uuid, md5('t4')::uuid, md5('r4')::uuid, md5('r131')::uuid, 'somebody', 'somebody',
     '2026-03-01T00:00:03Z', md5('b1')::uuid);
