"""Row-level security for tables that hold an organization's rows: one line in the revision that makes such a table.

``with one_table_at_a_time(): confine("jobs")`` after it is made (``release`` in ``downgrade`` if the table stays). What the API's role may
do with it stands in ``db/confinement.py``; a guard test fails for a table that was forgotten.
"""

from alembic import op

from db import confinement


def make_role() -> None:
    """Make the role that the API's sessions take on, where we may; it belongs to the whole cluster, so it is never dropped."""
    op.execute(confinement.MAKE_ROLE)
    op.execute(confinement.TAKE_ROLE)


def confine(*tables: str) -> None:
    """Give each table its policy, each in a statement of its own."""
    for table in tables:
        op.execute(confinement.confine(table))


def let_search() -> None:
    """Let the role ask the search."""
    op.execute(confinement.MAY_SEARCH)


def release(*tables: str) -> None:
    """Take the policies back."""
    for table in tables:
        op.execute(confinement.release(table))
