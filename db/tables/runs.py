"""Executions of the chain, and the figures of their steps."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.chain import Purpose, RunState, Stage
from domain.lanes import Lane
from domain.vendors import Vendor

OPEN = "state IN ('ready', 'waiting')"
# waits for a person; the index holds what does no more, too: the promises ask after all that died
DEAD = "state = 'dead' AND settled_at IS NULL"


class RunRow(Base):
    """One execution of the chain over one transcript. Only the database's clock decides about its times.

    ``not_before`` is the back-off: nobody may claim earlier. ``next_publish_at`` only says when the doorbell rings again. ``lane`` says
    which queues it waits in; what is entered by a release that knows no lanes goes in the normal one. ``redo_with``
    names the vendor whose return a degraded run waits for. ``organization_version``: the settings that all its steps go by, since its first
    claim; ``told_roles``: who is who, if a person said so. ``settled_at``: since when a dead run waits for nobody, as ``settled_by`` said.
    ``batch_id``: the batch that a reprocess run belongs to; ``counted_run_id``: the run that counted when this one was opened.
    """

    __tablename__ = "runs"
    __table_args__ = (
        one_of("purpose", Purpose),
        one_of("state", RunState),
        one_of("stage", Stage),
        one_of("redo_with", Vendor),
        one_of("lane", Lane),
        Index(
            "uq_runs_one_open_live_run",
            "organization_id",
            "transcript_id",
            unique=True,
            postgresql_where=text(f"purpose = 'live' AND {OPEN}"),
        ),
        Index("ix_runs_due", "purpose", "stage", "next_publish_at", postgresql_where=text(OPEN)),
        Index("ix_runs_due_urgent", "stage", "next_publish_at", postgresql_where=text(f"lane = '{Lane.URGENT}' AND {OPEN}")),
        Index("ix_runs_open_turns", "conversation_id", "turn", postgresql_where=text(f"purpose = 'live' AND {OPEN}")),
        Index("ix_runs_dead", "organization_id", "finished_at", postgresql_where=text("state = 'dead'")),
        # one that nobody has tried cannot have been lost: a backlog is not in it
        Index("ix_runs_tried", "attempts", postgresql_where=text("state = 'ready' AND attempts > 0")),
        Index(None, "transcript_id"),
        Index("ix_runs_to_redo", "finished_at", postgresql_where=text("redo_with IS NOT NULL")),
        Index(None, "predecessor_id", postgresql_where=text("predecessor_id IS NOT NULL")),
        Index("ix_runs_open_successors", "stage", postgresql_where=text(f"predecessor_id IS NOT NULL AND {OPEN}")),
        Index(None, "organization_id", "created_at"),
        Index(
            "uq_runs_one_in_a_batch",
            "organization_id",
            "batch_id",
            "transcript_id",
            unique=True,
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        Index(None, "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    transcript_id: Mapped[UUID] = mapped_column(ForeignKey("transcripts.id"))
    turn: Mapped[int]
    purpose: Mapped[str] = mapped_column(server_default=Purpose.LIVE)
    lane: Mapped[str] = mapped_column(server_default=Lane.NORMAL)
    state: Mapped[str] = mapped_column(server_default=RunState.READY)
    stage: Mapped[str] = mapped_column(server_default=Stage.TRANSCRIBE)
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[Now]
    next_publish_at: Mapped[datetime]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    waiting_for: Mapped[str | None]
    last_error: Mapped[str | None]
    predecessor_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    organization_version: Mapped[int | None]
    told_roles: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    prompt_version: Mapped[str | None]
    model: Mapped[str | None]
    engine: Mapped[str | None]
    degraded: Mapped[bool] = mapped_column(server_default="false")
    redo_with: Mapped[str | None]
    trace_id: Mapped[str]
    stage_since: Mapped[Now]
    created_at: Mapped[Now]
    finished_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batches.id"))
    counted_run_id: Mapped[UUID | None]


class RunStepRow(Base):
    """The figures of one stage of one run; no words. ``submission`` counts what was sent to a speech vendor (I8).

    ``submission_id`` is the vendor's name of the last one, ``reserved_seconds`` what it took from the day's limit,
    ``input_hash`` is of everything that the result depends on, and ``cached`` says that it was paid for before.
    ``withdrawn`` how many were refused, ``written_off`` up to which number they no longer count as tries, since a person asked for another.
    """

    __tablename__ = "run_steps"
    __table_args__ = (one_of("stage", Stage),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[Tenant]
    attempts: Mapped[int] = mapped_column(server_default="0")
    queued_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    worker: Mapped[str | None]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    usage: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    input_hash: Mapped[bytes | None]
    vendor_request_id: Mapped[str | None]
    submission: Mapped[int] = mapped_column(server_default="0")
    submitted_at: Mapped[datetime | None]
    submission_id: Mapped[str | None]
    reserved_seconds: Mapped[int] = mapped_column(server_default="0")
    withdrawn: Mapped[int] = mapped_column(server_default="0")
    written_off: Mapped[int] = mapped_column(server_default="0")
    price_usd: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    error_code: Mapped[str | None]
    cached: Mapped[bool] = mapped_column(server_default="false")
    prompt_version: Mapped[str | None]
