"""What a plan of a batch needs to know of stored transcripts; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.chain import Purpose, Stage
from domain.runs import Claim

NOBODY = UUID(int=0)

# the run that counts, else the newest that has words; and what its model steps took the last time somebody was paid for them
_SUBJECTS = """
SELECT t.id, t.conversation_id, t.turn, o.version, source.run_id, source.has_analysis, COALESCE(taken.figures, '{}') AS figures
FROM transcripts AS t JOIN organizations AS o ON o.id = t.organization_id
LEFT JOIN LATERAL (
    SELECT r.id AS run_id, EXISTS (SELECT FROM analyses AS a WHERE a.run_id = r.id) AS has_analysis FROM runs AS r
    WHERE r.organization_id = :org AND r.transcript_id = t.id AND EXISTS (SELECT FROM utterances AS u WHERE u.run_id = r.id)
    ORDER BY r.id = t.current_run_id DESC, r.created_at DESC LIMIT 1) AS source ON true
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(last.stage, jsonb_build_object('usage', last.usage, 'provider', last.provider, 'model', last.model,
        'prompt', last.prompt_version, 'seconds', last.seconds)) AS figures
    FROM (
        SELECT DISTINCT ON (s.stage) s.stage, s.usage, s.provider, s.model, s.prompt_version,
            EXTRACT(EPOCH FROM s.finished_at - s.started_at) AS seconds
        FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id
        WHERE r.organization_id = :org AND r.transcript_id = t.id AND s.stage IN ('classify_speakers', 'generate_reply')
            AND NOT s.cached AND s.error_code IS NULL AND s.finished_at IS NOT NULL
            AND COALESCE(CAST(s.usage ->> 'input_tokens' AS numeric), 0) > 0
        ORDER BY s.stage, s.finished_at DESC) AS last) AS taken ON true
WHERE t.organization_id = :org AND t.id = ANY(:ids) ORDER BY t.id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step took when somebody was paid for it the last time; ``seconds`` from its beginning to its end."""

    usage: Mapping[str, int]
    provider: str
    model: str
    prompt_version: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Subject:
    """A transcript that would be worked on again. ``run_id`` is the run whose words are there, if any are."""

    organization_id: UUID
    transcript_id: UUID
    conversation_id: UUID
    turn: int
    version: int
    run_id: UUID | None
    has_analysis: bool
    taken: Mapping[Stage, Taken] = field(default_factory=dict)

    def claim(self, stage: Stage) -> Claim:
        """As whoever works on it would hold it; nobody does, and it opens nothing."""
        run = self.run_id or NOBODY
        return Claim(
            run, self.organization_id, self.conversation_id, self.transcript_id, self.turn, stage, Purpose.REPROCESS, 0, NOBODY, "",
            self.version,
        )  # fmt: skip


def subjects(organization_id: UUID, transcript_ids: Sequence[UUID]) -> list[Subject]:
    """These transcripts as a plan sees them. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_SUBJECTS), {"org": organization_id, "ids": list(transcript_ids)}).all()
    return [
        Subject(
            organization_id, row.id, row.conversation_id, row.turn, row.version, row.run_id, bool(row.has_analysis),
            {Stage(stage): _taken(told) for stage, told in row.figures.items()},
        )
        for row in found
    ]  # fmt: skip


def _taken(told: Mapping[str, object]) -> Taken:
    usage = {unit: int(str(amount)) for unit, amount in dict(told["usage"] or {}).items()}  # type: ignore[call-overload] # JSON of our own
    prompt = str(told["prompt"]) if told["prompt"] else None
    return Taken(usage, str(told["provider"]), str(told["model"]), prompt, float(str(told["seconds"])))
