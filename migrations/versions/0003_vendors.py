"""What asking vendors needs: circuits with a reason, places, submissions, usage and prices, kept answers, delivery reports, signatures.

Revision: 0003, after 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.limits import one_table_at_a_time

revision = "0003"
down_revision = "0002"

_VENDORS = "'deepgram', 'openai', 'twilio'"
_KINDS = "kind IN ('sms', 'escalation')"
_MORE_KINDS = "kind IN ('sms', 'escalation', 'call_update')"


def upgrade() -> None:
    """Expand: code of the release before goes on working, the defaults fill in for it."""
    with one_table_at_a_time():
        for table, columns in _columns().items():
            for column in columns:
                op.add_column(table, column, if_not_exists=True)
        # rows that are there are checked by the next revision, which holds nobody up
        op.drop_constraint(op.f("ck_runs_redo_with"), "runs", type_="check", if_exists=True)
        op.create_check_constraint(op.f("ck_runs_redo_with"), "runs", f"redo_with IN ({_VENDORS})", postgresql_not_valid=True)
    _let_effects_be(_MORE_KINDS, unchecked=True)
    op.create_table(
        "vendor_places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_places")),
        sa.CheckConstraint(f"vendor IN ({_VENDORS})", name=op.f("ck_vendor_places_vendor")),
    )
    op.create_index(op.f("ix_vendor_places_vendor"), "vendor_places", ["vendor"])
    op.create_table(
        "usage_days",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("speech_seconds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("llm_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", name=op.f("pk_usage_days")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_usage_days_organization_id")),
    )
    op.create_table(
        "kept_answers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("usage", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_kept_answers")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_kept_answers_organization_id")),
    )
    op.create_index(op.f("ix_kept_answers_created_at"), "kept_answers", ["created_at"])


def downgrade() -> None:
    """Back to a house that asks nobody; effects of the new kind must be finished and gone before."""
    op.drop_table("kept_answers")
    op.drop_table("usage_days")
    op.drop_table("vendor_places")
    op.drop_constraint(op.f("ck_runs_redo_with"), "runs", type_="check")
    _let_effects_be(_KINDS, unchecked=False)
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)


def _let_effects_be(kinds: str, *, unchecked: bool) -> None:
    op.drop_constraint(op.f("ck_effects_kind"), "effects", type_="check")
    op.create_check_constraint(op.f("ck_effects_kind"), "effects", kinds, postgresql_not_valid=unchecked)


def _columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        "vendor_health": [sa.Column("code", sa.String())],
        "runs": [sa.Column("redo_with", sa.String())],
        "run_steps": [
            sa.Column("submission_id", sa.String()),
            sa.Column("reserved_seconds", sa.Integer(), server_default="0", nullable=False),
            sa.Column("withdrawn", sa.Integer(), server_default="0", nullable=False),
            sa.Column("price_usd", sa.Numeric(14, 8)),
        ],
        "effects": [
            sa.Column("delivery", sa.String()),
            sa.Column("delivery_rank", sa.Integer(), server_default="0", nullable=False),
            sa.Column("delivery_code", sa.String()),
        ],
        "quarantine": [
            sa.Column("content_type", sa.String()),
            sa.Column("url", sa.String()),
            sa.Column("signature", sa.String()),
            sa.Column("signature_settings", sa.String()),
            sa.Column("hosts", sa.String()),
        ],
    }
