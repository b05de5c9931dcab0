"""Jobs: what somebody asked of the API, its answer, and the key that makes it the same twice.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

_NOW = sa.text("clock_timestamp()")
_OPEN = sa.text("state IN ('pending', 'running')")
_NAMED = sa.text("conversation_id IS NOT NULL")
_KINDS = "'classify_intent', 'generate_reply', 'turn', 'transcribe', 'reprocess'"
_STATES = "'pending', 'running', 'succeeded', 'failed'"


def upgrade() -> None:
    """Expand: code of the release before knows of no job."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("audio", sa.LargeBinary()),
        sa.Column("result", postgresql.JSONB()),
        sa.Column("error_code", sa.String()),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("idempotency_key", sa.String()),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("next_publish_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("lease_token", sa.Uuid()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("worker", sa.String()),
        sa.Column("provider", sa.String()),
        sa.Column("model", sa.String()),
        sa.Column("usage", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("price_usd", sa.Numeric(14, 8)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_jobs_organization_id")),
        sa.UniqueConstraint("organization_id", "idempotency_key", name="uq_jobs_idempotency_key"),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_jobs_kind")),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_jobs_state")),
    )
    op.create_index("ix_jobs_due", "jobs", ["kind", "next_publish_at"], postgresql_where=_OPEN)
    op.create_index(op.f("ix_jobs_expires_at"), "jobs", ["expires_at"])
    op.create_index(op.f("ix_jobs_conversation_id"), "jobs", ["conversation_id"], postgresql_where=_NAMED)


def downgrade() -> None:
    """Forget the jobs."""
    op.drop_table("jobs")
