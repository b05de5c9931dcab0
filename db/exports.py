"""Transcripts with all that was said and understood, for an export: page by page, so that memory and transactions stay small."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, literal, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db import audits, outcomes, pages
from db.engine import engine
from db.outage import reported
from db.pages import Position, Query
from db.reading import Filters, chosen
from db.tables.conversations import ConversationRow, TranscriptRow
from db.tables.results import AnalysisRow, ReplyRow, UtteranceRow

# transcripts of an hour of speech each, all at once in memory, are a few megabytes
ROWS_A_PAGE = 50

_LINE = func.coalesce(UtteranceRow.role, "unsure") + ": " + UtteranceRow.text


@dataclass(frozen=True, slots=True)
class Exported:
    """One transcript. ``words``: a line for each utterance, ``role: text``; confidences are 0..1; ``reply_outcome``: what became of it."""

    id: UUID
    conversation_id: UUID
    channel: str
    source: str
    source_ref: str
    turn: int
    status: str
    status_reason: str | None
    processing_status: str
    processing_reason: str | None
    created_at: datetime
    escalated_at: datetime | None
    escalation_reason: str | None
    intent: str | None
    intent_confidence: float | None
    role_confidence: float | None
    sentiment: str | None
    summary: str | None
    reply: str | None
    words: str | None
    reply_outcome: str | None
    reply_outcome_reason: str | None


def note_export(organization_id: UUID, actor: str) -> None:
    """Write down who takes all these words out of the house. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        audits.record(connection, organization_id, actor, "transcripts.export", "organization", organization_id)


def fetch_all(organization_id: UUID, filters: Filters) -> Iterator[Exported]:
    """All that meet the filters, newest first; what comes in meanwhile is not among them. Between two pages nothing is held open.

    Raises StoreUnavailable.
    """
    after: Position | None = None
    while True:
        page = pages.fetch(page_query(organization_id, filters, after), Exported, ROWS_A_PAGE)
        yield from page.items
        if page.position is None:
            return
        after = (page.position[0], page.position[1])


def page_query(organization_id: UUID, filters: Filters, after: Position | None = None) -> Query:
    """One page of ``fetch_all``."""
    a, p, t = AnalysisRow, ReplyRow, TranscriptRow
    if not filters.is_of_the_analysis:
        understood = chosen(organization_id, filters).outerjoin(a, (a.run_id == t.current_run_id) & (a.organization_id == organization_id))
    else:
        understood = chosen(organization_id, filters)
    answered = understood.outerjoin(p, (p.run_id == t.current_run_id) & (p.organization_id == organization_id))
    found = answered.add_columns(
        ConversationRow.escalated_at,
        ConversationRow.escalation_reason,
        a.intent,
        a.intent_confidence,
        a.role_confidence,
        a.sentiment,
        a.summary,
        p.text.label("reply"),
        _words(organization_id).label("words"),
        text(f"{outcomes.outcome('transcripts.current_run_id', 'transcripts.organization_id')} AS reply_outcome"),
        text(f"{outcomes.reason('transcripts.current_run_id', 'transcripts.organization_id')} AS reply_outcome_reason"),
    )
    return pages.cut(found, t.created_at, t.id, ROWS_A_PAGE, after)


def _words(organization_id: UUID) -> ScalarSelect[Any]:
    u = UtteranceRow
    mine = (u.run_id == TranscriptRow.current_run_id, u.organization_id == organization_id)
    return select(func.string_agg(_LINE, aggregate_order_by(literal("\n"), u.seq))).where(*mine).correlate(TranscriptRow).scalar_subquery()
