"""What customers read: pages of transcripts, and one transcript with the run that counts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select

from db import pages
from db.engine import engine
from db.outage import reported
from db.pages import ALWAYS, Page, Position, Query, Span
from db.reading_run import fetch_analysis, fetch_reply, fetch_run, fetch_utterances
from db.tables.conversations import ConversationRow, TranscriptRow
from db.tables.effects import EffectRow
from db.tables.results import AnalysisRow
from db.views import EffectView, TranscriptSummary, TranscriptView
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
    """One transcript with the run that counts or, before one does, its latest live run. Seven queries at most. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(transcript_query(organization_id, transcript_id)).first()
        return _view(connection, organization_id, row._asdict()) if row else None


def transcript_query(organization_id: UUID, transcript_id: UUID) -> Query:
    """The summary of one transcript, and which run counts."""
    return _summaries(organization_id).add_columns(TranscriptRow.current_run_id).where(TranscriptRow.id == transcript_id)


def _view(connection: Connection, organization_id: UUID, found: dict[str, Any]) -> TranscriptView:
    run = fetch_run(connection, organization_id, found["id"], found.pop("current_run_id"))
    if run is None:
        return TranscriptView(**found, utterances=(), analysis=None, reply=None, run=None)
    where = (EffectRow.conversation_id == found["conversation_id"], EffectRow.transcript_id == found["id"])
    return TranscriptView(
        **found,
        utterances=fetch_utterances(connection, organization_id, run.id),
        analysis=fetch_analysis(connection, organization_id, run.id),
        reply=fetch_reply(connection, organization_id, run.id),
        run=run,
        effects=tuple(EffectView(**row._asdict()) for row in connection.execute(_effects(organization_id).where(*where))),
    )


def _summaries(organization_id: UUID) -> Query:
    joined = select(*_SUMMARY).join(ConversationRow, ConversationRow.id == TranscriptRow.conversation_id)
    return joined.where(TranscriptRow.organization_id == organization_id, ConversationRow.organization_id == organization_id)


def _effects(organization_id: UUID) -> Query:
    e = EffectRow
    shown = (
        e.kind,
        e.state,
        e.attempts,
        e.provider,
        e.provider_ref,
        e.delivery,
        e.delivery_code,
        e.last_error,
        e.created_at,
        e.finished_at,
    )
    return select(*shown).where(e.organization_id == organization_id).order_by(e.created_at, e.id)


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
