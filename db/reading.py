"""What customers read: pages of transcripts, and one transcript with the run that counts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from db import pages
from db.as_json import RUN, SAID, analysis_view, columns, reply_view, run_view, times
from db.one_trip import Statement, commit
from db.pages import ALWAYS, Page, Position, Query, Span
from db.tables.conversations import ConversationRow, TranscriptRow
from db.tables.results import AnalysisRow
from db.views import EffectView, TranscriptSummary, TranscriptView, UtteranceView
from domain.chain import Source


@dataclass(frozen=True, slots=True)
class Filters:
    """Which transcripts; None asks for all. Intent and roles are those of the run that counts; a confidence is 0..1, bounds included."""

    source_ref: str | None = None
    conversation_id: UUID | None = None
    status: str | None = None
    processing_status: str | None = None
    channel: str | None = None
    intent: str | None = None
    role_confidence_min: float | None = None
    role_confidence_max: float | None = None
    escalated: bool | None = None
    span: Span = ALWAYS

    @property
    def is_of_the_analysis(self) -> bool:
        """Whether only what was understood can tell."""
        return (self.intent, self.role_confidence_min, self.role_confidence_max) != (None, None, None)


_SUMMARY = (
    TranscriptRow.id,
    TranscriptRow.conversation_id,
    ConversationRow.channel,
    TranscriptRow.source,
    TranscriptRow.source_ref,
    TranscriptRow.turn,
    TranscriptRow.status,
    TranscriptRow.status_reason,
    TranscriptRow.processing_status,
    TranscriptRow.processing_reason,
    TranscriptRow.created_at,
)

_EFFECTS = f"""
SELECT json_agg(sent) FROM (
    SELECT {columns(EffectView)} FROM effects
    WHERE organization_id = :org AND conversation_id = t.conversation_id AND transcript_id = t.id ORDER BY created_at, id) AS sent"""
# one transcript with all of it; which index each part comes from stands in tests/db/test_lists_crowded.py
ONE = f"""
SELECT {columns(TranscriptSummary, "channel", of="t.")}, c.channel, {RUN}, {SAID}, ({_EFFECTS}) AS effects
FROM transcripts AS t JOIN conversations AS c ON c.organization_id = :org AND c.id = t.conversation_id
LEFT JOIN LATERAL (
    SELECT id FROM runs
    WHERE organization_id = :org AND transcript_id = t.id
        AND CASE WHEN t.current_run_id IS NULL THEN purpose = 'live' ELSE id = t.current_run_id END
    ORDER BY created_at DESC, id DESC LIMIT 1) AS r ON true
WHERE t.organization_id = :org AND t.id = :transcript
"""


def fetch_page(organization_id: UUID, filters: Filters, limit: int, after: Position | None = None) -> Page[TranscriptSummary]:
    """Newest first, ``limit`` at most, starting after a position that an earlier page gave. One query, no words.

    Raises StoreUnavailable.
    """
    return pages.fetch(page_query(organization_id, filters, limit, after), TranscriptSummary, limit)


def page_query(organization_id: UUID, filters: Filters, limit: int, after: Position | None = None) -> Query:
    """One row more than asked for, which tells whether there is a next page."""
    return pages.cut(chosen(organization_id, filters), TranscriptRow.created_at, TranscriptRow.id, limit, after)


def chosen(organization_id: UUID, filters: Filters) -> Query:
    """The summaries of those that meet the filters."""
    query = _summaries(organization_id).where(*_matching(filters), *filters.span.over(TranscriptRow.created_at))
    if not filters.is_of_the_analysis:
        return query
    # an index on either side: a few analyses lead to their transcripts, and many transcripts to their analyses
    mine = (AnalysisRow.run_id == TranscriptRow.current_run_id, AnalysisRow.organization_id == organization_id)
    return query.where(*mine, *_understood(filters))


def fetch_transcript(organization_id: UUID, transcript_id: UUID) -> TranscriptView | None:
    """One transcript with the run that counts or, before one does, its latest live run. One query. Raises StoreUnavailable."""
    found = commit(Statement(ONE, {"org": organization_id, "transcript": transcript_id}))
    return _view(found[0]._asdict()) if found else None


def _view(found: dict[str, Any]) -> TranscriptView:
    return TranscriptView(
        **found
        | {
            "utterances": tuple(UtteranceView(**said) for said in found["utterances"] or ()),
            "analysis": analysis_view(found["analysis"]),
            "reply": reply_view(found["reply"]),
            "run": run_view(found["run"]) if found["run"] else None,
            "effects": tuple(EffectView(**effect | times(effect, "created_at", "finished_at")) for effect in found["effects"] or ()),
        }
    )


def _summaries(organization_id: UUID) -> Query:
    joined = select(*_SUMMARY).join(ConversationRow, ConversationRow.id == TranscriptRow.conversation_id)
    return joined.where(TranscriptRow.organization_id == organization_id, ConversationRow.organization_id == organization_id)


def _matching(filters: Filters) -> list[ColumnElement[bool]]:
    columns = {
        "conversation_id": TranscriptRow.conversation_id,
        "status": TranscriptRow.status,
        "processing_status": TranscriptRow.processing_status,
        "channel": ConversationRow.channel,
    }
    conditions = pages.same(columns, {name: getattr(filters, name) for name in columns})
    if filters.source_ref is not None:
        # naming every source lets the unique key (organization, source, source_ref) find the row
        conditions += [TranscriptRow.source.in_([source.value for source in Source]), TranscriptRow.source_ref == filters.source_ref]
    if filters.escalated is not None:
        called = ConversationRow.escalated_at
        conditions.append(called.is_not(None) if filters.escalated else called.is_(None))
    return conditions


def _understood(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = pages.same({"intent": AnalysisRow.intent}, {"intent": filters.intent})
    if filters.role_confidence_min is not None:
        conditions.append(AnalysisRow.role_confidence >= filters.role_confidence_min)
    if filters.role_confidence_max is not None:
        conditions.append(AnalysisRow.role_confidence <= filters.role_confidence_max)
    return conditions
