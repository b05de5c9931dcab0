"""What an API key may do. Keys that were made before may do what they could: everything.

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_SCOPE = sa.Column("scope", sa.String(), server_default="admin", nullable=False)


def upgrade() -> None:
    """Expand: code of the release before makes keys without a word of it, and they are what they were."""
    op.add_column("api_keys", _SCOPE)
    # checked over the rows that are there by 0025
    allowed = "scope IN ('viewer', 'operator', 'admin')"
    op.create_check_constraint(op.f("ck_api_keys_scope"), "api_keys", allowed, postgresql_not_valid=True)


def downgrade() -> None:
    """Forget what keys may not do."""
    op.drop_constraint(op.f("ck_api_keys_scope"), "api_keys")
    op.drop_column("api_keys", "scope")
