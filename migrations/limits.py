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
