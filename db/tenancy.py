"""Whose rows a session may see: while an organization is served, its connections take on a role that policies bind to its rows.

A forgotten filter then finds nothing, and a write for somebody else fails (docs/decisions/0024-row-level-security.md). The role is taken on
when a connection leaves the pool and laid down when it comes back; a connection that cannot lay it down is closed. Front, workers and
commands serve nobody in particular: for them nothing is sent.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import psycopg2
from psycopg2.extensions import connection
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from db.confinement import MAY_BE_TAKEN_ON, POLICY, ROLE, SETTING

_organization: ContextVar[UUID | None] = ContextVar("organization", default=None)

# in `info` of a pooled connection: it has, or may have, taken on the role
_CONFINED = "confined"
# it was seen that the role is there for us, and that this database has its policies
_POSSIBLE = "may be confined"

_IS_POSSIBLE = f"""
SELECT count(*) FROM pg_roles AS r
WHERE r.rolname = '{ROLE}' AND {MAY_BE_TAKEN_ON}
    AND EXISTS (SELECT FROM pg_policies WHERE policyname = '{POLICY}' AND tablename = 'organizations' AND schemaname = current_schema())
"""
_TAKE_ON = f"SELECT set_config('{SETTING}', %s, false), set_config('role', '{ROLE}', false)"
_LAY_DOWN = f"RESET ROLE; RESET {SETTING}"


@contextmanager
def confined(organization_id: UUID) -> Iterator[None]:
    """In the block, connections that are taken from a pool see this organization's rows only."""
    token = _organization.set(organization_id)
    try:
        yield
    finally:
        _organization.reset(token)


@contextmanager
def unconfined() -> Iterator[None]:
    """In the block they see everybody's: for the plant's own figures."""
    token = _organization.set(None)
    try:
        yield
    finally:
        _organization.reset(token)


def confined_stream(organization_id: UUID, parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of an answer that is made while it is sent, each of them made confined: nobody is in the block any more by then."""
    each = iter(parts)
    try:
        while True:
            with confined(organization_id):
                part = next(each, None)
            if part is None:
                return
            yield part
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()


def watch(made: Engine) -> Engine:
    """Let every connection of this engine know whom it serves."""
    event.listen(made, "checkout", _enter)
    event.listen(made, "checkin", _leave)
    return made


def _enter(held: connection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    organization_id = _organization.get()
    if organization_id is None or not _is_possible(held, record):
        return
    # noted first: half of it is laid down, too. What fails here closes the connection, and reaches whoever wanted it.
    record.info[_CONFINED] = True
    _send(held, _TAKE_ON, str(organization_id))


def _leave(held: connection | None, record: ConnectionPoolEntry) -> None:
    if held is None or not record.info.pop(_CONFINED, False):
        return
    try:
        _send(held, _LAY_DOWN)
    except psycopg2.Error as error:
        record.invalidate(error)


def _is_possible(held: connection, record: ConnectionPoolEntry) -> bool:
    """Asked again as long as it is not: what mends it needs no restart."""
    if not record.info.get(_POSSIBLE):
        record.info[_POSSIBLE] = bool(_send(held, _IS_POSSIBLE)[0][0])
    return bool(record.info[_POSSIBLE])


def _send(held: connection, message: str, *values: object) -> list[tuple[Any, ...]]:
    """Send a message that is no part of any transaction, so that none takes it back."""
    held.autocommit = True
    with held.cursor() as cursor:
        cursor.execute(message, values)
        answer = cursor.fetchall() if cursor.description else []
    held.autocommit = False
    return answer
