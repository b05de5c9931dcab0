"""What customers read: pages of transcripts, and one transcript with the run that counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, select, tuple_

from db.engine import engine
from db.outage import reported
from db.reading_run import fetch_analysis, fetch_reply, fetch_run, fetch_utterances
from db.tables.conversations import ConversationRow, TranscriptRow
from db.tables.effects import EffectRow
from db.views import EffectView, Page, TranscriptSummary, TranscriptView
from domain.chain import Source

Query = Select[*tuple[Any, ...]]
Position = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which transcripts; None asks for all."""

    source_ref: str | None = None
    conversation_id: UUID | None = None
    status: str | None = None
    processing_status: str | None = None


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
_NEWEST_FIRST = (TranscriptRow.created_at.desc(), TranscriptRow.id.desc())


def fetch_page(organization_id: UUID, filters: Filters, limit: int, after: Position | None = None) -> Page:
    """Newest first, ``limit`` at most, starting after a position that an earlier page gave. One query, no words.

    Raises StoreUnavailable.
    """
    query = page_query(organization_id, filters, limit, after)
    with reported(), engine().connect() as connection:
        found = [TranscriptSummary(**row._asdict()) for row in connection.execute(query)]
    items = tuple(found[:limit])
    return Page(items, (items[-1].created_at, items[-1].id) if len(found) > limit else None)


def page_query(organization_id: UUID, filters: Filters, limit: int, after: Position | None = None) -> Query:
    """One row more than asked for, which tells whether there is a next page."""
    query = _summaries(organization_id).where(*_matching(filters)).order_by(*_NEWEST_FIRST).limit(limit + 1)
    return query.where(tuple_(TranscriptRow.created_at, TranscriptRow.id) < after) if after else query


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
    conditions: list[ColumnElement[bool]] = []
    if filters.source_ref is not None:
        # naming every source lets the unique key (organization, source, source_ref) find the row
        conditions += [TranscriptRow.source.in_([source.value for source in Source]), TranscriptRow.source_ref == filters.source_ref]
    if filters.conversation_id is not None:
        conditions.append(TranscriptRow.conversation_id == filters.conversation_id)
    if filters.status is not None:
        conditions.append(TranscriptRow.status == filters.status)
    if filters.processing_status is not None:
        conditions.append(TranscriptRow.processing_status == filters.processing_status)
    return conditions
