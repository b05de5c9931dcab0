"""Conversations in which a person was called for, the latest first: why, what was said, who was told, and whether that is still open.

Two questions, however many there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from db import pages
from db.engine import engine
from db.outage import reported
from db.pages import Page, Query, Span
from db.tables.conversations import ConversationRow
from db.tables.effects import reason_of

_C = ConversationRow
# Of the last call for a person: they were told, and nothing says that it did not reach them; or somebody looked at it and settled it.
# A subquery for each conversation, which no planner turns into a look at all effects.
_ANSWERED = """COALESCE((
    SELECT e.settled_at IS NOT NULL OR (e.state = 'sent' AND COALESCE(e.delivery, '') NOT IN ('undelivered', 'failed'))
    FROM effects AS e WHERE e.conversation_id = conversations.id AND e.organization_id = conversations.organization_id
        AND e.kind = 'escalation' ORDER BY e.created_at DESC, e.id DESC LIMIT 1), false)"""
_SHOWN = (
    _C.id.label("conversation_id"),
    _C.channel,
    _C.escalated_at,
    _C.escalation_reason.label("reason"),
    text(f"{_ANSWERED} AS is_answered"),
)
# The rule that fired is the reason; its evidence is an utterance of the run that called or, if the front heard it, of the one that counts.
_CALLS = f"""
SELECT e.id, e.conversation_id, e.transcript_id, {reason_of("e")} AS reason, e.state, e.delivery, e.last_error, e.created_at, e.finished_at,
    e.settled_at, said.run_id, said.seq, said.role, said.text
FROM effects AS e
LEFT JOIN transcripts AS t ON t.id = e.transcript_id AND t.organization_id = :org
LEFT JOIN analyses AS a ON a.run_id = COALESCE(e.run_id, t.current_run_id) AND a.organization_id = :org
LEFT JOIN LATERAL (
    SELECT u.run_id, u.seq, u.role, u.text
    FROM jsonb_to_recordset(a.safety) AS found (rule text, seq integer)
    JOIN utterances AS u ON u.run_id = a.run_id AND u.seq = found.seq AND u.organization_id = :org
    WHERE found.rule = {reason_of("e")} ORDER BY found.seq LIMIT 1) AS said ON true
WHERE e.organization_id = :org AND e.conversation_id = ANY(:conversations) AND e.kind = 'escalation'
ORDER BY e.created_at, e.id
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The utterance that a rule of safety fired for."""

    run_id: UUID
    seq: int
    role: str | None
    text: str


@dataclass(frozen=True, slots=True)
class HelpCall:
    """One call for a person, and how it went. ``evidence`` is None where no rule fired: somebody asked for a person, or an operator did."""

    id: UUID
    transcript_id: UUID | None
    reason: str
    state: str
    delivery: str | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    settled_at: datetime | None
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """A conversation that was escalated; ``calls`` oldest first, none if there was nobody to call."""

    conversation_id: UUID
    channel: str
    escalated_at: datetime
    reason: str | None
    is_answered: bool
    calls: tuple[HelpCall, ...]

    @property
    def status(self) -> str:
        """``answered`` or ``open``."""
        return "answered" if self.is_answered else "open"


@dataclass(frozen=True, slots=True)
class _Found:
    conversation_id: UUID
    channel: str
    escalated_at: datetime
    reason: str | None
    is_answered: bool


def fetch_page(
    organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Page[Escalation]:
    """Those that are as ``wanted`` says: ``status channel reason``. Raises StoreUnavailable."""
    found = pages.fetch(page_query(organization_id, wanted, span, limit, after), _Found, limit)
    with reported(), engine().connect() as connection:
        calls = fetch_calls(connection, organization_id, [item.conversation_id for item in found.items])
    items = (
        Escalation(
            item.conversation_id,
            item.channel,
            item.escalated_at,
            item.reason,
            item.is_answered,
            tuple(calls.get(item.conversation_id, ())),
        )
        for item in found.items
    )
    return Page(tuple(items), found.position)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The first question of ``fetch_page``."""
    equal = pages.same({"channel": _C.channel, "reason": _C.escalation_reason}, wanted)
    mine = (_C.organization_id == organization_id, _C.escalated_at.is_not(None))
    query = select(*_SHOWN).where(*mine, *equal, *span.over(_C.escalated_at))
    if wanted.get("status") is not None:
        query = query.where(text(_ANSWERED if wanted["status"] == "answered" else f"NOT {_ANSWERED}"))
    return pages.cut(query, _C.escalated_at, _C.id, limit, after)


def fetch_calls(connection: Connection, organization_id: UUID, conversation_ids: list[UUID]) -> dict[UUID, list[HelpCall]]:
    """The calls for a person in these conversations, by conversation."""
    calls: dict[UUID, list[HelpCall]] = {}
    for row in connection.execute(text(_CALLS), {"org": organization_id, "conversations": conversation_ids}):
        evidence = None if row.run_id is None else Evidence(row.run_id, row.seq, row.role, row.text)
        made = (row.id, row.transcript_id, row.reason, row.state, row.delivery, row.last_error, row.created_at, row.finished_at)
        calls.setdefault(row.conversation_id, []).append(HelpCall(*made, row.settled_at, evidence))
    return calls
