"""Runs, those that were opened last first, and one run with all that is known of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from db import history, pages
from db.engine import engine
from db.outage import reported
from db.pages import Page, Query, Span
from db.reading_run import RUN, fetch_analysis, fetch_reply, run_view
from db.tables.results import UtteranceRow
from db.tables.runs import RunRow
from db.views import AnalysisView, ReplyView, RunView
from domain.attempts import Attempt

_R = RunRow
_SHOWN = (
    _R.id,
    _R.transcript_id,
    _R.conversation_id,
    _R.batch_id,
    _R.purpose,
    _R.state,
    _R.stage,
    _R.attempts,
    _R.engine,
    _R.model,
    _R.degraded,
    _R.last_error,
    _R.waiting_for,
    _R.trace_id,
    _R.created_at,
    _R.finished_at,
)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run without its steps; ``attempts`` are those of the stage that it stands at."""

    id: UUID
    transcript_id: UUID
    conversation_id: UUID
    batch_id: UUID | None
    purpose: str
    state: str
    stage: str
    attempts: int
    engine: str | None
    model: str | None
    degraded: bool
    last_error: str | None
    waiting_for: str | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with its steps, every try of each, and what it found; ``utterances`` is how many."""

    transcript_id: UUID
    conversation_id: UUID
    batch_id: UUID | None
    run: RunView
    tries: tuple[Attempt, ...]
    utterances: int
    analysis: AnalysisView | None
    reply: ReplyView | None


def fetch_page(
    organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Page[RunSummary]:
    """Those that are as ``wanted`` says: ``transcript_id batch_id purpose state stage``. Raises StoreUnavailable."""
    return pages.fetch(page_query(organization_id, wanted, span, limit, after), RunSummary, limit)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The question of ``fetch_page``."""
    columns = {"transcript_id": _R.transcript_id, "batch_id": _R.batch_id, "purpose": _R.purpose, "state": _R.state, "stage": _R.stage}
    query = select(*_SHOWN).where(_R.organization_id == organization_id, *pages.same(columns, wanted), *span.over(_R.created_at))
    return pages.cut(query, _R.created_at, _R.id, limit, after)


def fetch_one(organization_id: UUID, run_id: UUID) -> RunDetail | None:
    """A run by its id. Six questions at most. Raises StoreUnavailable."""
    mine = (_R.organization_id == organization_id, _R.id == run_id)
    said = select(func.count()).where(UtteranceRow.organization_id == organization_id, UtteranceRow.run_id == run_id)
    with reported(), engine().connect() as connection:
        row = connection.execute(select(_R.transcript_id, _R.conversation_id, _R.batch_id, *RUN).where(*mine)).first()
        if row is None:
            return None
        found = row._asdict()
        belongs = {name: found.pop(name) for name in ("transcript_id", "conversation_id", "batch_id")}
        return RunDetail(
            **belongs,
            run=run_view(connection, organization_id, found),
            tries=tuple(history.fetch_attempts(connection, organization_id, [run_id])),
            utterances=int(connection.scalar(said) or 0),
            analysis=fetch_analysis(connection, organization_id, run_id),
            reply=fetch_reply(connection, organization_id, run_id),
        )
