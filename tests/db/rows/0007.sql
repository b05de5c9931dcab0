-- What text messages bring: who wants none and who does again, what the network took a message for, pictures.

INSERT INTO opt_outs (organization_id, our_number, their_number, stopped, source_ref, told_at) VALUES
    (md5('o1')::uuid, '+15005550100', '+15005550198', true, 'SM00000000000000000000000000000071', '2026-05-01T00:00:00Z'),
    (md5('o1')::uuid, '+15005550101', '+15005550198', true, NULL, '2026-05-01T00:00:00Z'),
    (md5('o2')::uuid, '+15005550100', '+15005550198', false, 'SM00000000000000000000000000000072', '2026-05-01T00:00:00Z');

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, keyword)
SELECT md5('t7' || word)::uuid, md5('o1')::uuid, md5('c1')::uuid, 70 + place, 'sms', 'SM7' || word, 'completed', word
FROM unnest(ARRAY['stop', 'start', 'yes', 'help']) WITH ORDINALITY AS known (word, place);

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, media) VALUES
    (md5('t75')::uuid, md5('o1')::uuid, md5('c1')::uuid, 75, 'sms', 'MM00000000000000000000000000000075', 'completed', '["image/jpeg"]');
