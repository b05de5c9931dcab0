"""Which run of a transcript counts is a person's choice, too: compared with what they saw, written down, and taken back the same way.

Neither statuses nor effects change with it: what was said to somebody was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db import audits, pointer
from db.engine import engine
from db.ledger import LOCK
from db.one_trip import Statement
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
INSERT INTO promotions (id, organization_id, transcript_id, from_run_id, to_run_id, promoted_by, batch_id)
VALUES (:id, :org, :transcript, :seen, :to, :by, :batch)
"""
_LAST = """
SELECT id, from_run_id, to_run_id, batch_id FROM promotions
WHERE organization_id = :org AND transcript_id = :transcript AND undone_at IS NULL
ORDER BY created_at DESC, id DESC LIMIT 1
"""
_CANDIDATES = """
SELECT r.batch_id, r.transcript_id, r.conversation_id, r.id, r.counted_run_id, r.turn, r.trace_id, r.organization_version
FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
WHERE r.organization_id = :org AND r.batch_id = :batch AND r.state = 'done' AND t.current_run_id IS DISTINCT FROM r.id
ORDER BY r.transcript_id
"""
_STANDING = """
SELECT transcript_id FROM promotions WHERE organization_id = :org AND batch_id = :batch AND undone_at IS NULL ORDER BY transcript_id
"""
_TAKE_BACK = "UPDATE promotions SET undone_at = clock_timestamp(), undone_by = :by WHERE organization_id = :org AND id = :id"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which run counts for a transcript; None if none does yet."""

    transcript_id: UUID
    run_id: UUID | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A result of a batch that may count; ``seen`` is the run that counted when it was begun, None if none did."""

    batch_id: UUID
    transcript_id: UUID
    conversation_id: UUID
    run_id: UUID
    seen: UUID | None
    turn: int
    trace_id: str
    organization_version: int


def candidates(organization_id: UUID, batch_id: UUID) -> list[Candidate]:
    """What a batch found that does not count yet. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_CANDIDATES), {"org": organization_id, "batch": batch_id}).all()
    return [Candidate(*row) for row in found]


def standing_of_batch(organization_id: UUID, batch_id: UUID) -> list[UUID]:
    """The transcripts that a batch was promoted for, and nobody took it back. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        return list(connection.scalars(text(_STANDING), {"org": organization_id, "batch": batch_id}).all())


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
        connection.execute(text(_WRITE_DOWN), parameters | {"id": new_id(), "batch": None})
        audits.record(connection, organization_id, by, "run.promote", "transcript", seen.transcript_id)


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
        audits.record(connection, organization_id, by, "run.undo", "transcript", transcript_id)
    return Pointer(transcript_id, last.from_run_id)


def promote_of_batch(organization_id: UUID, mine: Candidate, by: str, enter: Statement | None = None) -> bool:
    """Let a result of a batch count if what counted when it was begun counts still, and not because a person said so; whether it does.

    ``enter`` is done in the same commit. Raises RefusedError while a live run is open, StoreUnavailable.
    """
    parameters = {"org": organization_id, "transcript": mine.transcript_id, "seen": mine.seen, "to": mine.run_id, "by": by}
    with reported(), engine().begin() as connection:
        if enter:
            connection.execute(text(LOCK), {"org": organization_id, "conversation": mine.conversation_id})
        counts = _held(connection, organization_id, mine.transcript_id)
        last = connection.execute(text(_LAST), parameters).first()
        by_a_person = last is not None and last.batch_id is None and last.to_run_id == counts
        if by_a_person or connection.execute(text(_MOVE), parameters).rowcount != 1:
            return False
        connection.execute(text(_WRITE_DOWN), parameters | {"id": new_id(), "batch": mine.batch_id})
        if enter:
            connection.execute(text(enter.sql), enter.values)
        audits.record(connection, organization_id, by, "run.promote", "transcript", mine.transcript_id)
    return True


def undo_of_batch(organization_id: UUID, transcript_id: UUID, batch_id: UUID, by: str) -> bool:
    """Take a batch's promotion back if it is the last one and its run counts still; whether it was.

    Raises RefusedError while a live run is open, StoreUnavailable.
    """
    parameters = {"org": organization_id, "transcript": transcript_id, "by": by}
    with reported(), engine().begin() as connection:
        _held(connection, organization_id, transcript_id)
        last = connection.execute(text(_LAST), parameters).first()
        if last is None or last.batch_id != batch_id:
            return False
        moved = connection.execute(text(_MOVE), {**parameters, "seen": last.to_run_id, "to": last.from_run_id}).rowcount == 1
        if moved:
            connection.execute(text(_TAKE_BACK), parameters | {"id": last.id})
            audits.record(connection, organization_id, by, "run.undo", "transcript", transcript_id)
    return moved


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
