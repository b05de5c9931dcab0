"""${message}.

Revision: ${up_revision}, after ${down_revision or "nothing"}
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand: what code of the release before goes on doing (Contract: since which release nobody uses it)."""
    ${upgrades if upgrades else ""}


def downgrade() -> None:
    """Take it back."""
    ${downgrades if downgrades else ""}
