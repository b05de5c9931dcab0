"""Lets go of language models' answers that are too old to be given again."""

from sqlalchemy import text

from db.engine import engine
from db.outage import reported

_FORGET = "DELETE FROM kept_answers WHERE created_at < clock_timestamp() - make_interval(secs => :older_than_s)"


def forget_old(older_than_s: float) -> int:
    """Drop answers that are older than that; how many. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        return connection.execute(text(_FORGET), {"older_than_s": older_than_s}).rowcount
