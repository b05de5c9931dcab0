"""Indexes for what was sent in a thread lately, so that an old thread costs what a new one does: built beside the traffic.

Revision: 0017, after 0016
"""

from migrations import indexes

revision = "0017"
down_revision = "0016"

_INDEXES = {
    "ix_effects_conversation_id_created_at": "effects (conversation_id, created_at)",
    "ix_effects_open": "effects (conversation_id) WHERE state IN ('pending', 'sending')",
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Drop the indexes."""
    indexes.drop(_INDEXES)
