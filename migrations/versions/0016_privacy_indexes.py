"""Indexes of what has not been emptied yet, the oldest first: built beside the traffic, safe to begin again.

Revision: 0016, after 0015
"""

from migrations import indexes

revision = "0016"
down_revision = "0015"

_INDEXES = {
    "ix_webhook_events_kept": "webhook_events (received_at) WHERE octet_length(body) > 0",
    "ix_transcripts_kept": "transcripts (created_at) WHERE emptied_at IS NULL",
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Drop the indexes."""
    indexes.drop(_INDEXES)
