"""Indexes for what is due in the urgent lane, and the check of the lanes that are there: beside the traffic, safe to begin again.

Revision: 0012, after 0011
"""

from alembic import op

from migrations import indexes
from migrations.limits import beside_traffic

revision = "0012"
down_revision = "0011"

_INDEXES = {
    "ix_runs_due_urgent": "runs (stage, next_publish_at) WHERE lane = 'urgent' AND state IN ('ready', 'waiting')",
    "ix_effects_due_urgent": (
        "effects (next_publish_at) WHERE state IN ('pending', 'sending') AND kind IN ('escalation', 'call_update')"
    ),
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)
    with beside_traffic():
        op.execute("ALTER TABLE runs VALIDATE CONSTRAINT ck_runs_lane")


def downgrade() -> None:
    """Drop the indexes, and let the check be unchecked again."""
    op.execute("ALTER TABLE runs DROP CONSTRAINT ck_runs_lane")
    op.execute("ALTER TABLE runs ADD CONSTRAINT ck_runs_lane CHECK (lane IN ('urgent', 'normal')) NOT VALID")
    indexes.drop(_INDEXES)
