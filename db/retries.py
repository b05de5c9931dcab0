"""Opens dead runs again for a person: the same run with new tries. What is stored is not paid again, what was sent not sent again (I6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from db import audits, pointer
from db.engine import engine
from db.outage import reported
from db.tables.runs import DEAD
from domain.chain import STAGES, Purpose, RunState, Stage, is_past
from domain.errors import RefusedError
from domain.recordings import is_verdict

_DEAD = f"""
SELECT id FROM runs WHERE organization_id = :org AND {DEAD} AND (CAST(:code AS text) IS NULL OR last_error = :code)
    AND finished_at >= COALESCE(CAST(:since AS timestamptz), '-infinity')
    AND finished_at < COALESCE(CAST(:until AS timestamptz), clock_timestamp())
ORDER BY finished_at, id
"""
_WHOSE = "SELECT transcript_id FROM runs WHERE organization_id = :org AND id = :run"
_IS_EMPTIED = "SELECT emptied_at FROM transcripts WHERE organization_id = :org AND id = :transcript"
_LOCK_RUN = """
SELECT id, transcript_id, state, stage, purpose, last_error, predecessor_id FROM runs WHERE organization_id = :org AND id = :run FOR UPDATE
"""
_REOPEN_TRANSCRIPT = """
UPDATE transcripts SET updated_at = clock_timestamp(),
    status = CASE status WHEN 'failed' THEN 'pending' ELSE status END,
    status_reason = CASE status WHEN 'failed' THEN NULL ELSE status_reason END,
    processing_status = CASE processing_status WHEN 'failed' THEN 'pending' ELSE processing_status END,
    processing_reason = CASE processing_status WHEN 'failed' THEN NULL ELSE processing_reason END
WHERE organization_id = :org AND id = :transcript
"""
# due at once: the sweeper rings for it, in its turn and within the queues' room
_REOPEN = """
UPDATE runs SET state = 'ready', stage = :stage, attempts = 0, last_error = NULL, finished_at = NULL, waiting_for = NULL,
    lease_token = NULL, lease_until = NULL, not_before = clock_timestamp(), next_publish_at = clock_timestamp(),
    stage_since = clock_timestamp(), settled_at = NULL, settled_by = NULL
WHERE organization_id = :org AND id = :run AND state = 'dead'
"""
# Numbers of submissions go on: a callback URL carries its own, and only a failure of the last one counts. What was submitted a short time
# ago is still waited for; only a job of which the vendor said that it brings no words is not.
_NEW_TRIES = """
UPDATE run_steps SET written_off = submission,
    submitted_at = CASE WHEN :anew THEN NULL ELSE submitted_at END, submission_id = CASE WHEN :anew THEN NULL ELSE submission_id END
WHERE organization_id = :org AND run_id = :run AND stage = 'transcribe' AND NOT EXISTS (
    SELECT FROM webhook_events WHERE organization_id = :org AND transcript_id = :transcript
        AND kind IN ('callback', 'answer', 'sms', 'gather', 'transcription', 'said'))
"""
# what a stage found stands as long as the run is past it
_FOUND_BY = {Stage.TRANSCRIBE: "utterances", Stage.CLASSIFY_SPEAKERS: "analyses", Stage.GENERATE_REPLY: "replies"}


def find_dead(organization_id: UUID, code: str | None, since: datetime | None, until: datetime | None) -> list[UUID]:
    """The dead runs that died with a code, from a time on and before another; None does not ask. The oldest first.

    Neither what a person dismissed nor what dies after this question is among them. Raises StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        return list(connection.scalars(text(_DEAD), {"org": organization_id, "code": code, "since": since, "until": until}))


def reopen(organization_id: UUID, run_id: UUID, begin_at: Stage | None = None, *, by: str) -> Stage:
    """Open a dead run again, where it died or at an earlier stage; the stage. Of many who ask at the same time one does it.

    Raises RefusedError, StoreUnavailable.
    """
    parameters: dict[str, object] = {"org": organization_id, "run": run_id}
    with reported(), engine().begin() as connection:
        dead, counts = _locked(connection, organization_id, run_id)
        stage = _beginning(dead, begin_at)
        parameters |= {"transcript": dead.transcript_id, "stage": stage, "anew": is_verdict(dead.last_error)}
        if dead.purpose == Purpose.LIVE:
            _refuse_beside_another(connection, organization_id, dead, counts)
            connection.execute(text(_REOPEN_TRANSCRIPT), parameters)
        _open(connection, parameters)
        if stage is Stage.TRANSCRIBE:
            connection.execute(text(_NEW_TRIES), parameters)
        for table in (_FOUND_BY[again] for again in STAGES[STAGES.index(stage) :] if again in _FOUND_BY):
            connection.execute(text(f"DELETE FROM {table} WHERE organization_id = :org AND run_id = :run"), parameters)
        audits.record(connection, organization_id, by, "run.retry", "run", run_id, stage)
    return stage


Found = Row[tuple[object, ...]]


def _locked(connection: Connection, organization_id: UUID, run_id: UUID) -> tuple[Found, UUID | None]:
    """The dead run, and the run that counts for its transcript; transcript and run stay locked, in this order like everywhere."""
    parameters = {"org": organization_id, "run": run_id}
    whose = connection.scalar(text(_WHOSE), parameters)
    if whose is None:
        raise RefusedError(f"There is no run {run_id} in this organization; --org names another one.")
    counts = pointer.hold(connection, organization_id, whose)
    found = connection.execute(text(_LOCK_RUN), parameters).one()
    if found.state != RunState.DEAD:
        raise RefusedError(f"Run {found.id} is not dead but {found.state}, at {found.stage}: there is nothing to retry.")
    emptied_at = connection.scalar(text(_IS_EMPTIED), {"org": organization_id, "transcript": whose})
    if emptied_at:
        raise RefusedError(f"Run {found.id}: what was said is not kept any more since {emptied_at:%Y-%m-%d %H:%M:%S} (docs/privacy.md).")
    return found, counts


def _beginning(dead: Found, wanted: Stage | None) -> Stage:
    died_at = Stage(dead.stage)
    if wanted is None and is_verdict(dead.last_error):
        raise RefusedError(
            f"Run {dead.id}: its transcriber says that there are no words ({dead.last_error}). --from transcribe asks again and pays again."
        )
    if wanted and is_past(died_at, wanted):
        raise RefusedError(
            f"Run {dead.id} died at {died_at} and has nothing that {wanted} could begin with: --from names that stage or an earlier one."
        )
    return wanted or died_at


def _refuse_beside_another(connection: Connection, organization_id: UUID, dead: Found, counts: UUID | None) -> None:
    still_open = pointer.find_open_run(connection, organization_id, dead.transcript_id)
    if still_open:
        raise RefusedError(f"Run {dead.id}: another run of the same transcript is open, {still_open}. Wait until it has ended.")
    if counts not in {None, dead.id, dead.predecessor_id}:
        raise RefusedError(
            f"Run {dead.id}: another run counts for transcript {dead.transcript_id}, {counts}, and would go on to."
            f" If a person promoted it, `celery -A tasks undo {dead.transcript_id}` takes that back."
        )


def _open(connection: Connection, parameters: dict[str, object]) -> None:
    try:
        connection.execute(text(_REOPEN), parameters)
    except IntegrityError:
        # it was opened at this very moment; the index lets one in
        raise RefusedError(
            f"Run {parameters['run']}: another run of the same transcript was just opened. Wait until it has ended."
        ) from None
