"""A person says who is who: a successor of the run that counts, over the same words, which begins where the roles are told (0016).

No speech vendor is asked. The pointer moves to the successor when it is done; what was sent is not sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from db import audits, pointer
from db.engine import engine
from db.outage import reported
from db.same_words import SAME_WORDS
from db.tables.base import new_id
from domain.chain import Purpose, Stage
from domain.errors import RefusedError
from domain.runs import Bell
from domain.speech import Role
from domain.understanding.roles import swapped

ACT = "transcript.swap_roles"
# without roles a second click within this time is the first one's echo, and not the wish to have it taken back
ECHO_S = 10.0

_THERE = "SELECT id FROM transcripts WHERE organization_id = :org AND id = :transcript"
_LOOK = """
SELECT r.id, r.conversation_id, r.transcript_id, r.told_roles, (SELECT a.roles FROM analyses AS a WHERE a.run_id = r.id) AS roles,
    r.created_at > clock_timestamp() - make_interval(secs => :echo_s) AS is_fresh,
    ARRAY(SELECT DISTINCT u.speaker FROM utterances AS u WHERE u.run_id = r.id ORDER BY u.speaker) AS speakers
FROM runs AS r WHERE r.organization_id = :org AND r.id = :run
"""
# the front's own message rings first; the sweeper only if that one got lost
_OPEN = """
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, predecessor_id, stage, told_roles, next_publish_at, trace_id)
SELECT :successor, organization_id, conversation_id, transcript_id, turn, id, 'classify_speakers', CAST(:told AS jsonb),
    clock_timestamp() + interval '3 seconds', :trace_id
FROM runs WHERE organization_id = :org AND id = :run
"""


@dataclass(frozen=True, slots=True)
class Teller:
    """Who says so, and why: ``by`` is the id of an API key. ``trace_id`` is the request's."""

    by: str
    reason: str | None
    trace_id: str


@dataclass(frozen=True, slots=True)
class Told:
    """The run that goes by what was said, and who is who in it. ``bell`` is None if that run was there before."""

    run_id: UUID
    roles: Mapping[int, Role]
    bell: Bell | None = None


def tell(organization_id: UUID, transcript_id: UUID, roles: Mapping[int, Role] | None, teller: Teller) -> Told | None:
    """Open a run in which these are the roles or, if none are given, those of the run that counts swapped; None: no such transcript.

    What was said before is not done again. Raises RefusedError, StoreUnavailable.
    """
    mine = {"org": organization_id, "transcript": transcript_id, "echo_s": ECHO_S}
    with reported(), engine().begin() as connection:
        counts = pointer.hold(connection, organization_id, transcript_id)
        if counts is None and connection.scalar(text(_THERE), mine) is None:
            return None
        at_work = pointer.find_open_run(connection, organization_id, transcript_id)
        run = at_work or counts
        if run is None:
            raise RefusedError(f"No run of transcript {transcript_id} is done: nobody was told apart yet. Ask again when one is.")
        found = connection.execute(text(_LOOK), mine | {"run": run}).one()
        before = _read(found.told_roles)
        if before and (roles == before if roles else at_work or found.is_fresh):
            return Told(found.id, before)
        if at_work:
            raise RefusedError(f"Run {at_work} is at work on transcript {transcript_id}. Ask again when it has ended.")
        return _opened(connection, found, _wanted(found, roles), mine, teller)


def _opened(connection: Connection, counts: Row[Any], roles: Mapping[int, Role], mine: Mapping[str, Any], teller: Teller) -> Told:
    bell = Bell(new_id(), counts.conversation_id, counts.transcript_id, Stage.CLASSIFY_SPEAKERS, Purpose.LIVE, teller.trace_id)
    told = orjson.dumps({str(speaker): role for speaker, role in roles.items()}).decode()
    successor = {**mine, "run": counts.id, "successor": bell.run_id, "told": told, "trace_id": bell.trace_id}
    connection.execute(text(_OPEN), successor)
    connection.execute(text(SAME_WORDS), successor)
    audits.record(connection, mine["org"], teller.by, ACT, "transcript", mine["transcript"], teller.reason)
    return Told(bell.run_id, roles, bell)


def _wanted(counts: Row[Any], roles: Mapping[int, Role] | None) -> Mapping[int, Role]:
    """Who is who from now on. Raises RefusedError."""
    if roles is None:
        return swapped(_read(counts.roles))
    if sorted(roles) != counts.speakers:
        raise RefusedError(f"Speakers {counts.speakers} are heard, `roles` names {sorted(roles)}: name each who is heard, and nobody else.")
    return roles


def _read(stored: Mapping[str, str] | None) -> Mapping[int, Role]:
    return {int(speaker): Role(role) for speaker, role in (stored or {}).items()}
