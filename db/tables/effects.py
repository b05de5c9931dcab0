"""Everything that leaves the house, and every change of which run counts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.chain import EffectKind, EffectState
from domain.emergencies.escalation import HEARD_PARTLY
from domain.lanes import URGENT_KINDS, Lane

# waits for a person
PARKED = "state IN ('failed', 'unknown') AND settled_at IS NULL"
# a call for help that was sent and did not reach its telephone, as the network says
UNDELIVERED = "kind = 'escalation' AND state = 'sent' AND delivery IN ('undelivered', 'failed')"
# a call for help that was made, or will be: whoever it went to looks at the conversation
CALLED = "kind = 'escalation' AND state IN ('pending', 'sending', 'sent') AND COALESCE(delivery, '') NOT IN ('undelivered', 'failed')"

# How urgent it is stands in its kind (domain/lanes.py). Written out: an index has to say so, too.
IS_URGENT = f"kind IN {tuple(kind.value for kind in URGENT_KINDS)}"
LANE = f"CASE WHEN {IS_URGENT} THEN '{Lane.URGENT}' ELSE '{Lane.NORMAL}' END"
DUE = "state IN ('pending', 'sending')"


def reason_of(effect: str) -> str:
    """Why a person was called by an effect (SQL); rows of a release that did not write it down have it in their key."""
    return f"COALESCE({effect}.reason, split_part({effect}.effect_key, ':', 3))"


def heard_partly(effect: str) -> str:
    """Whether an effect calls for what was heard of an emergency before its turn was over (SQL): only if the turn does not come."""
    return f"split_part({effect}.effect_key, ':', 3) = '{HEARD_PARTLY}'"


class EffectRow(Base):
    """One thing that must happen once; ``effect_key`` says which. Swept and leased like a run.

    ``reason``: why a person is called, in the words of ``conversations.escalation_reason``. ``delivery`` is what the network says of a
    message that was sent; a report of a lower rank never replaces a higher one (I7). Of a reply to a live turn it is how the call to a
    person ended that the caller was put through to (``dialed:…``).
    ``settled_at``: since when one that failed or has no known outcome waits for nobody, as ``settled_by`` said.
    """

    __tablename__ = "effects"
    __table_args__ = (
        UniqueConstraint("organization_id", "effect_key"),
        one_of("kind", EffectKind),
        one_of("state", EffectState),
        Index("ix_effects_due", "next_publish_at", postgresql_where=text(DUE)),
        Index("ix_effects_due_urgent", "next_publish_at", postgresql_where=text(f"{DUE} AND {IS_URGENT}")),
        Index("ix_effects_parked", "organization_id", "finished_at", postgresql_where=text("state IN ('failed', 'unknown')")),
        Index("ix_effects_undelivered", "organization_id", "finished_at", postgresql_where=text(UNDELIVERED)),
        Index("ix_effects_open", "conversation_id", postgresql_where=text("state IN ('pending', 'sending')")),
        Index(None, "conversation_id", "created_at"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "organization_id", "provider_ref", postgresql_where=text("provider_ref IS NOT NULL")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    transcript_id: Mapped[UUID | None] = mapped_column(ForeignKey("transcripts.id"))
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    effect_key: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str | None]
    target: Mapped[str]
    sender: Mapped[str | None]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=EffectState.PENDING)
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[Now]
    next_publish_at: Mapped[Now]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    provider: Mapped[str | None]
    provider_ref: Mapped[str | None]
    delivery: Mapped[str | None]
    delivery_rank: Mapped[int] = mapped_column(server_default="0")
    delivery_code: Mapped[str | None]
    last_error: Mapped[str | None]
    trace_id: Mapped[str]
    created_at: Mapped[Now]
    finished_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]


class PromotionRow(Base):
    """Which run came to count in place of which, with which batch if with one, and who took that back, if anybody did."""

    __tablename__ = "promotions"
    __table_args__ = (
        Index(None, "transcript_id", "created_at"),
        Index(None, "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    transcript_id: Mapped[UUID] = mapped_column(ForeignKey("transcripts.id"))
    from_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    to_run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    promoted_by: Mapped[str]
    created_at: Mapped[Now]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batches.id"))
