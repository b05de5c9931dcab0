"""The check of what a transcript was made from, over the rows that are there: beside the traffic, safe to begin again.

Revision: 0010, after 0009
"""

from alembic import op

from migrations.limits import beside_traffic

revision = "0010"
down_revision = "0009"

_NAME = "ck_transcripts_source"
_CHECK = "source IN ('twilio_recording', 'deepgram', 'sms', 'live_turn', 'live_transcription')"


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    with beside_traffic():
        op.execute(f"ALTER TABLE transcripts VALIDATE CONSTRAINT {_NAME}")


def downgrade() -> None:
    """Let it be unchecked again."""
    op.drop_constraint(op.f(_NAME), "transcripts", type_="check")
    op.create_check_constraint(op.f(_NAME), "transcripts", _CHECK, postgresql_not_valid=True)
