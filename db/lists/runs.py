"""Runs, those that were opened last first, and one run with all that is known of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from db import history, pages
from db.as_json import RUN, analysis_view, reply_view, run_view
from db.engine import engine
from db.one_trip import Statement, commit
from db.outage import reported
from db.pages import Page, Query, Span
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


# one run with all of it
ONE = f"""
SELECT r.transcript_id, r.conversation_id, r.batch_id, {RUN},
    (SELECT count(*) FROM utterances WHERE organization_id = :org AND run_id = r.id) AS utterances
FROM runs AS r WHERE r.organization_id = :org AND r.id = :run
"""


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
    """A run by its id. Two queries. Raises StoreUnavailable."""
    rows = commit(Statement(ONE, {"org": organization_id, "run": run_id}))
    if not rows:
        return None
    found = rows[0]._asdict()
    with reported(), engine().connect() as connection:
        tries = tuple(history.fetch_attempts(connection, organization_id, [run_id]))
    parts = {"run": run_view(found["run"]), "analysis": analysis_view(found["analysis"]), "reply": reply_view(found["reply"])}
    return RunDetail(**found | parts, tries=tries)
