"""Runs that somebody has tried, and open successors of degraded ones, each with an index: a pass of the sweeper looks for both beside any backlog.

Revision: 0029, after 0028
"""

from migrations import indexes

revision = "0029"
down_revision = "0028"

_INDEXES = {
    "ix_runs_tried": "runs (attempts) WHERE state = 'ready' AND attempts > 0",
    "ix_runs_open_successors": "runs (stage) WHERE predecessor_id IS NOT NULL AND state IN ('ready', 'waiting')",
}


def upgrade() -> None:
    """Expand: built beside the traffic; the release before finds nothing in its way."""
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Without them a pass reads what is due from end to end."""
    indexes.drop(_INDEXES)
