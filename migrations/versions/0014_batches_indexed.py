"""One run of a batch for each transcript, and what belongs to a batch found by it: beside the traffic, safe to begin again.

Revision: 0014, after 0013
"""

from alembic import op

from migrations.limits import beside_traffic, one_table_at_a_time

revision = "0014"
down_revision = "0013"

_INDEXES = {
    "uq_runs_one_in_a_batch": "UNIQUE INDEX CONCURRENTLY {} ON runs (organization_id, batch_id, transcript_id) WHERE batch_id IS NOT NULL",
    "ix_runs_batch_id": "INDEX CONCURRENTLY {} ON runs (batch_id) WHERE batch_id IS NOT NULL",
    "ix_promotions_batch_id": "INDEX CONCURRENTLY {} ON promotions (batch_id) WHERE batch_id IS NOT NULL",
}
_REFERRING = ("runs", "promotions")


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes; what an earlier attempt left unfinished is dropped first."""
    with beside_traffic():
        for name, what in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE {what.format(name)}")
        for table in _REFERRING:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_batch_id")


def downgrade() -> None:
    """Drop the indexes, and let the references be unchecked again."""
    with one_table_at_a_time():
        for table in _REFERRING:
            reference = op.f(f"fk_{table}_batch_id")
            op.drop_constraint(reference, table, type_="foreignkey")
            op.create_foreign_key(reference, table, "batches", ["batch_id"], ["id"], postgresql_not_valid=True)
    with beside_traffic():
        for name in _INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
