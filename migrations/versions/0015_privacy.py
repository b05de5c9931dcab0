"""Every try of every stage, what was emptied and when, and what proves that somebody was erased.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.limits import one_table_at_a_time

revision = "0015"
down_revision = "0014"

_COLUMNS = (("conversations", "erased_at"), ("transcripts", "emptied_at"))
_NOW = sa.text("clock_timestamp()")
_STAGES = "stage IN ('transcribe', 'classify_speakers', 'generate_reply', 'persist')"
_OUTCOMES = "outcome IN ('done', 'retried', 'paused', 'waiting', 'dead')"


def upgrade() -> None:
    """Expand: code of the release before goes on working, the new columns are NULL for it."""
    with one_table_at_a_time():
        for table, column in _COLUMNS:
            op.add_column(table, sa.Column(column, sa.DateTime(timezone=True)), if_not_exists=True)
        _run_attempts()
        _erasures()


def downgrade() -> None:
    """Forget the history of tries and the proofs of erasure. What is erased or emptied stays so."""
    op.drop_table("erasures")
    op.drop_table("run_attempts")
    for table, column in _COLUMNS:
        op.drop_column(table, column)


def _run_attempts() -> None:
    op.create_table(
        "run_attempts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("code", sa.String()),
        sa.PrimaryKeyConstraint("run_id", "lease_token", name=op.f("pk_run_attempts")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_attempts_run_id"), ondelete="CASCADE"),
        sa.CheckConstraint(_STAGES, name=op.f("ck_run_attempts_stage")),
        sa.CheckConstraint(_OUTCOMES, name=op.f("ck_run_attempts_outcome")),
        if_not_exists=True,
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("number_hmac", sa.LargeBinary()),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("plan_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("proven_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_erasures_organization_id")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_erasures_organization_id_begun_at"), "erasures", ["organization_id", "begun_at"], if_not_exists=True)

