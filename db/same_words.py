"""The words of one run for its successor: they stay what they were, nobody transcribes, or pays, again."""

SAME_WORDS = """
INSERT INTO utterances (run_id, seq, organization_id, speaker, start_ms, end_ms, text, confidence, channel)
SELECT :successor, seq, organization_id, speaker, start_ms, end_ms, text, confidence, channel FROM utterances WHERE run_id = :run
"""
