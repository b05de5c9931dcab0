-- What release 0.1.0's first schema may hold: every table, every value of every CHECK, NULL and not NULL wherever both are allowed.
-- md5('…')::uuid names a row by what it is: o organization, c conversation, t transcript, r run, e effect, w webhook event.

INSERT INTO organizations (id, slug, name, plan, vertical, settings, twilio_account_sid, created_at) VALUES
    (md5('o1')::uuid, 'kept', 'Kept Clinic', 'pro', 'dental', '{"hours": "Monday to Friday, 8:00 to 18:00", "services": ["cleaning"]}',
     'ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1', '2026-01-02T03:04:05.678901Z'),
    (md5('o2')::uuid, 'other', 'Other Clinic', 'free', 'general', '{}', NULL, '2026-01-03T00:00:00Z');

INSERT INTO api_keys (id, organization_id, name, secret_sha256, revoked_at) VALUES
    (md5('k1')::uuid, md5('o1')::uuid, 'in use', '\x00ff', NULL),
    (md5('k2')::uuid, md5('o2')::uuid, 'taken back', '\x01fe', '2026-02-01T00:00:00Z');

INSERT INTO periodic_tasks (name) VALUES ('plant.tidy');

INSERT INTO quarantine (provider, reason, route, body, body_size, trace_id) VALUES
    ('twilio', 'signature', '/webhooks/twilio/sms', '\x426f64793d78', 6, 'q1'), ('deepgram', 'credentials', '/webhooks/deepgram/<token>', '\x', 0, 'q2');

INSERT INTO vendor_health (vendor, failures, open_until) VALUES ('deepgram', 0, NULL), ('openai', 5, '2026-02-01T00:00:00Z');

INSERT INTO workers (name, queues, last_claim_at, last_progress_at) VALUES
    ('worker@old', '{speech,language}', '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z'), ('batch@old', '{}', NULL, NULL);

INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, direction, our_number, their_number, status, status_reason,
                           ended, sequence, vendor_status, phase, turns, escalated_at, escalation_reason, duration_seconds, ended_at) VALUES
    (md5('c1')::uuid, md5('o1')::uuid, 'twilio', 'CA1', 'voice', 'inbound', '+15005550100', '+15005550199', 'pending', NULL,
     false, 0, 'initiated', 'greeting', 0, NULL, NULL, NULL, NULL),
    (md5('c2')::uuid, md5('o1')::uuid, 'twilio', 'CA2', 'voice', NULL, NULL, NULL, 'ringing', NULL,
     false, 1, 'ringing', 'intake', 1, NULL, NULL, NULL, NULL),
    (md5('c3')::uuid, md5('o1')::uuid, 'twilio', 'CA3', 'voice', 'inbound', '+15005550100', '+15005550199', 'in_progress', NULL,
     false, 2, 'in-progress', 'clarification', 1, NULL, NULL, NULL, NULL),
    (md5('c4')::uuid, md5('o1')::uuid, 'deepgram', 'req-4', 'voice', NULL, NULL, '+15005550198', 'completed', NULL,
     true, 3, 'completed', 'escalation', 2, '2026-02-01T00:00:00Z', 'chest_pain', 42, '2026-02-01T00:01:00Z'),
    (md5('c5')::uuid, md5('o2')::uuid, 'twilio', 'CA5', 'voice', 'outbound-api', '+15005550101', '+15005550197', 'failed', 'busy',
     true, 1, 'busy', 'completed', 2, NULL, NULL, 0, '2026-02-01T00:02:00Z'),
    (md5('c6')::uuid, md5('o1')::uuid, 'twilio', 'thread-6', 'sms', 'inbound', '+15005550100', '+15005550196', 'in_progress', NULL,
     false, -1, '', 'greeting', 2, NULL, NULL, NULL, NULL);

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, status_reason, duration_ms, channels) VALUES
    (md5('t1')::uuid, md5('o1')::uuid, md5('c6')::uuid, 1, 'sms', 'SM00000000000000000000000000000001', 'completed', NULL, NULL, NULL),
    (md5('t2')::uuid, md5('o1')::uuid, md5('c6')::uuid, 2, 'sms', 'SM00000000000000000000000000000002', 'completed', NULL, NULL, NULL),
    (md5('t3')::uuid, md5('o1')::uuid, md5('c3')::uuid, 1, 'twilio_recording', 'RE3', 'processing', NULL, 61000, 2),
    (md5('t4')::uuid, md5('o1')::uuid, md5('c4')::uuid, 1, 'deepgram', 'req-4', 'completed', NULL, 42000, 1),
    (md5('t5')::uuid, md5('o2')::uuid, md5('c5')::uuid, 1, 'twilio_recording', 'RE5', 'failed', 'recording_absent', NULL, NULL),
    (md5('t6')::uuid, md5('o2')::uuid, md5('c5')::uuid, 2, 'twilio_recording', 'RE6', 'failed', 'deepgram:job_failed', 1000, 1),
    (md5('t7')::uuid, md5('o1')::uuid, md5('c2')::uuid, 1, 'twilio_recording', 'RE7', 'pending', NULL, 5000, NULL),
    (md5('t8')::uuid, md5('o1')::uuid, md5('c4')::uuid, 2, 'deepgram', 'req-8', 'completed', NULL, 1000, NULL);

INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, purpose, state, stage, attempts, not_before, next_publish_at,
                  lease_token, lease_until, waiting_for, last_error, predecessor_id, prompt_version, model, engine, degraded, trace_id, created_at, finished_at) VALUES
    -- fresh, and one that was being worked on when its worker went
    (md5('r1')::uuid, md5('o1')::uuid, md5('c6')::uuid, md5('t1')::uuid, 1, 'live', 'ready', 'transcribe', 0, '2026-02-01T00:00:00Z',
     '2026-02-01T00:00:03Z', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 'trace-1', '2026-02-01T00:00:00Z', NULL),
    (md5('r2')::uuid, md5('o1')::uuid, md5('c6')::uuid, md5('t2')::uuid, 2, 'live', 'ready', 'generate_reply', 1, '2026-02-01T00:00:00Z',
     '2026-02-01T00:02:00Z', md5('l2')::uuid, '2026-02-01T00:01:30Z', NULL, NULL, NULL, NULL, 'intents-1', 'local', false, 'trace-2', '2026-02-01T00:00:00Z', NULL),
    (md5('r3')::uuid, md5('o1')::uuid, md5('c3')::uuid, md5('t3')::uuid, 1, 'live', 'waiting', 'transcribe', 1, '2026-02-01T00:10:00Z',
     '2026-02-01T00:10:00Z', NULL, NULL, 'deepgram', NULL, NULL, NULL, NULL, NULL, false, 'trace-3', '2026-02-01T00:00:00Z', NULL),
    (md5('r4')::uuid, md5('o1')::uuid, md5('c4')::uuid, md5('t4')::uuid, 1, 'live', 'done', 'persist', 1, '2026-02-01T00:00:00Z',
     '2026-02-01T00:00:03Z', NULL, NULL, NULL, NULL, NULL, NULL, 'intents-1', 'local', true, 'trace-4', '2026-02-01T00:00:00Z', '2026-02-01T00:00:04Z'),
    (md5('r5')::uuid, md5('o1')::uuid, md5('c4')::uuid, md5('t4')::uuid, 1, 'reprocess', 'done', 'persist', 1, '2026-02-02T00:00:00Z',
     '2026-02-02T00:00:03Z', NULL, NULL, NULL, NULL, md5('r4')::uuid, 'reply-1', 'gpt-6-luna', 'openai', false, 'trace-5', '2026-02-02T00:00:00Z', '2026-02-02T00:00:09Z'),
    (md5('r6')::uuid, md5('o2')::uuid, md5('c5')::uuid, md5('t6')::uuid, 2, 'live', 'dead', 'transcribe', 6, '2026-02-01T00:00:00Z',
     '2026-02-01T00:00:03Z', NULL, NULL, NULL, 'deepgram:job_failed', NULL, NULL, NULL, NULL, false, 'trace-6', '2026-02-01T00:00:00Z', '2026-02-01T00:05:00Z'),
    (md5('r7')::uuid, md5('o1')::uuid, md5('c2')::uuid, md5('t7')::uuid, 1, 'live', 'ready', 'transcribe', 2, '2026-02-01T00:00:20Z',
     '2026-02-01T00:00:20Z', NULL, NULL, NULL, 'twilio:503', NULL, NULL, NULL, NULL, false, 'trace-7', '2026-02-01T00:00:00Z', NULL),
    (md5('r8')::uuid, md5('o1')::uuid, md5('c4')::uuid, md5('t8')::uuid, 2, 'live', 'dead', 'classify_speakers', 6, '2026-02-01T00:00:00Z',
     '2026-02-01T00:00:03Z', NULL, NULL, NULL, 'worker_lost', NULL, NULL, NULL, NULL, false, 'trace-8', '2026-02-01T00:00:00Z', '2026-02-01T00:05:00Z');

