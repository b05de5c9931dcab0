"""What was sent to a transcriber, written down before it is sent (I8), together with what it takes from the day's limit."""

import math

from sqlalchemy import Row, text

from db.engine import engine
from db.one_trip import Statement, commit, transaction
from db.outage import reported
from db.runs import held, identify
from db.spending import given_back_speech, reserved_speech
from domain.chain import Purpose
from domain.recordings import Submission
from domain.runs import Claim

_STEP = "WHERE organization_id = :org AND run_id = :run AND stage = :stage"
_STANDING = f"""
SELECT submission - written_off AS tries, submission_id, EXTRACT(EPOCH FROM clock_timestamp() - submitted_at) AS age_s
FROM run_steps {_STEP} AND submission > 0
"""
_SUBMIT = f"""
UPDATE run_steps SET submission = submission + 1, submitted_at = transaction_timestamp(), submission_id = NULL,
    reserved_seconds = reserved_seconds + :seconds {_STEP} RETURNING submission
"""
_ACCEPTED = f"UPDATE run_steps SET submission_id = :request_id {_STEP} AND submission = :number"
# without a time the one before counts as overdue: it must have been, or there would have been none after it
_WITHDRAW = f"""
UPDATE run_steps SET submission = submission - 1, submitted_at = NULL, submission_id = NULL, withdrawn = withdrawn + 1,
    reserved_seconds = reserved_seconds - :seconds
FROM (SELECT submitted_at AS taken_at FROM run_steps {_STEP} FOR UPDATE) AS before
{_STEP} AND submission = :number RETURNING taken_at
"""
# the words are on their way again; an earlier job's failure is history
_UNDER_WAY = """
UPDATE transcripts SET status = 'processing', status_reason = NULL, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :transcript AND status IN ('pending', 'failed')
"""


def standing(claim: Claim) -> Submission | None:
    """The last submission of this run that was not withdrawn; None if there is none. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(text(_STANDING), identify(claim)).first()
    return Submission(row.tries, _age_s(row), row.submission_id) if row else None


def submit(claim: Claim, seconds: int, day_limit: int) -> int | None:
    """Write the next submission down and return its number; None if the organization's day has not as many seconds left.

    Raises LeaseLost, StoreUnavailable.
    """
    with transaction() as begun:
        if not begun.send(reserved_speech(claim.organization_id, seconds, day_limit)):
            return None
        [row] = begun.send(
            *([Statement(_UNDER_WAY, identify(claim))] if claim.purpose is Purpose.LIVE else []),
            held(claim),
            Statement(_SUBMIT, identify(claim) | {"seconds": seconds}),
        )
        return int(row.submission)


def note_accepted(claim: Claim, number: int, request_id: str) -> None:
    """Keep the vendor's own name of the job. Raises StoreUnavailable."""
    commit(Statement(_ACCEPTED, identify(claim) | {"number": number, "request_id": request_id}))


def withdraw(claim: Claim, number: int, seconds: int) -> None:
    """Take a submission back that the vendor proved not to have taken, with its seconds. Raises LeaseLost, StoreUnavailable."""
    with transaction() as begun:
        for row in begun.send(held(claim), Statement(_WITHDRAW, identify(claim) | {"number": number, "seconds": seconds})):
            begun.send(given_back_speech(claim.organization_id, seconds, row.taken_at))


def _age_s(row: Row[tuple[object, ...]]) -> float:
    return math.inf if row.age_s is None else float(row.age_s)
