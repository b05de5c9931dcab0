"""The check of what the network took a message for, over the rows that are there: beside the traffic, safe to begin again.

Revision: 0008, after 0007
"""

from alembic import op

from migrations.limits import beside_traffic

revision = "0008"
down_revision = "0007"

_NAME, _CHECK = "ck_transcripts_keyword", "keyword IN ('stop', 'start', 'yes', 'help')"


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    with beside_traffic():
        op.execute(f"ALTER TABLE transcripts VALIDATE CONSTRAINT {_NAME}")


def downgrade() -> None:
    """Let it be unchecked again."""
    op.drop_constraint(op.f(_NAME), "transcripts", type_="check")
    op.create_check_constraint(op.f(_NAME), "transcripts", _CHECK, postgresql_not_valid=True)
