"""How often the database is asked: every message to the server and its answer is one visit, whoever sends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from psycopg2.extensions import get_wait_callback, set_wait_callback
from psycopg2.extras import wait_select


@contextmanager
def counted() -> Iterator[list[str]]:
    """This thread's visits in the block, each as the name of the database. psycopg2 waits once for each answer, and for a connection."""
    seen: list[str] = []
    before = get_wait_callback()
    wait = before or wait_select

    mine = get_ident()

    def note(waiting: Any) -> None:
        # what other tests left to do in the background is none of ours
        if get_ident() == mine:
            seen.append(waiting.info.dbname)
        wait(waiting)

    set_wait_callback(note)
    try:
        yield seen
    finally:
        set_wait_callback(before)
