"""Replies, those that were written last first: of any run, whether it counts or not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from db import outcomes, pages
from db.pages import Page, Query, Span
from db.tables.conversations import TranscriptRow
from db.tables.results import ReplyRow
from db.tables.runs import RunRow

_P = ReplyRow


@dataclass(frozen=True, slots=True)
class ReplySummary:
    """What a run answers. ``counts``: it is what the transcript's current run says; ``outcome``: what became of it."""

    run_id: UUID
    transcript_id: UUID
    conversation_id: UUID
    counts: bool
    text: str
    channel: str
    template: str | None
    fault: str | None
    escalates: bool
    engine: str
    model: str
    created_at: datetime
    outcome: str | None
    outcome_reason: str | None


_SHOWN = (
    _P.run_id,
    RunRow.transcript_id,
    RunRow.conversation_id,
    func.coalesce(TranscriptRow.current_run_id == _P.run_id, False).label("counts"),
    _P.text,
    _P.channel,
    _P.template,
    _P.fault,
    _P.escalates,
    _P.engine,
    _P.model,
    _P.created_at,
    text(f"{outcomes.outcome('replies.run_id', 'replies.organization_id')} AS outcome"),
    text(f"{outcomes.reason('replies.run_id', 'replies.organization_id')} AS outcome_reason"),
)


def fetch_page(
    organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Page[ReplySummary]:
    """Those that are as ``wanted`` says: ``transcript_id channel template engine``. Raises StoreUnavailable."""
    return pages.fetch(page_query(organization_id, wanted, span, limit, after), ReplySummary, limit)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The question of ``fetch_page``."""
    columns = {"transcript_id": RunRow.transcript_id, "channel": _P.channel, "template": _P.template, "engine": _P.engine}
    joined = select(*_SHOWN).join(RunRow, RunRow.id == _P.run_id).join(TranscriptRow, TranscriptRow.id == RunRow.transcript_id)
    mine = (
        _P.organization_id == organization_id,
        RunRow.organization_id == organization_id,
        TranscriptRow.organization_id == organization_id,
    )
    query = joined.where(*mine, *pages.same(columns, wanted), *span.over(_P.created_at))
    return pages.cut(query, _P.created_at, _P.run_id, limit, after)
