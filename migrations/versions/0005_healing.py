"""What healing needs: when a worker claimed and restarted, how far vendors were asked, what the invariants and failures add up to.

Revision: 0005, after 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.limits import one_table_at_a_time

revision = "0005"
down_revision = "0004"

_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Expand: code of the release before goes on working, nobody fills the new columns for it."""
    with one_table_at_a_time():
        for table, column in _columns():
            op.add_column(table, column, if_not_exists=True)
    op.create_table(
        "watermarks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seen_through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resume_at", sa.String()),
        sa.Column("resume_through", sa.DateTime(timezone=True)),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "kind", name=op.f("pk_watermarks")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_watermarks_organization_id")),
        sa.CheckConstraint("kind IN ('recordings', 'messages')", name=op.f("ck_watermarks_kind")),
    )
    op.create_table(
        "invariant_checks",
        sa.Column("invariant", sa.String(), nullable=False),
        sa.Column("violations", sa.Integer(), nullable=False),
        sa.Column("broken_since", sa.DateTime(timezone=True)),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("invariant", name=op.f("pk_invariant_checks")),
    )
    op.create_table(
        "failure_counts",
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("task", "code", "outcome", name=op.f("pk_failure_counts")),
        sa.CheckConstraint("outcome IN ('retried', 'paused', 'ended')", name=op.f("ck_failure_counts_outcome")),
    )


def downgrade() -> None:
    """Forget what healing wrote down."""
    op.drop_table("failure_counts")
    op.drop_table("invariant_checks")
    op.drop_table("watermarks")
    for table, column in reversed(_columns()):
        op.drop_column(table, column.name)


def _columns() -> tuple[tuple[str, sa.Column[Any]], ...]:
    return (
        ("effects", sa.Column("worker", sa.String())),
        ("effects", sa.Column("settled_at", sa.DateTime(timezone=True))),
        ("effects", sa.Column("settled_by", sa.String())),
        ("runs", sa.Column("settled_at", sa.DateTime(timezone=True))),
        ("runs", sa.Column("settled_by", sa.String())),
        ("workers", sa.Column("restarted_at", sa.DateTime(timezone=True))),
        ("transcripts", sa.Column("said_at", sa.DateTime(timezone=True))),
        ("run_steps", sa.Column("written_off", sa.Integer(), server_default="0", nullable=False)),
        ("promotions", sa.Column("undone_by", sa.String())),
        ("promotions", sa.Column("undone_at", sa.DateTime(timezone=True))),
    )
