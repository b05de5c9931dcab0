"""Row-level security: the API's sessions see the rows of the organization that asks, and no others.

Revision: 0024, after 0023
"""

from migrations.limits import one_table_at_a_time
from migrations.tenancy import confine, let_search, make_role, release

revision = "0024"
down_revision = "0023"

# organizations last: whoever finds its policy may rely on the others (db/tenancy.py)
_TABLES = (
    "api_keys",
    "audits",
    "batches",
    "conversations",
    "erasures",
    "jobs",
    "kept_answers",
    "opt_outs",
    "organization_versions",
    "people",
    "usage_days",
    "watermarks",
    "refresh_tokens",
    "transcripts",
    "runs",
    "webhook_events",
    "analyses",
    "effects",
    "promotions",
    "replies",
    "run_attempts",
    "run_steps",
    "utterances",
    "organizations",
)


def upgrade() -> None:
    """Expand: nothing changes for who owns the tables, which is code of the release before."""
    with one_table_at_a_time():
        make_role()
        let_search()
        confine(*_TABLES)


def downgrade() -> None:
    """The API relies on its filters alone again."""
    with one_table_at_a_time():
        release(*reversed(_TABLES))
