"""Who goes first, and why a person was called: ``runs.lane``, ``effects.reason``.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

from migrations.limits import one_table_at_a_time

revision = "0011"
down_revision = "0010"

# rows that are there are checked by the next revision, which holds nobody up
_ALLOWED = "ALTER TABLE runs ADD CONSTRAINT ck_runs_lane CHECK (lane IN ('urgent', 'normal')) NOT VALID"


def upgrade() -> None:
    """Expand: what the release before enters goes in the normal lane, as it did, and says in its key alone why a person is called."""
    with one_table_at_a_time():
        op.add_column("runs", sa.Column("lane", sa.String(), server_default="normal", nullable=False), if_not_exists=True)
        op.execute("ALTER TABLE runs DROP CONSTRAINT IF EXISTS ck_runs_lane")
        op.execute(_ALLOWED)
        op.add_column("effects", sa.Column("reason", sa.String()), if_not_exists=True)


def downgrade() -> None:
    """Forget both: everything waits in its turn again, and the key says why a person is called, for which emergency it does not."""
    op.drop_column("effects", "reason")
    op.drop_column("runs", "lane")