UPDATE transcripts SET current_run_id = md5('r5')::uuid WHERE id = md5('t4')::uuid;

INSERT INTO promotions (id, organization_id, transcript_id, from_run_id, to_run_id, promoted_by) VALUES
    (md5('p1')::uuid, md5('o1')::uuid, md5('t4')::uuid, NULL, md5('r4')::uuid, 'persist'),
    (md5('p2')::uuid, md5('o1')::uuid, md5('t4')::uuid, md5('r4')::uuid, md5('r5')::uuid, 'somebody');

INSERT INTO run_steps (run_id, stage, organization_id, attempts, started_at, finished_at, worker, provider, model, usage, input_hash,
                       vendor_request_id, submission, submitted_at, error_code) VALUES
    (md5('r2')::uuid, 'transcribe', md5('o1')::uuid, 1, '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z', 'worker@old', 'sms', NULL, '{}', NULL, NULL, 0, NULL, NULL),
    (md5('r2')::uuid, 'classify_speakers', md5('o1')::uuid, 1, '2026-02-01T00:00:01Z', '2026-02-01T00:00:02Z', 'worker@old', 'local', 'intents-1', '{"tokens": 7}', '\xabcd', NULL, 0, NULL, NULL),
    (md5('r2')::uuid, 'generate_reply', md5('o1')::uuid, 1, '2026-02-01T00:00:02Z', NULL, 'worker@old', NULL, NULL, '{}', NULL, NULL, 0, NULL, NULL),
    (md5('r2')::uuid, 'persist', md5('o1')::uuid, 0, NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, 0, NULL, NULL),
    (md5('r3')::uuid, 'transcribe', md5('o1')::uuid, 1, '2026-02-01T00:00:00Z', NULL, 'worker@old', 'deepgram', NULL, '{}', NULL, 'req-3', 1, '2026-02-01T00:00:00Z', NULL),
    (md5('r8')::uuid, 'classify_speakers', md5('o1')::uuid, 6, '2026-02-01T00:00:00Z', '2026-02-01T00:05:00Z', 'worker@old', NULL, NULL, '{}', NULL, NULL, 0, NULL, 'worker_lost');

INSERT INTO utterances (run_id, seq, organization_id, speaker, role, start_ms, end_ms, text, confidence, channel) VALUES
    (md5('r2')::uuid, 0, md5('o1')::uuid, 0, 'customer', 0, 0, 'On Friday please', NULL, 0),
    (md5('r4')::uuid, 0, md5('o1')::uuid, 0, 'agent', 0, 900, 'Kept Clinic, good morning.', 0.98, 0),
    (md5('r4')::uuid, 1, md5('o1')::uuid, 1, NULL, 1000, 1900, 'I have a pain in my chest. äöü €', 0.91, 1);

INSERT INTO analyses (run_id, organization_id, roles, role_confidence, intent, intent_confidence, sentiment, summary, intake, safety, engine, model) VALUES
    (md5('r2')::uuid, md5('o1')::uuid, '{"0": "customer"}', 1.0, 'book_appointment', 0.8, NULL, NULL, '{}', '[]', 'local', 'intents-1'),
    (md5('r4')::uuid, md5('o1')::uuid, '{"0": "agent", "1": "customer"}', 0.93, 'other', 0.4, 'negative', 'A pain.', '{"name": "x"}',
     '[{"rule": "chest_pain", "urgency": "emergency", "seq": 1}]', 'openai', 'gpt-6-luna');

INSERT INTO replies (run_id, organization_id, text, channel, template, engine, model, usage) VALUES
    (md5('r4')::uuid, md5('o1')::uuid, 'Please call 112 now.', 'sms', 'emergency', 'local', 'templates-1', '{}'),
    (md5('r5')::uuid, md5('o1')::uuid, 'Please call 112.', 'voice', NULL, 'openai', 'gpt-6-luna', '{"output_tokens": 5}');

INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, target, sender, body, state, attempts,
                     lease_token, lease_until, provider, provider_ref, last_error, trace_id, finished_at) VALUES
    (md5('e1')::uuid, md5('o1')::uuid, md5('c4')::uuid, NULL, NULL, 'conversation:c4:escalation', 'escalation', '+15005550190', NULL, 'x', 'pending', 0,
     NULL, NULL, NULL, NULL, NULL, 'trace-4', NULL),
    (md5('e2')::uuid, md5('o1')::uuid, md5('c4')::uuid, md5('t4')::uuid, md5('r4')::uuid, 'transcript:t4:sms', 'sms', '+15005550198', '+15005550100', 'x', 'sending', 1,
     md5('l3')::uuid, '2026-02-01T00:01:00Z', NULL, NULL, NULL, 'trace-4', NULL),
    (md5('e3')::uuid, md5('o1')::uuid, md5('c1')::uuid, NULL, NULL, 'transcript:x3:sms', 'sms', '+15005550198', '+15005550100', 'x', 'sent', 1,
     NULL, NULL, 'twilio', 'SM3', NULL, 'trace-x', '2026-02-01T00:00:00Z'),
    (md5('e4')::uuid, md5('o1')::uuid, md5('c1')::uuid, NULL, NULL, 'transcript:x4:sms', 'sms', '+15005550198', '+15005550100', 'x', 'failed', 5,
     NULL, NULL, NULL, NULL, 'twilio:21211', 'trace-x', '2026-02-01T00:00:00Z'),
    (md5('e5')::uuid, md5('o1')::uuid, md5('c1')::uuid, NULL, NULL, 'transcript:x5:sms', 'sms', '+15005550198', '+15005550100', 'x', 'unknown', 2,
     NULL, NULL, NULL, NULL, 'timeout', 'trace-x', '2026-02-01T00:00:00Z'),
    (md5('e6')::uuid, md5('o1')::uuid, md5('c1')::uuid, NULL, NULL, 'transcript:x6:sms', 'sms', '+15005550198', '+15005550100', 'x', 'superseded', 0,
     NULL, NULL, NULL, NULL, NULL, 'trace-x', '2026-02-01T00:00:00Z'),
    (md5('e7')::uuid, md5('o1')::uuid, md5('c1')::uuid, NULL, NULL, 'transcript:x7:sms', 'sms', '', NULL, 'x', 'suppressed', 0,
     NULL, NULL, NULL, NULL, 'no_number_for_sms', 'trace-x', '2026-02-01T00:00:00Z');

-- the bodies are zlib's: two forms of an SMS, a callback without words, a call's status
INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, conversation_id, transcript_id, headers, body, body_size, body_sha256,
                            trace_id, duplicate_count) VALUES
    (md5('w1')::uuid, md5('o1')::uuid, 'twilio', 'sms', 'SM00000000000000000000000000000001', 'SM00000000000000000000000000000001', md5('c6')::uuid, md5('t1')::uuid,
     '{"content-type": "application/x-www-form-urlencoded"}',
     '\x7801f34d2d2e4e4c4f0dce4cb10df635c00f0cd59cf2532a6d3db5cbf34b7352b47332b353b54bf2b593f2f3b3b513f3b4130b0af233f34a7253f34a00066c19dc', 86,
     '\x9206e3a19489c5cfb949891127470800d83783b68339416c7c56d5961de5e68f', 'trace-1', 2),
    (md5('w2')::uuid, md5('o1')::uuid, 'twilio', 'sms', 'SM00000000000000000000000000000002', 'SM00000000000000000000000000000002', md5('c6')::uuid, md5('t2')::uuid, '{}',
     '\x7801f34d2d2e4e4c4f0dce4cb10df635c00f8cd49cf2532a6dfdf3b4dd8a3253122bb50b7252138b530160aa12a2', 67,
     '\xfe0d62a08c82db52a5abc7f762e19426a0c334df1662c5ef62987e8ca941ce06', 'trace-2', 0),
    (md5('w3')::uuid, md5('o1')::uuid, 'deepgram', 'callback', 'req-4', 'req-4', md5('c4')::uuid, md5('t4')::uuid, '{}',
     '\x7801ab56ca4d2d494c492c4954b2aaaed5512a4a2d2ecd292906716a0193e10a64', 28,
     '\x3121f77c3f2069509289e4468226da159ffd586425878c7c7318f8f5986e9894', 'trace-4', 0),
    (md5('w4')::uuid, md5('o1')::uuid, 'twilio', 'message_status', 'SM9:sent', 'SM9', NULL, NULL, '{}',
     '\x7801734eccc9092e492c292db64dcecf2dc8492d494d0100520c07fb', 20,
     '\xe00472105b6e2244a49662f1d8830427fec0e360338f9db889a044fb286e500b', 'trace-9', 0);
