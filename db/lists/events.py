"""Deliveries of vendors as they came: what is known of each, the newest first, and the body of one, piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from isal import isal_zlib
from sqlalchemy import func, select, text

from db import audits, pages
from db.engine import engine
from db.outage import reported
from db.pages import Page, Query, Span
from db.tables.events import WebhookEventRow

_W = WebhookEventRow
_SHOWN = (
    _W.id,
    _W.provider,
    _W.kind,
    _W.subject,
    _W.conversation_id,
    _W.transcript_id,
    _W.body_size,
    func.encode(_W.body_sha256, "hex").label("body_sha256"),
    (func.octet_length(_W.body) > 0).label("is_kept"),
    _W.trace_id,
    _W.received_at,
    _W.duplicate_count,
)
# how much is taken out of the store, and handed on, at once
PIECE_BYTES = 256 * 1024
# stored outside its row and not compressed by PostgreSQL: a piece is read without the rest
_PIECE = "SELECT substring(body FROM :begin FOR :bytes) FROM webhook_events WHERE organization_id = :org AND id = :event"


@dataclass(frozen=True, slots=True)
class EventSummary:
    """A delivery without its body; ``body_size`` in bytes. Without ``is_kept`` the body was emptied, by its time or by an erasure."""

    id: UUID
    provider: str
    kind: str
    subject: str
    conversation_id: UUID | None
    transcript_id: UUID | None
    body_size: int
    body_sha256: str
    is_kept: bool
    trace_id: str
    received_at: datetime
    duplicate_count: int


def fetch_page(
    organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Page[EventSummary]:
    """Those that are as ``wanted`` says: ``provider kind subject conversation_id transcript_id``. Raises StoreUnavailable."""
    return pages.fetch(page_query(organization_id, wanted, span, limit, after), EventSummary, limit)


def page_query(organization_id: UUID, wanted: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None) -> Query:
    """The question of ``fetch_page``."""
    names = ("provider", "kind", "subject", "conversation_id", "transcript_id")
    equal = pages.same({name: getattr(_W, name) for name in names}, wanted)
    query = select(*_SHOWN).where(_W.organization_id == organization_id, *equal, *span.over(_W.received_at))
    return pages.cut(query, _W.received_at, _W.id, limit, after)


def fetch_one(organization_id: UUID, event_id: UUID) -> EventSummary | None:
    """A delivery by its id. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(select(*_SHOWN).where(_W.organization_id == organization_id, _W.id == event_id)).first()
    return EventSummary(**row._asdict()) if row else None


def note_read(organization_id: UUID, event_id: UUID, actor: str) -> None:
    """Write down who reads a body. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        audits.record(connection, organization_id, actor, "event.read_body", "event", event_id)


def fetch_body(organization_id: UUID, event_id: UUID, size: int) -> Iterator[bytes]:
    """The body as it came, in pieces, never more than ``size`` bytes. No transaction is open between two pieces.

    Raises StoreUnavailable.
    """
    unpacking, begin = isal_zlib.decompressobj(), 1
    while size > 0 and not unpacking.eof:
        packed = _piece(organization_id, event_id, begin)
        if not packed:
            # it was emptied meanwhile: whoever reads sees that bytes are missing
            return
        begin += len(packed)
        raw = b""
        # a full piece may have left some behind, even of a document whose last byte was read
        while (packed or len(raw) == PIECE_BYTES) and size > 0 and not unpacking.eof:
            raw = bytes(unpacking.decompress(packed, min(PIECE_BYTES, size)))
            packed, size = unpacking.unconsumed_tail, size - len(raw)
            yield raw


def _piece(organization_id: UUID, event_id: UUID, begin: int) -> bytes:
    with reported(), engine().connect() as connection:
        told = {"org": organization_id, "event": event_id, "begin": begin, "bytes": PIECE_BYTES}
        return bytes(connection.scalar(text(_PIECE), told) or b"")
