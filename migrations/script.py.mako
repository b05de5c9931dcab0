"""${message}.

Revision: ${up_revision}, after ${down_revision or "nothing"}
"""

import sqlalchemy as sa
from alembic import op

from migrations import indexes
from migrations.limits import beside_traffic

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand: what code of the release before goes on doing (Contract: since which release nobody uses it)."""
    # Over tables that hold rows: indexes.build, and with beside_traffic(): VALIDATE CONSTRAINT.
    # More than one table that is in use: with one_table_at_a_time(), and IF NOT EXISTS.
    # Best in a revision of its own, so that it may be begun again. Without any of these, drop the imports.
    ${upgrades if upgrades else ""}


def downgrade() -> None:
    """Take it back."""
    ${downgrades if downgrades else ""}
