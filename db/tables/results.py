"""What a run found: its utterances, its analysis, its reply. A transcript points at the run that counts."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Now, Tenant


class UtteranceRow(Base):
    """One stretch of speech of one speaker; times in ms. What is searched is indexed together with whose it is (0019)."""

    __tablename__ = "utterances"
    __table_args__ = (
        Index(
            "ix_utterances_lexemes",
            text("utterance_lexemes(organization_id, text)"),
            postgresql_using="gin",
            postgresql_where=text("text <> ''"),
        ),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[Tenant]
    speaker: Mapped[int]
    role: Mapped[str | None]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str]
    confidence: Mapped[float | None]
    channel: Mapped[int] = mapped_column(server_default="0")


class AnalysisRow(Base):
    """Roles, intent, safety findings with the seq of the utterance that is the evidence."""

    __tablename__ = "analyses"
    __table_args__ = (
        Index(None, "intake", postgresql_using="gin"),
        Index(None, "organization_id", "intent"),
        Index(None, "organization_id", "role_confidence"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[Tenant]
    roles: Mapped[dict[str, str]] = mapped_column(JSONB)
    role_confidence: Mapped[float]
    intent: Mapped[str]
    intent_confidence: Mapped[float]
    sentiment: Mapped[str | None]
    summary: Mapped[str | None]
    intake: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    safety: Mapped[list[dict[str, object]]] = mapped_column(JSONB, server_default="[]")
    figures: Mapped[dict[str, float]] = mapped_column(JSONB, server_default="{}")
    engine: Mapped[str]
    model: Mapped[str]
    created_at: Mapped[Now]


class ReplyRow(Base):
    """What we answer, and who wrote it."""

    __tablename__ = "replies"
    __table_args__ = (Index(None, "organization_id", "created_at", "run_id"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[Tenant]
    text: Mapped[str]
    channel: Mapped[str]
    template: Mapped[str | None]
    fault: Mapped[str | None]
    escalates: Mapped[bool] = mapped_column(server_default="false")
    engine: Mapped[str]
    model: Mapped[str]
    usage: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[Now]
