"""Statements that the server has planned once for a connection: to plan one anew each time costs it more than to do it.

Only for the program's own statements, of which there are so many and no more, and on connections that are one session from beginning to
end: a pooler that gives each transaction another session would lose them (docs/decisions/0010-planned-statements.md).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy.pool import PoolProxiedConnection

from db.driver import ask, driver

# SQLAlchemy's spelling of a value
_VALUE = re.compile(r"(?<![:\w\\]):([a-z_]\w*)(?!:)")
_KNOWN = "planned statements"


@dataclass(frozen=True, slots=True)
class _Plan:
    name: str
    prepare: str
    execute: str


def call(held: PoolProxiedConnection, sql: str, values: Mapping[str, object]) -> bytes:
    """What to send for a statement in ``:name`` spelling; the connection's first time, a message before it has it planned."""
    plan = _plan(sql)
    known: set[str] = held.info.setdefault(_KNOWN, set())
    if plan.name not in known:
        ask(held, plan.prepare)
        known.add(plan.name)
    with driver(held).cursor() as speller:
        return speller.mogrify(plan.execute, values)


@cache
def _plan(sql: str) -> _Plan:
    values = list(dict.fromkeys(_VALUE.findall(sql)))
    name = f"hookline_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
    places = {value: f"${place}" for place, value in enumerate(values, start=1)}
    given = f" ({', '.join(f'%({value})s' for value in values)})" if values else ""
    return _Plan(name, f"PREPARE {name} AS {_VALUE.sub(lambda found: places[found[1]], sql)}", f"EXECUTE {name}{given}")
