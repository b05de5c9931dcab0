-- What conversations bring: settings that have versions, what callers said live, figures of a talk, refused replies, who did what and why.

INSERT INTO organization_versions (organization_id, version, name, vertical, settings, changed_by) VALUES
    (md5('o1')::uuid, 1, 'Kept Clinic', 'dental', '{"hours": "Monday to Friday, 8:00 to 18:00", "services": ["cleaning"]}', 'setup'),
    (md5('o1')::uuid, 2, 'Kept Clinic', 'medical', '{"greeting": "Hello."}', 'somebody');

UPDATE organizations SET version = 2 WHERE id = md5('o1')::uuid;

INSERT INTO audits (id, organization_id, actor, act, subject, subject_id, reason) VALUES
    (md5('a91')::uuid, md5('o1')::uuid, 'somebody', 'escalate', 'conversation', md5('c1')::uuid, 'sounded frightened'),
    (md5('a92')::uuid, md5('o1')::uuid, 'somebody', 'organization.change', 'organization', md5('o1')::uuid, NULL);

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status) VALUES
    (md5('t91')::uuid, md5('o1')::uuid, md5('c1')::uuid, 91, 'live_turn', 'CA1:1', 'completed'),
    (md5('t92')::uuid, md5('o1')::uuid, md5('c1')::uuid, 92, 'live_transcription', 'GT00000000000000000000000000000092', 'completed');

INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, state, stage, next_publish_at, trace_id, finished_at,
    organization_version, told_roles) VALUES
    (md5('r91')::uuid, md5('o1')::uuid, md5('c1')::uuid, md5('t91')::uuid, 91, 'done', 'persist', '2026-06-01T00:00:00Z', 'trace-91',
     '2026-06-01T00:00:01Z', 2, '{"0": "customer"}');

INSERT INTO analyses (run_id, organization_id, roles, role_confidence, intent, intent_confidence, figures, engine, model) VALUES
    (md5('r91')::uuid, md5('o1')::uuid, '{"0": "customer"}', 1.0, 'out_of_scope', 0.9, '{"talk_ratio": 0.4}', 'local', 'roles-1+intents-1');

INSERT INTO replies (run_id, organization_id, text, channel, template, fault, escalates, engine, model) VALUES
    (md5('r91')::uuid, md5('o1')::uuid, 'A member of our team will get back to you.', 'voice', 'safe', 'promise', true, 'openai', 'gpt-6-luna');
