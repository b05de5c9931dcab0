"""Without the index of effects by their conversation alone: another begins with the same column, and two to choose from mislead the planner.

Revision: 0027, after 0026
"""

from migrations import indexes

revision = "0027"
down_revision = "0026"

_INDEXES = {"ix_effects_conversation_id": "effects (conversation_id)"}


def upgrade() -> None:
    """Contract: the release before finds what it looks for by the other one."""
    indexes.drop(_INDEXES)


def downgrade() -> None:
    """Build it again beside the traffic."""
    indexes.build(_INDEXES)
