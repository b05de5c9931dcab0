"""Conversations in which a person was called for, the latest first: why, what was said, who was told, and whether that is still open.

Two questions, however many there are.
"""

from dataclasses import dataclass, field
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
from domain.chain import EffectKind
from domain.telephony.twilio_voice import DIALED, REACHED

_C = ConversationRow
# Of the last call for a person: they were told, and nothing says that it did not reach them; or somebody looked at it and settled it.
# A subquery for each conversation, which no planner turns into a look at all effects.
_TOLD = """COALESCE((
    SELECT e.settled_at IS NOT NULL OR (e.state = 'sent' AND COALESCE(e.delivery, '') NOT IN ('undelivered', 'failed'))
    FROM effects AS e WHERE e.conversation_id = conversations.id AND e.organization_id = conversations.organization_id
        AND e.kind = 'escalation' ORDER BY e.created_at DESC, e.id DESC LIMIT 1), false)"""
# how a call ended that the caller was put through to stands with the reply to that turn
_IS_DIAL = f"{{e}}.kind = 'call_update' AND starts_with({{e}}.delivery, '{DIALED}')"
# Somebody took the last call that the caller was put through to, which may ring yet, and nobody was called for something else since.
_REACHED = f"""COALESCE((
    SELECT d.delivery IN {REACHED} AND NOT EXISTS (
        SELECT FROM effects AS e WHERE e.conversation_id = conversations.id AND e.organization_id = conversations.organization_id
            AND e.kind = 'escalation' AND e.state <> 'superseded' AND e.created_at > d.created_at
            AND e.transcript_id IS DISTINCT FROM d.transcript_id)
    FROM effects AS d WHERE d.conversation_id = conversations.id AND d.organization_id = conversations.organization_id
        AND (({_IS_DIAL.format(e="d")}) OR (d.kind = 'call_update' AND d.last_error = 'put_through'))
    ORDER BY d.created_at DESC, d.id DESC LIMIT 1), false)"""
_ANSWERED = f"({_TOLD} OR {_REACHED})"
_SHOWN = (
    _C.id.label("conversation_id"),
    _C.channel,
    _C.escalated_at,
    _C.escalation_reason.label("reason"),
    text(f"{_ANSWERED} AS is_answered"),
)
# The rule that fired is the reason; its evidence is an utterance of the run that called or, if the front heard it, of the one that counts.
_CALLS = f"""
SELECT e.id, e.kind, e.conversation_id, e.transcript_id, {reason_of("e")} AS reason, e.state, e.delivery, e.last_error, e.created_at,
    e.finished_at, e.settled_at, said.run_id, said.seq, said.role, said.text
FROM effects AS e
LEFT JOIN transcripts AS t ON t.id = e.transcript_id AND t.organization_id = :org
LEFT JOIN analyses AS a ON a.run_id = COALESCE(e.run_id, t.current_run_id) AND a.organization_id = :org
LEFT JOIN LATERAL (
    SELECT u.run_id, u.seq, u.role, u.text
    FROM jsonb_to_recordset(a.safety) AS found (rule text, seq integer)
    JOIN utterances AS u ON u.run_id = a.run_id AND u.seq = found.seq AND u.organization_id = :org
    WHERE found.rule = {reason_of("e")} ORDER BY found.seq LIMIT 1) AS said ON true
WHERE e.organization_id = :org AND e.conversation_id = ANY(:conversations) AND (e.kind = 'escalation' OR ({_IS_DIAL.format(e="e")}))
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
class Dial:
    """A call that the caller was put through to, and how it ended, in the telephone network's word."""

    id: UUID
    transcript_id: UUID | None
    outcome: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    calls: list[HelpCall] = field(default_factory=list)
    dials: list[Dial] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Escalation:
    """A conversation that was escalated; ``calls`` and ``dials`` oldest first, none if there was nobody to call."""

    conversation_id: UUID
    channel: str
    escalated_at: datetime
    reason: str | None
    is_answered: bool
    calls: tuple[HelpCall, ...]
    dials: tuple[Dial, ...]

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
        made = _fetch_made(connection, organization_id, [item.conversation_id for item in found.items])
    return Page(tuple(_whole(item, made[item.conversation_id]) for item in found.items), found.position)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The first question of ``fetch_page``."""
    equal = pages.same({"channel": _C.channel, "reason": _C.escalation_reason}, wanted)
    mine = (_C.organization_id == organization_id, _C.escalated_at.is_not(None))
    query = select(*_SHOWN).where(*mine, *equal, *span.over(_C.escalated_at))
    if wanted.get("status") is not None:
        query = query.where(text(_ANSWERED if wanted["status"] == "answered" else f"NOT {_ANSWERED}"))
    return pages.cut(query, _C.escalated_at, _C.id, limit, after)


def _fetch_made(connection: Connection, organization_id: UUID, conversation_ids: list[UUID]) -> dict[UUID, _Made]:
    """The calls for a person in these conversations, by message and put through."""
    made = {conversation_id: _Made() for conversation_id in conversation_ids}
    for row in connection.execute(text(_CALLS), {"org": organization_id, "conversations": conversation_ids}):
        found = made[row.conversation_id]
        if row.kind == EffectKind.ESCALATION:
            found.calls.append(_help_call(row))
        else:
            found.dials.append(Dial(row.id, row.transcript_id, row.delivery.removeprefix(DIALED), row.created_at))
    return made


def _help_call(row: Any) -> HelpCall:
    evidence = None if row.run_id is None else Evidence(row.run_id, row.seq, row.role, row.text)
    made = (row.id, row.transcript_id, row.reason, row.state, row.delivery, row.last_error, row.created_at, row.finished_at)
    return HelpCall(*made, row.settled_at, evidence)


def _whole(item: _Found, made: _Made) -> Escalation:
    found = (item.conversation_id, item.channel, item.escalated_at, item.reason, item.is_answered)
    return Escalation(*found, tuple(made.calls), tuple(made.dials))
