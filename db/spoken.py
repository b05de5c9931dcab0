"""What was said in a stored transcript, and what was understood of it, for whoever asks about it once more."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from db import from_rows
from db.engine import engine
from db.outage import reported
from domain.chain import Source
from domain.speech import Analysis, CallEvidence, Channel, Utterance
from domain.understanding.roles import evidence_of

# by the run that counts or, before one does, by the one that is at work
_SPOKEN = """
SELECT t.source, t.channels, c.id AS conversation_id, c.channel, c.direction, said.rows AS utterances,
    (SELECT row_to_json(a) FROM analyses AS a WHERE a.organization_id = :org AND a.run_id = run.id) AS analysis
FROM transcripts AS t JOIN conversations AS c ON c.id = t.conversation_id
LEFT JOIN LATERAL (
    SELECT r.id FROM runs AS r WHERE r.organization_id = :org AND r.transcript_id = t.id AND (r.id = t.current_run_id OR r.purpose = 'live')
    ORDER BY r.id = t.current_run_id DESC NULLS LAST, r.created_at DESC LIMIT 1) AS run ON true
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(seq, speaker, text, start_ms, end_ms, confidence, channel, role) ORDER BY seq) AS rows
    FROM utterances AS u WHERE u.organization_id = :org AND u.run_id = run.id AND u.text <> '') AS said ON true
WHERE t.organization_id = :org AND t.id = :transcript AND t.emptied_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A transcript's words, none if there are none yet; ``analysis`` is what counts, if anything does."""

    conversation_id: UUID
    evidence: CallEvidence
    utterances: tuple[Utterance, ...] = field(repr=False)
    analysis: Analysis | None = field(default=None, repr=False)


def find(organization_id: UUID, transcript_id: UUID) -> Spoken | None:
    """None if there is no such transcript, or nothing is kept of it. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(text(_SPOKEN), {"org": organization_id, "transcript": transcript_id}).first()
    if row is None:
        return None
    evidence = evidence_of(Source(row.source), Channel(row.channel), row.direction, row.channels, None)
    said = tuple(from_rows.utterance(*each) for each in row.utterances or ())
    return Spoken(row.conversation_id, evidence, said, from_rows.analysis(row.analysis))
