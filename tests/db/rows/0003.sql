-- What asking vendors brought: places, usage, kept answers, live-call updates, delivery reports, prices, evidence of a signature.

INSERT INTO vendor_places (id, vendor, held_until)
SELECT md5('v' || vendor)::uuid, vendor, '2026-03-01T00:00:00Z' FROM unnest(ARRAY['deepgram', 'openai', 'twilio']) AS vendor;

INSERT INTO usage_days (organization_id, day, speech_seconds, llm_tokens) VALUES
    (md5('o1')::uuid, '2026-03-01', 3600, 5000000000), (md5('o2')::uuid, '2026-03-01', 0, 0);

INSERT INTO kept_answers (organization_id, key, document, model, usage) VALUES
    (md5('o1')::uuid, '\x00', '{"text": "We open at nine."}', 'gpt-6-luna', '{"input_tokens": 10}');

INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, body, state, provider, provider_ref, delivery, delivery_rank,
                     delivery_code, trace_id, finished_at) VALUES
    (md5('e31')::uuid, md5('o1')::uuid, md5('c3')::uuid, 'transcript:x31:call_update', 'call_update', 'CA3', '<Response/>', 'sent', 'twilio', NULL, NULL, 0,
     NULL, 'trace-3', '2026-03-01T00:00:00Z'),
    (md5('e32')::uuid, md5('o1')::uuid, md5('c1')::uuid, 'transcript:x32:sms', 'sms', '+15005550198', 'x', 'sent', 'twilio', 'SM32', 'undelivered', 4,
     '30003', 'trace-x', '2026-03-01T00:00:00Z');

-- a reply that went without its vendor, a call understood without it, a recording that another vendor shall do again
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, state, stage, next_publish_at, degraded, redo_with, trace_id, finished_at)
SELECT md5('r3' || vendor)::uuid, md5('o2')::uuid, md5('c5')::uuid, md5('t6')::uuid, 2, 'done', 'persist', '2026-03-01T00:00:00Z', true, vendor, 'trace-r', '2026-03-01T00:00:00Z'
FROM unnest(ARRAY['deepgram', 'openai', 'twilio']) AS vendor;

INSERT INTO run_steps (run_id, stage, organization_id, attempts, submission, submission_id, reserved_seconds, withdrawn, price_usd) VALUES
    (md5('r3deepgram')::uuid, 'transcribe', md5('o2')::uuid, 1, 2, 'req-31', 61, 1, 0.00000001),
    (md5('r3openai')::uuid, 'generate_reply', md5('o2')::uuid, 1, 0, NULL, 0, 0, 12.5);

INSERT INTO quarantine (provider, reason, route, body, body_size, content_type, url, signature, signature_settings, hosts, trace_id) VALUES
    ('twilio', 'signature', '/webhooks/twilio/sms', '\x78', 1, 'text/plain', 'https://hookline.example/webhooks/twilio/sms', 'x=', 'sha1', 'hookline.example', 'q3');

INSERT INTO vendor_health (vendor, failures, code, open_until) VALUES ('twilio', 1, 'twilio:503', NULL);
