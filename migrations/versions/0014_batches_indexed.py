"""One run of a batch for each transcript, and what belongs to a batch found by it: beside the traffic, safe to begin again.

Revision: 0014, after 0013
"""

from alembic import op

from migrations import indexes
from migrations.limits import beside_traffic, one_table_at_a_time

revision = "0014"
down_revision = "0013"

_KEYS = {"uq_runs_one_in_a_batch": "runs (organization_id, batch_id, transcript_id) WHERE batch_id IS NOT NULL"}
_INDEXES = {
    "ix_runs_batch_id": "runs (batch_id) WHERE batch_id IS NOT NULL",
    "ix_promotions_batch_id": "promotions (batch_id) WHERE batch_id IS NOT NULL",
}
_REFERRING = ("runs", "promotions")


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_KEYS, unique=True)
    indexes.build(_INDEXES)
    with beside_traffic():
        for table in _REFERRING:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_batch_id")


def downgrade() -> None:
    """Drop the indexes, and let the references be unchecked again."""
    with one_table_at_a_time():
        for table in _REFERRING:
            reference = op.f(f"fk_{table}_batch_id")
            op.drop_constraint(reference, table, type_="foreignkey")
            op.create_foreign_key(reference, table, "batches", ["batch_id"], ["id"], postgresql_not_valid=True)
    indexes.drop(_KEYS | _INDEXES)
