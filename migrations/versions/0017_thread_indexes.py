"""Indexes for what was sent in a thread lately, so that an old thread costs what a new one does: built beside the traffic.

Revision: 0017, after 0016
"""

from alembic import op

from migrations.limits import beside_traffic

revision = "0017"
down_revision = "0016"

_INDEXES = {
    "ix_effects_conversation_id_created_at": "effects (conversation_id, created_at)",
    "ix_effects_open": "effects (conversation_id) WHERE state IN ('pending', 'sending')",
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
