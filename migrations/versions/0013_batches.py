"""Batches: which stored conversations are worked on again, in what way, and what came of it.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.limits import one_table_at_a_time

revision = "0013"
down_revision = "0012"

_NOW = sa.text("clock_timestamp()")
_STAGES = "'transcribe', 'classify_speakers', 'generate_reply', 'persist'"


def upgrade() -> None:
    """Expand: code of the release before knows of no batch and makes runs without one."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("criteria", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("from_step", sa.String()),
        sa.Column("prompt", sa.String()),
        sa.Column("model", sa.String()),
        sa.Column("planned_runs", sa.Integer(), nullable=False),
        sa.Column("planned_usd", sa.Numeric(14, 8)),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_by", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("organization_id", "name", name="uq_batches_name"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_batches_organization_id")),
        sa.CheckConstraint(f"from_step IN ({_STAGES})", name=op.f("ck_batches_from_step")),
        if_not_exists=True,
    )
    with one_table_at_a_time():
        for table, column in _columns():
            op.add_column(table, column, if_not_exists=True)
        for table in ("runs", "promotions"):
            name = f"fk_{table}_batch_id"
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            # rows that are there are checked by the next revision, which holds nobody up
            op.create_foreign_key(op.f(name), table, "batches", ["batch_id"], ["id"], postgresql_not_valid=True)


def downgrade() -> None:
    """Forget the batches; their runs stay, as reprocess runs of no batch."""
    for table, column in reversed(_columns()):
        op.drop_column(table, column.name)
    op.drop_table("batches")


def _columns() -> tuple[tuple[str, "sa.Column[object]"], ...]:
    return (
        ("runs", sa.Column("batch_id", sa.Uuid())),
        ("runs", sa.Column("counted_run_id", sa.Uuid())),
        ("run_steps", sa.Column("cached", sa.Boolean(), server_default="false", nullable=False)),
        ("run_steps", sa.Column("prompt_version", sa.String())),
        ("promotions", sa.Column("batch_id", sa.Uuid())),
    )
