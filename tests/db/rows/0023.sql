-- What people bring: one of each scope, one who may not come in any more; a session with a token that was used, one that stands, and one
-- that was revoked; a key that was used.

UPDATE api_keys SET last_used_at = now() WHERE id = md5('k9')::uuid;

INSERT INTO people (id, organization_id, login, password_hash, scope, disabled_at) VALUES
    (md5('p1')::uuid, md5('o1')::uuid, 'ada', 'scrypt:1', 'admin', NULL),
    (md5('p2')::uuid, md5('o1')::uuid, 'ben', 'scrypt:2', 'operator', NULL),
    (md5('p3')::uuid, md5('o1')::uuid, 'cy', 'scrypt:3', 'viewer', now());

INSERT INTO refresh_tokens (id, organization_id, person_id, session_id, token_sha256, expires_at, used_at, revoked_at) VALUES
    (md5('t1')::uuid, md5('o1')::uuid, md5('p1')::uuid, md5('s1')::uuid, '\x01', now() + interval '7 days', now(), NULL),
    (md5('t2')::uuid, md5('o1')::uuid, md5('p1')::uuid, md5('s1')::uuid, '\x02', now() + interval '7 days', NULL, NULL),
    (md5('t3')::uuid, md5('o1')::uuid, md5('p3')::uuid, md5('s3')::uuid, '\x03', now() + interval '7 days', NULL, now());
