"""Conversations, those that began last first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from db import pages
from db.pages import Page, Query, Span
from db.tables.conversations import ConversationRow

_PROVIDERS = ("twilio", "deepgram")
_C = ConversationRow
_SHOWN = (
    _C.id,
    _C.channel,
    _C.direction,
    _C.our_number,
    _C.their_number,
    _C.status,
    _C.status_reason,
    _C.phase,
    _C.turns,
    _C.escalated_at,
    _C.escalation_reason,
    _C.duration_seconds,
    _C.started_at,
    _C.ended_at,
)


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation without what was said in it. Numbers are E.164, client or sip addresses."""

    id: UUID
    channel: str
    direction: str | None
    our_number: str | None
    their_number: str | None
    status: str
    status_reason: str | None
    phase: str
    turns: int
    escalated_at: datetime | None
    escalation_reason: str | None
    duration_seconds: int | None
    started_at: datetime
    ended_at: datetime | None


def fetch_page(
    organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Page[ConversationSummary]:
    """Those that are as ``wanted`` says: ``channel status phase provider_ref escalated``. Raises StoreUnavailable."""
    return pages.fetch(page_query(organization_id, wanted, span, limit, after), ConversationSummary, limit)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The question of ``fetch_page``."""
    equal = pages.same({"channel": _C.channel, "status": _C.status, "phase": _C.phase, "provider_ref": _C.provider_ref}, wanted)
    query = select(*_SHOWN).where(_C.organization_id == organization_id, *equal, *span.over(_C.started_at))
    if wanted.get("provider_ref"):
        # naming every provider lets the unique key find the row
        query = query.where(_C.provider.in_(_PROVIDERS))
    if wanted.get("escalated") is not None:
        query = query.where(_C.escalated_at.is_not(None) if wanted["escalated"] else _C.escalated_at.is_(None))
    return pages.cut(query, _C.started_at, _C.id, limit, after)
