"""People who log in, the sessions that they have open, and when a key was last used.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

from migrations.limits import one_table_at_a_time

revision = "0023"
down_revision = "0022"

_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Expand: code of the release before goes on working, and notes no use of its keys."""
    with one_table_at_a_time():
        op.add_column("api_keys", sa.Column("last_used_at", sa.DateTime(timezone=True)), if_not_exists=True)
        _people()
        _refresh_tokens()


def downgrade() -> None:
    """Forget people and their sessions; keys stay."""
    op.drop_table("refresh_tokens")
    op.drop_table("people")
    op.drop_column("api_keys", "last_used_at")


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), server_default="viewer", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_people_organization_id")),
        sa.UniqueConstraint("organization_id", "login", name=op.f("uq_people_organization_id_login")),
        sa.CheckConstraint("scope IN ('viewer', 'operator', 'admin')", name=op.f("ck_people_scope")),
        if_not_exists=True,
    )


def _refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_refresh_tokens_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_refresh_tokens_person_id"), ondelete="CASCADE"),
        if_not_exists=True,
    )
    for column in ("session_id", "person_id"):
        op.create_index(op.f(f"ix_refresh_tokens_{column}"), "refresh_tokens", [column], if_not_exists=True)
