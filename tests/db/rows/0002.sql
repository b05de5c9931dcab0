-- The AI's status beside the speech status: every pair of values that a transcript may have.

INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, processing_status, processing_reason)
SELECT md5('t2' || speech || ai)::uuid, md5('o1')::uuid, md5('c1')::uuid, 1, 'deepgram', speech || ':' || ai, speech, ai,
       CASE WHEN ai = 'failed' THEN 'worker_lost' END
FROM unnest(ARRAY['pending', 'processing', 'completed', 'failed']) AS speech, unnest(ARRAY['pending', 'processing', 'completed', 'failed']) AS ai;
