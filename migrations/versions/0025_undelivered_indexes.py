"""An index for calls for help that did not reach their telephone, so that they are counted with what waits for a person.

Built beside the traffic, as the check of what keys may do is made over the keys that are there.

Revision: 0025, after 0024
"""

from alembic import op

from migrations import indexes
from migrations.limits import beside_traffic

revision = "0025"
down_revision = "0024"

_SCOPE = "ck_api_keys_scope"
_UNDELIVERED = "kind = 'escalation' AND state = 'sent' AND delivery IN ('undelivered', 'failed')"
_INDEXES = {"ix_effects_undelivered": f"effects (organization_id, finished_at) WHERE {_UNDELIVERED}"}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)
    with beside_traffic():
        op.execute(f"ALTER TABLE api_keys VALIDATE CONSTRAINT {_SCOPE}")


def downgrade() -> None:
    """Drop the index, and let what keys may do be unchecked again."""
    indexes.drop(_INDEXES)
    op.drop_constraint(op.f(_SCOPE), "api_keys", type_="check")
    op.create_check_constraint(op.f(_SCOPE), "api_keys", "scope IN ('viewer', 'operator', 'admin')", postgresql_not_valid=True)
