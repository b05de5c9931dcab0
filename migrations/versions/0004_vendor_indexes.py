"""Indexes over tables that may be large, and checks of the rows that are there: built beside the traffic, safe to begin again.

Revision: 0004, after 0003
"""

from alembic import op

from migrations import indexes
from migrations.limits import beside_traffic

revision = "0004"
down_revision = "0003"

_INDEXES = {
    "ix_effects_organization_id_provider_ref": "effects (organization_id, provider_ref) WHERE provider_ref IS NOT NULL",
    "ix_runs_predecessor_id": "runs (predecessor_id) WHERE predecessor_id IS NOT NULL",
    "ix_runs_to_redo": "runs (finished_at) WHERE redo_with IS NOT NULL",
}
_CHECKS = {
    "ck_effects_kind": ("effects", "kind IN ('sms', 'escalation', 'call_update')"),
    "ck_runs_redo_with": ("runs", "redo_with IN ('deepgram', 'openai', 'twilio')"),
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)
    with beside_traffic():
        for name, (table, _) in _CHECKS.items():
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """Drop the indexes, and let the checks be unchecked again."""
    for name, (table, check) in _CHECKS.items():
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, check, postgresql_not_valid=True)
    indexes.drop(_INDEXES)
