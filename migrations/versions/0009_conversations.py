"""Versions of an organization's settings, live calls, figures of a talk, refused replies, and who did what with their rights.

Revision: 0009, after 0008
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.limits import one_table_at_a_time

revision = "0009"
down_revision = "0008"

_NOW = sa.text("clock_timestamp()")
_SOURCES = ("twilio_recording", "deepgram", "sms", "live_turn", "live_transcription")
_SOURCES_BEFORE = _SOURCES[:3]


def upgrade() -> None:
    """Expand: code of the release before goes on working, the defaults fill in for it."""
    with one_table_at_a_time():
        for table, column in _columns():
            op.add_column(table, column, if_not_exists=True)
    op.create_table(
        "organization_versions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("vertical", sa.String(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "version", name=op.f("pk_organization_versions")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_organization_versions_organization_id")),
    )
    op.create_table(
        "audits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_audits_organization_id")),
    )
    op.create_index(op.f("ix_audits_organization_id_at"), "audits", ["organization_id", "at"])
    # rows that are there are checked by the next revision, which holds nobody up
    _allow(_SOURCES, checked=False)


def downgrade() -> None:
    """Forget versions, audits and figures. What was said in live calls has no place before: it goes, with all that hangs on it."""
    live = "(SELECT id FROM transcripts WHERE source IN ('live_turn', 'live_transcription'))"
    op.execute(f"DELETE FROM effects WHERE transcript_id IN {live}")
    op.execute(f"DELETE FROM promotions WHERE transcript_id IN {live}")
    op.execute(f"UPDATE transcripts SET current_run_id = NULL WHERE id IN {live}")
    op.execute(f"DELETE FROM webhook_events WHERE transcript_id IN {live}")
    op.execute(f"UPDATE runs SET predecessor_id = NULL WHERE transcript_id IN {live}")
    op.execute(f"DELETE FROM runs WHERE transcript_id IN {live}")
    op.execute(f"DELETE FROM transcripts WHERE id IN {live}")
    _allow(_SOURCES_BEFORE, checked=True)
    op.drop_column("replies", "escalates")
    op.drop_column("replies", "fault")
    op.drop_column("analyses", "figures")
    op.drop_column("runs", "told_roles")
    op.drop_column("runs", "organization_version")
    op.drop_table("audits")
    op.drop_table("organization_versions")
    op.drop_column("organizations", "version")


def _columns() -> tuple[tuple[str, sa.Column[Any]], ...]:
    return (
        ("organizations", sa.Column("version", sa.Integer(), server_default="1", nullable=False)),
        ("runs", sa.Column("organization_version", sa.Integer())),
        ("runs", sa.Column("told_roles", postgresql.JSONB())),
        ("analyses", sa.Column("figures", postgresql.JSONB(), server_default="{}", nullable=False)),
        ("replies", sa.Column("fault", sa.String())),
        ("replies", sa.Column("escalates", sa.Boolean(), server_default="false", nullable=False)),
    )


def _allow(sources: tuple[str, ...], *, checked: bool) -> None:
    listed = ", ".join(f"'{source}'" for source in sources)
    op.drop_constraint(op.f("ck_transcripts_source"), "transcripts", type_="check")
    check = f"source IN ({listed})"
    op.create_check_constraint(op.f("ck_transcripts_source"), "transcripts", check, postgresql_not_valid=not checked)
