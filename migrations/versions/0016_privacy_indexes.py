"""Indexes of what has not been emptied yet, the oldest first: built beside the traffic, safe to begin again.

Revision: 0016, after 0015
"""

from alembic import op

from migrations.limits import beside_traffic

revision = "0016"
down_revision = "0015"

_INDEXES = {
    "ix_webhook_events_kept": "webhook_events (received_at) WHERE octet_length(body) > 0",
    "ix_transcripts_kept": "transcripts (created_at) WHERE emptied_at IS NULL",
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes; what an earlier attempt left unfinished is dropped first."""
    with beside_traffic():
        for name, what in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {what}")


def downgrade() -> None:
    """Drop the indexes."""
    with beside_traffic():
        for name in _INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
