"""What left the house, or was to, the newest first: neither number nor text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from db import pages
from db.pages import Page, Query, Span
from db.tables.effects import EffectRow

_E = EffectRow
_SHOWN = (
    _E.id,
    _E.conversation_id,
    _E.transcript_id,
    _E.run_id,
    _E.kind,
    _E.reason,
    _E.state,
    _E.attempts,
    _E.provider,
    _E.provider_ref,
    _E.delivery,
    _E.delivery_code,
    _E.last_error,
    _E.trace_id,
    _E.created_at,
    _E.finished_at,
)


@dataclass(frozen=True, slots=True)
class EffectSummary:
    """One effect. ``reason``: why a person was called; ``delivery`` is what the telephone network says of a message."""

    id: UUID
    conversation_id: UUID
    transcript_id: UUID | None
    run_id: UUID | None
    kind: str
    reason: str | None
    state: str
    attempts: int
    provider: str | None
    provider_ref: str | None
    delivery: str | None
    delivery_code: str | None
    last_error: str | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None


def fetch_page(
    organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Page[EffectSummary]:
    """Those that are as ``wanted`` says: ``conversation_id transcript_id kind state``. Raises StoreUnavailable."""
    return pages.fetch(page_query(organization_id, wanted, span, limit, after), EffectSummary, limit)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The question of ``fetch_page``."""
    columns = {"conversation_id": _E.conversation_id, "transcript_id": _E.transcript_id, "kind": _E.kind, "state": _E.state}
    query = select(*_SHOWN).where(_E.organization_id == organization_id, *pages.same(columns, wanted), *span.over(_E.created_at))
    return pages.cut(query, _E.created_at, _E.id, limit, after)
