"""With which settings a worker runs, as fingerprints that tell only whether two are alike; which worker met a vendor's last failure.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.limits import one_table_at_a_time

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Expand: workers of the release before say nothing of theirs."""
    with one_table_at_a_time():
        op.add_column("workers", sa.Column("fingerprints", postgresql.JSONB()), if_not_exists=True)
        op.add_column("vendor_health", sa.Column("worker", sa.String()), if_not_exists=True)


def downgrade() -> None:
    """Forget both: a worker says it again, and so does the next failure."""
    op.drop_column("vendor_health", "worker")
    op.drop_column("workers", "fingerprints")
