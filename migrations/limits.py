"""How long a migration may wait and work, and the one exception: what is done beside the traffic takes as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

# A migration that cannot get its lock quickly fails and is tried again; it never queues up the whole house behind it.
LOCK_TIMEOUT = "3s"
STATEMENT_TIMEOUT = "60s"


@contextmanager
def beside_traffic() -> Iterator[None]:
    """A block for whatever says CONCURRENTLY or VALIDATE: no transaction, no limits; afterwards the limits count again.

    Such statements hold nobody up while they wait, but wait for everybody who was there before them: a pg_dump, a check of the promises,
    any REPEATABLE READ that is open. `lock_timeout` counts that, too, and what it cuts off is an index that stays behind as INVALID.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("SET statement_timeout = 0")
        yield
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        op.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")


@contextmanager
def one_table_at_a_time() -> Iterator[None]:
    """A block whose statements are each a transaction of their own, within the limits: say IF NOT EXISTS, for whoever begins again.

    Whoever inserts a row holds its table and then asks for those that it refers to. A migration that holds one of these and waits for that
    table waits for ever, so no transaction of a revision alters two tables that are in use.
    """
    with op.get_context().autocommit_block():
        yield
