"""An index of calls that go on, so that those whose end is lost are found among a few: built beside the traffic, safe to begin again.

Revision: 0026, after 0025
"""

from migrations import indexes

revision = "0026"
down_revision = "0025"

_INDEXES = {"ix_conversations_open": "conversations (organization_id, started_at) WHERE channel = 'voice' AND NOT ended"}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Drop the index."""
    indexes.drop(_INDEXES)
