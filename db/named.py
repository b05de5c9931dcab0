"""Finds what a person names by any id that they may have at hand: ours or a vendor's."""

from uuid import UUID

from sqlalchemy import Row, text

from db.engine import engine
from db.outage import reported
from domain.chain import RunState, Source
from domain.errors import RefusedError

# naming every source and provider lets the unique keys find the rows
_TRANSCRIPTS = """
SELECT id FROM transcripts WHERE organization_id = :org AND id = :id
UNION SELECT id FROM transcripts WHERE organization_id = :org AND source = ANY(:sources) AND source_ref = :name
UNION SELECT t.id FROM conversations AS c JOIN transcripts AS t ON t.conversation_id = c.id
    WHERE c.organization_id = :org AND c.provider = ANY(:providers) AND c.provider_ref = :name
"""
_PROVIDERS = ["twilio", "deepgram"]
# the runs that made, or should have made, what is shown; a reprocess run is named by its own id
_RUNS = f"""
SELECT t.id AS transcript_id, t.status_reason, r.id AS run_id, r.state FROM transcripts AS t
LEFT JOIN runs AS r ON r.transcript_id = t.id AND (r.id = :id OR r.purpose = 'live')
WHERE t.organization_id = :org AND t.id IN ({_TRANSCRIPTS} UNION SELECT transcript_id FROM runs WHERE organization_id = :org AND id = :id)
ORDER BY r.id
"""
_RUN = "SELECT id FROM runs WHERE organization_id = :org AND id = :id"
_EVERY_RUN = f"SELECT id FROM runs WHERE organization_id = :org AND transcript_id IN ({_TRANSCRIPTS}) ORDER BY id"
_RUNS_OF = """
SELECT r.id AS run_id, r.state, r.purpose, r.finished_at, r.id IS NOT DISTINCT FROM t.current_run_id AS counts
FROM transcripts AS t JOIN runs AS r ON r.transcript_id = t.id WHERE t.organization_id = :org AND t.id = :transcript
ORDER BY r.finished_at DESC NULLS LAST, r.id DESC
"""


def find_transcript(organization_id: UUID, name: str) -> UUID:
    """The transcript with this id, or with this recording, message or request SID; a call's, if it has one only.

    Raises RefusedError, StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        found = list(connection.scalars(text(_TRANSCRIPTS), _parameters(organization_id, name)))
    if len(found) > 1:
        raise RefusedError(f"{name} has {len(found)} transcripts: name one of {', '.join(map(str, found))}.")
    if not found:
        raise RefusedError(_unknown(name))
    return UUID(str(found[0]))


def find_dead_runs(organization_id: UUID, name: str) -> list[UUID]:
    """The run with this id, whatever became of it, or the dead live runs of the transcripts that are named.

    Raises RefusedError if there is none, StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_RUNS), _parameters(organization_id, name)).all()
    exact = [row.run_id for row in found if row.run_id and row.run_id == _as_id(name)]
    dead = exact or [row.run_id for row in found if row.state == "dead"]
    if dead:
        return dead
    if not found:
        raise RefusedError(_unknown(name))
    standings = (f"run {row.run_id} is {row.state}" if row.run_id else f"never had a run ({row.status_reason})" for row in found)
    raise RefusedError(f"{name}: no run of it is dead: {', '.join(standings)}")


def find_runs(organization_id: UUID, name: str) -> list[UUID]:
    """The run with this id, or every run of the transcripts that are named, live ones and others.

    Raises RefusedError if there is none, StoreUnavailable.
    """
    parameters = _parameters(organization_id, name)
    with reported(), engine().connect() as connection:
        exact = connection.scalar(text(_RUN), parameters)
        found = [exact] if exact else list(connection.scalars(text(_EVERY_RUN), parameters))
    if not found:
        raise RefusedError(_unknown(name))
    return [UUID(str(run)) for run in found]


def find_finished_run(organization_id: UUID, name: str) -> UUID:
    """The run with this id, whatever became of it, or the newest run of the transcript that is named which is done and does not count.

    Raises RefusedError, which lists what is done, and StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        exact = connection.scalar(text(_RUN), _parameters(organization_id, name))
    if exact:
        return UUID(str(exact))
    transcript_id = find_transcript(organization_id, name)
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_RUNS_OF), {"org": organization_id, "transcript": transcript_id}).all()
    others = [row.run_id for row in found if row.state == RunState.DONE and not row.counts]
    if others:
        return UUID(str(others[0]))
    raise RefusedError(f"{name}: no other run of transcript {transcript_id} is done: {'; '.join(map(_standing, found)) or 'it has none'}.")


def _standing(run: Row[tuple[object, ...]]) -> str:
    when = f", ended {run.finished_at:%Y-%m-%d %H:%M:%S}" if run.finished_at else ""
    return f"run {run.run_id} ({run.purpose}) is {run.state}{when}{', and counts' if run.counts else ''}"


def _unknown(name: str) -> str:
    return f"{name}: this organization has nothing by that name; --org names another one"


def _parameters(organization_id: UUID, name: str) -> dict[str, object]:
    sources = [source.value for source in Source]
    return {"org": organization_id, "id": _as_id(name), "name": name, "sources": sources, "providers": _PROVIDERS}


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
