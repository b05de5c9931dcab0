"""Conversations and the things that were said in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.chain import Source
from domain.speech import Channel
from domain.statuses import ConversationStatus, Phase, ProcessingStatus, TranscriptStatus
from domain.telephony.opt_outs import Keyword


class ConversationRow(Base):
    """One voice call, or one SMS thread. ``ended``, ``sequence`` and ``vendor_status`` order the vendor's status events.

    ``intake``: what the caller told of what the organization asks for, by field, as it was captured on the way; None where nothing was.
    ``erased_at``: since when nothing of what was said in it, nor their number, is kept (docs/privacy.md).
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("organization_id", "provider", "provider_ref"),
        one_of("channel", Channel),
        one_of("status", ConversationStatus),
        one_of("phase", Phase),
        Index(None, "organization_id", "our_number", "channel", "started_at"),
        Index(None, "organization_id", "started_at", "id"),
        Index("ix_conversations_escalated", "organization_id", "escalated_at", "id", postgresql_where=text("escalated_at IS NOT NULL")),
        # not by updated_at: whatever moves a call would write into it
        Index("ix_conversations_open", "organization_id", "started_at", postgresql_where=text("channel = 'voice' AND NOT ended")),
        Index("ix_conversations_captured", "started_at", postgresql_where=text("intake IS NOT NULL")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    provider: Mapped[str]
    provider_ref: Mapped[str]
    channel: Mapped[str]
    direction: Mapped[str | None]
    our_number: Mapped[str | None]
    their_number: Mapped[str | None]
    status: Mapped[str]
    status_reason: Mapped[str | None]
    ended: Mapped[bool] = mapped_column(server_default="false")
    sequence: Mapped[int] = mapped_column(server_default="-1")
    vendor_status: Mapped[str] = mapped_column(server_default="")
    phase: Mapped[str] = mapped_column(server_default=Phase.GREETING)
    turns: Mapped[int] = mapped_column(server_default="0")
    escalated_at: Mapped[datetime | None]
    escalation_reason: Mapped[str | None]
    intake: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    duration_seconds: Mapped[int | None]
    started_at: Mapped[Now]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    updated_at: Mapped[Now]


class TranscriptRow(Base):
    """One thing that was said to us: a recording, a callback's words, an SMS. Speech and AI status stand apart.

    ``said_at`` is None for what came as it was said; what we had to ask for was said before it was stored. ``keyword`` is what the network
    takes a text message for, ``media`` the content types of what came with it. ``emptied_at``:
    since when its words are gone, because their time of keeping was over or because somebody was erased.
    """

    __tablename__ = "transcripts"
    __table_args__ = (
        UniqueConstraint("organization_id", "source", "source_ref"),
        one_of("source", Source),
        one_of("status", TranscriptStatus),
        one_of("processing_status", ProcessingStatus),
        one_of("keyword", Keyword),
        Index(None, "conversation_id", "turn"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "current_run_id"),
        Index("ix_transcripts_kept", "created_at", postgresql_where=text("emptied_at IS NULL")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    turn: Mapped[int]
    source: Mapped[str]
    source_ref: Mapped[str]
    status: Mapped[str]
    status_reason: Mapped[str | None]
    processing_status: Mapped[str] = mapped_column(server_default=ProcessingStatus.PENDING)
    processing_reason: Mapped[str | None]
    duration_ms: Mapped[int | None]
    channels: Mapped[int | None]
    said_at: Mapped[datetime | None]
    keyword: Mapped[str | None]
    media: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    current_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", use_alter=True))
    emptied_at: Mapped[datetime | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
