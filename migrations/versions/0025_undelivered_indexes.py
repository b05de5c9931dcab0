"""An index for calls for help that did not reach their telephone, so that they are counted with what waits for a person.

Built beside the traffic, as the check of what keys may do is made over the keys that are there.

Revision: 0025, after 0024
"""

from alembic import op

from migrations.limits import beside_traffic

revision = "0025"
down_revision = "0024"

_UNDELIVERED = "kind = 'escalation' AND state = 'sent' AND delivery IN ('undelivered', 'failed')"
_INDEXES = {"ix_effects_undelivered": f"effects (organization_id, finished_at) WHERE {_UNDELIVERED}"}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes; what an earlier attempt left unfinished is dropped first."""
    with beside_traffic():
        for name, what in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {what}")
        op.execute("ALTER TABLE api_keys VALIDATE CONSTRAINT ck_api_keys_scope")


def downgrade() -> None:
    """Drop the index."""
    with beside_traffic():
        for name in _INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
