"""What text messages need: who wants none, what the network took a message for, and what came with its words.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Expand: code of the release before goes on working, the defaults fill in for it."""
    op.add_column("transcripts", sa.Column("keyword", sa.String()))
    op.add_column("transcripts", sa.Column("media", postgresql.JSONB(), server_default="[]", nullable=False))
    # rows that are there are checked by the next revision, which holds nobody up
    op.create_check_constraint(
        op.f("ck_transcripts_keyword"), "transcripts", "keyword IN ('stop', 'start', 'yes', 'help')", postgresql_not_valid=True
    )
    op.create_table(
        "opt_outs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("our_number", sa.String(), nullable=False),
        sa.Column("their_number", sa.String(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("source_ref", sa.String()),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "our_number", "their_number", name=op.f("pk_opt_outs")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_opt_outs_organization_id")),
    )


def downgrade() -> None:
    """Forget who wants no messages; Twilio still refuses them (21610)."""
    op.drop_table("opt_outs")
    op.drop_constraint(op.f("ck_transcripts_keyword"), "transcripts", type_="check")
    op.drop_column("transcripts", "media")
    op.drop_column("transcripts", "keyword")
