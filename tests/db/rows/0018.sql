-- What scopes bring: a key that may only read, and one that may act.

INSERT INTO api_keys (id, organization_id, name, secret_sha256, scope) VALUES
    (md5('k9')::uuid, md5('o1')::uuid, 'reader', '\x01', 'viewer'), (md5('k8')::uuid, md5('o1')::uuid, 'actor', '\x01', 'operator');
