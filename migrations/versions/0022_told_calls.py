"""Calls that the API tells us of: what was captured in them, and what was said in them as a source of transcripts.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import indexes
from migrations.limits import beside_traffic, one_table_at_a_time

revision = "0022"
down_revision = "0021"

_NAME = "ck_transcripts_source"
_INDEXES = {"ix_conversations_captured": "conversations (started_at) WHERE intake IS NOT NULL"}
_SOURCES_BEFORE = ("twilio_recording", "deepgram", "sms", "live_turn", "live_transcription")


def upgrade() -> None:
    """Expand: code of the release before goes on working. The rows that are there are checked last, beside the traffic."""
    with one_table_at_a_time():
        op.add_column("conversations", sa.Column("intake", postgresql.JSONB()), if_not_exists=True)
    _allow((*_SOURCES_BEFORE, "api"))
    with beside_traffic():
        op.execute(f"ALTER TABLE transcripts VALIDATE CONSTRAINT {_NAME}")
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Forget what was captured. What was said in calls of the API has no place before: it goes, with all that hangs on it."""
    told = "(SELECT id FROM transcripts WHERE source = 'api')"
    op.execute(f"DELETE FROM effects WHERE transcript_id IN {told}")
    op.execute(f"DELETE FROM promotions WHERE transcript_id IN {told}")
    op.execute(f"UPDATE transcripts SET current_run_id = NULL WHERE id IN {told}")
    op.execute(f"DELETE FROM webhook_events WHERE transcript_id IN {told}")
    op.execute(f"UPDATE runs SET predecessor_id = NULL WHERE transcript_id IN {told}")
    op.execute(f"DELETE FROM runs WHERE transcript_id IN {told}")
    op.execute(f"DELETE FROM transcripts WHERE id IN {told}")
    _allow(_SOURCES_BEFORE)
    with beside_traffic():
        op.execute(f"ALTER TABLE transcripts VALIDATE CONSTRAINT {_NAME}")
    indexes.drop(_INDEXES)
    op.drop_column("conversations", "intake")


def _allow(sources: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{source}'" for source in sources)
    op.drop_constraint(op.f(_NAME), "transcripts", type_="check")
    op.create_check_constraint(op.f(_NAME), "transcripts", f"source IN ({listed})", postgresql_not_valid=True)
