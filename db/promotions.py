"""Which run of a transcript counts is a person's choice, too: compared with what they saw, written down, and taken back the same way.

Neither statuses nor effects change with it: what was said to somebody was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db import pointer
from db.engine import engine
from db.outage import reported
from db.tables.base import new_id
from domain.chain import RunState
from domain.errors import RefusedError

_RUN = """
SELECT r.state, r.transcript_id, t.current_run_id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
WHERE r.organization_id = :org AND r.id = :run
"""
_MOVE = """
UPDATE transcripts SET current_run_id = :to, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :transcript AND current_run_id IS NOT DISTINCT FROM :seen AND (CAST(:to AS uuid) IS NULL OR EXISTS (
    SELECT FROM runs WHERE organization_id = :org AND id = :to AND transcript_id = :transcript AND state = 'done'))
"""
_WRITE_DOWN = """
INSERT INTO promotions (id, organization_id, transcript_id, from_run_id, to_run_id, promoted_by)
VALUES (:id, :org, :transcript, :seen, :to, :by)
"""
_LAST = """
SELECT id, from_run_id, to_run_id FROM promotions WHERE organization_id = :org AND transcript_id = :transcript AND undone_at IS NULL
ORDER BY created_at DESC, id DESC LIMIT 1
"""
_TAKE_BACK = "UPDATE promotions SET undone_at = clock_timestamp(), undone_by = :by WHERE organization_id = :org AND id = :id"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which run counts for a transcript; None if none does yet."""

    transcript_id: UUID
    run_id: UUID | None


def look(organization_id: UUID, run_id: UUID) -> Pointer:
    """What counts for the transcript of a run that is done. Raises RefusedError, StoreUnavailable."""
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_RUN), {"org": organization_id, "run": run_id}).first()
    if found is None:
        raise RefusedError(f"There is no run {run_id} in this organization; --org names another one.")
    if found.state != RunState.DONE:
        advice = f"`celery -A tasks retry {run_id}` goes on with it." if found.state == RunState.DEAD else "Ask again when it has ended."
        raise RefusedError(f"Run {run_id} is {found.state}: only a run that is done can count. {advice}")
    if found.current_run_id == run_id:
        raise RefusedError(f"Run {run_id} counts already.")
    return Pointer(found.transcript_id, found.current_run_id)


def promote(organization_id: UUID, run_id: UUID, seen: Pointer, by: str) -> None:
    """Let a run count instead of the one that a person saw counting. Raises RefusedError, also if that changed since; StoreUnavailable."""
    parameters = {"org": organization_id, "transcript": seen.transcript_id, "seen": seen.run_id, "to": run_id, "by": by}
    with reported(), engine().begin() as connection:
        counts = _held(connection, organization_id, seen.transcript_id)
        _move(connection, parameters, counts)
        connection.execute(text(_WRITE_DOWN), parameters | {"id": new_id()})


def undo(organization_id: UUID, transcript_id: UUID, by: str) -> Pointer:
    """Take the last promotion back that still stands; what counts now. Raises RefusedError, StoreUnavailable."""
    parameters = {"org": organization_id, "transcript": transcript_id, "by": by}
    with reported(), engine().begin() as connection:
        counts = _held(connection, organization_id, transcript_id)
        last = connection.execute(text(_LAST), parameters).first()
        if last is None:
            now = f"run {counts} counts by itself" if counts else "no run counts"
            raise RefusedError(
                f"No promotion of transcript {transcript_id} is left to be undone: {now}."
                f" `celery -A tasks promote {transcript_id}` lets the newest other run that is done count."
            )
        _move(connection, {**parameters, "seen": last.to_run_id, "to": last.from_run_id}, counts)
        connection.execute(text(_TAKE_BACK), parameters | {"id": last.id})
    return Pointer(transcript_id, last.from_run_id)


def _held(connection: Connection, organization_id: UUID, transcript_id: UUID) -> UUID | None:
    """Lock the transcript; the run that counts. Refused while a live run is open, which will decide itself what counts."""
    counts = pointer.hold(connection, organization_id, transcript_id)
    still_open = pointer.find_open_run(connection, organization_id, transcript_id)
    if still_open:
        raise RefusedError(f"Run {still_open} is at work on transcript {transcript_id}. Ask again when it has ended.")
    return counts


def _move(connection: Connection, parameters: Mapping[str, object], counts: UUID | None) -> None:
    if connection.execute(text(_MOVE), parameters).rowcount != 1:
        now = f"run {counts} counts" if counts else "no run counts"
        raise RefusedError(f"By now {now} for transcript {parameters['transcript']}. Look at it, and ask again.")
