"""Statements that the server has planned once for a connection: to plan one anew each time costs it more than to do it.

Only for the program's own statements, of which there are so many and no more, and on connections that are one session from beginning to
end: a pooler that gives each transaction another session would lose them (docs/decisions/0010-planned-statements.md).
"""

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy.pool import PoolProxiedConnection

from db.driver import ask, driver

# A plan is as good as the tables were when it was made. The server makes it anew when they are analyzed, but a house that is filling up
# for the first time is not analyzed for a minute, and would be searched from end to end for each delivery.
AGAIN_AT = frozenset({8, 64, 512})
STANDS_S = 60.0

# SQLAlchemy's spelling of a value
_VALUE = re.compile(r"(?<![:\w\\]):([a-z_]\w*)(?!:)")
_KNOWN = "planned statements"


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    prepare: str
    execute: str


@dataclass(slots=True)
class _Plan:
    made_at: float
    uses: int = 0


def call(held: PoolProxiedConnection, sql: str, values: Mapping[str, object]) -> bytes:
    """What to send for a statement in ``:name`` spelling; a message before it has it planned, if no plan of it stands."""
    statement = _statement(sql)
    _plan(held, statement)
    with driver(held).cursor() as speller:
        return speller.mogrify(statement.execute, values)


def _plan(held: PoolProxiedConnection, statement: _Statement) -> None:
    plans: dict[str, _Plan] = held.info.setdefault(_KNOWN, {})
    plan, now = plans.get(statement.name), time.monotonic()
    if plan is None or plan.uses in AGAIN_AT or plan.made_at < now - STANDS_S:
        # forgotten first: planning waits for whoever locks a table, and may be given up when the old plan is gone already
        plans.pop(statement.name, None)
        ask(held, f"{f'DEALLOCATE {statement.name}; ' if plan else ''}{statement.prepare}")
        plan = plans[statement.name] = _Plan(now, plan.uses if plan else 0)
    plan.uses += 1


@cache
def _statement(sql: str) -> _Statement:
    values = list(dict.fromkeys(_VALUE.findall(sql)))
    name = f"hookline_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
    places = {value: f"${place}" for place, value in enumerate(values, start=1)}
    given = f" ({', '.join(f'%({value})s' for value in values)})" if values else ""
    return _Statement(name, f"PREPARE {name} AS {_VALUE.sub(lambda found: places[found[1]], sql)}", f"EXECUTE {name}{given}")
