"""Indexes for what waits for a person, and for the numbers that we serve: built beside the traffic, safe to begin again.

Revision: 0006, after 0005
"""

from migrations import indexes

revision = "0006"
down_revision = "0005"

_INDEXES = {
    "ix_effects_parked": "effects (organization_id, finished_at) WHERE state IN ('failed', 'unknown')",
    "ix_runs_dead": "runs (organization_id, finished_at) WHERE state = 'dead'",
    "ix_conversations_organization_id_our_number_channel_started_at": "conversations (organization_id, our_number, channel, started_at)",
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Drop the indexes."""
    indexes.drop(_INDEXES)
