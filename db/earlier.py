"""What earlier runs of the same transcript found from the very same inputs: nobody is paid for it twice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from db import from_rows
from db.one_trip import Statement, commit
from domain.chain import Stage
from domain.runs import Claim, Transcription
from domain.speech import Engine, Reply, Understanding

# what stood in for somebody else, or failed, is no result to build on (`error_code`); the run that counts comes first
_FOUND = """
SELECT s.provider, s.model, s.prompt_version, {result} AS result
FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = :stage
LEFT JOIN transcripts AS t ON t.organization_id = :org AND t.current_run_id = r.id
WHERE r.organization_id = :org AND r.transcript_id = :transcript AND r.id <> :run
    AND s.input_hash = :key AND s.finished_at IS NOT NULL AND s.error_code IS NULL
    AND EXISTS (SELECT FROM {table} AS x WHERE x.run_id = r.id)
ORDER BY t.id IS NULL, r.created_at DESC LIMIT 1
"""
_WORDS = _FOUND.format(
    table="utterances",
    result="""(
    SELECT json_agg(json_build_array(u.seq, u.speaker, u.text, u.start_ms, u.end_ms, u.confidence, u.channel, NULL) ORDER BY u.seq)
    FROM utterances AS u WHERE u.run_id = r.id)""",
)
_ANALYSIS = _FOUND.format(table="analyses", result="(SELECT row_to_json(a) FROM analyses AS a WHERE a.run_id = r.id)")
_REPLY = _FOUND.format(table="replies", result="(SELECT row_to_json(g) FROM replies AS g WHERE g.run_id = r.id)")


def find_words(claim: Claim, key: bytes) -> Transcription | None:
    """The words that were read from this before. Raises StoreUnavailable."""
    row = _found(_WORDS, claim, Stage.TRANSCRIBE, key)
    if row is None:
        return None
    said = tuple(from_rows.utterance(*each) for each in row.result)
    return Transcription(said, row.provider, row.model, input_hash=key, cached=True)


def find_understanding(claim: Claim, key: bytes) -> Understanding | None:
    """What was understood of this before; who did it is billed nothing now. Raises StoreUnavailable."""
    row = _found(_ANALYSIS, claim, Stage.CLASSIFY_SPEAKERS, key)
    found = from_rows.analysis(row.result) if row else None
    return replace(found.understanding, engine=_engine(row, key)) if found else None


def find_reply(claim: Claim, key: bytes) -> Reply | None:
    """What was answered to this before; who did it is billed nothing now. Raises StoreUnavailable."""
    row = _found(_REPLY, claim, Stage.GENERATE_REPLY, key)
    found = from_rows.reply(row.result) if row else None
    return replace(found, engine=_engine(row, key)) if found else None


def _found(query: str, claim: Claim, stage: Stage, key: bytes) -> Any:
    mine: Mapping[str, object] = {
        "org": claim.organization_id, "transcript": claim.transcript_id, "run": claim.run_id, "stage": stage, "key": key,
    }  # fmt: skip
    return next(iter(commit(Statement(query, mine))), None)


def _engine(row: Any, key: bytes) -> Engine:
    return Engine(row.provider, row.model or "", prompt_version=row.prompt_version, cached=True, input_hash=key)
