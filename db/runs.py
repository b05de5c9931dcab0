"""What a leased run may turn into: the next stage, a wait, another try, or its end. Each is fenced by the lease (I3)."""

import orjson

import settings
from db.one_trip import Statement, commit, fenced, transaction
from db.plant import failures
from db.spending import counted_tokens
from domain.attempts import AttemptOutcome
from domain.chain import TASK_NAMES, Purpose, RunState, Stage
from domain.healing import FailureOutcome
from domain.prices import price_usd
from domain.runs import Claim, Wait
from domain.speech import Engine

_NOBODY = Engine("", "")

_RELEASED = "lease_token = NULL, lease_until = NULL"
# who holds the lease, and nobody else (I3)
MINE = "WHERE organization_id = :org AND id = :run AND lease_token = :token"

_HOLD = f"UPDATE runs SET lease_token = lease_token {MINE}"
_FINISH = f"UPDATE runs SET state = 'done', {_RELEASED}, last_error = NULL, finished_at = clock_timestamp() {MINE}"
_BURY = f"UPDATE runs SET state = 'dead', {_RELEASED}, last_error = :code, finished_at = clock_timestamp() {MINE}"
_POSTPONE = f"""
UPDATE runs SET {_RELEASED}, attempts = attempts - :given_back, last_error = :code,
    not_before = clock_timestamp() + make_interval(secs => :delay_s),
    next_publish_at = clock_timestamp() + make_interval(secs => :delay_s) {MINE}
"""
_WAIT = f"""
UPDATE runs SET {_RELEASED}, state = 'waiting', waiting_for = :reason, attempts = 0, last_error = :code,
    not_before = clock_timestamp(), next_publish_at = clock_timestamp() + make_interval(secs => :due_s) {MINE}
"""
_WAKE = """
UPDATE runs SET state = 'ready', waiting_for = NULL, next_publish_at = clock_timestamp() WHERE organization_id = :org AND id = :run
"""
# the history of the run, which outlives Flower's (db/history.py)
_TRY_ENDED = """
    UPDATE run_attempts SET finished_at = clock_timestamp(), outcome = :outcome, code = :code
    WHERE organization_id = :org AND run_id = :run AND lease_token = :token"""
# Each try that a vendor charged for counts. Speech was charged for only if it was submitted for this run: a stored payload is read for
# nothing by whoever does the same words again.
_FIGURES = f"""
WITH attempt AS ({_TRY_ENDED} AND CAST(:outcome AS text) IS NOT NULL)
UPDATE run_steps SET finished_at = clock_timestamp(), error_code = :code, provider = COALESCE(:provider, provider),
    model = COALESCE(:model, model), prompt_version = COALESCE(:prompt_version, prompt_version), cached = :cached,
    input_hash = COALESCE(:input_hash, input_hash), vendor_request_id = COALESCE(:request_id, vendor_request_id),
    usage = CASE WHEN stage <> 'transcribe' OR submission + withdrawn > 0 THEN (
        SELECT COALESCE(jsonb_object_agg(unit, amount), '{{}}') FROM (
            SELECT unit, sum(CAST(taken AS numeric)) AS amount FROM (
                SELECT * FROM jsonb_each_text(usage) UNION ALL SELECT * FROM jsonb_each_text(CAST(:usage AS jsonb))
            ) AS tries (unit, taken) GROUP BY unit) AS units) ELSE usage END,
    price_usd = CASE WHEN stage <> 'transcribe' OR submission + withdrawn > 0
        THEN COALESCE(price_usd + CAST(:price AS numeric), price_usd, CAST(:price AS numeric)) ELSE price_usd END
WHERE organization_id = :org AND run_id = :run AND stage = :stage
"""
# who was told to come again has not tried: the figures shall tell tries, not visits
_NOT_TRIED = """
UPDATE run_steps SET attempts = GREATEST(0, attempts - 1) WHERE organization_id = :org AND run_id = :run AND stage = :stage
"""
# without words it is speech that failed: no AI work has begun
_SPEECH = ":stage = 'transcribe' AND status <> 'completed'"
_FAIL_TRANSCRIPT = f"""
UPDATE transcripts SET updated_at = clock_timestamp(),
    status = CASE WHEN {_SPEECH} THEN 'failed' ELSE status END,
    status_reason = CASE WHEN {_SPEECH} THEN :code ELSE status_reason END,
    processing_status = CASE WHEN {_SPEECH} THEN processing_status ELSE 'failed' END,
    processing_reason = CASE WHEN {_SPEECH} THEN processing_reason ELSE :code END
WHERE organization_id = :org AND id = :transcript AND (({_SPEECH}) OR processing_status <> 'completed')
"""
_GIVE_UP = """
UPDATE runs SET state = 'dead', waiting_for = NULL, last_error = :code, finished_at = clock_timestamp()
WHERE organization_id = :org AND id = :run
"""
_WHAT_HAS_COME = """
SELECT status = 'failed' AS failed, EXISTS (
    SELECT FROM webhook_events WHERE organization_id = :org AND transcript_id = :transcript AND kind IN ('callback', 'answer')) AS arrived
FROM transcripts WHERE organization_id = :org AND id = :transcript
"""
# the end of a run whose words will not come; a later answer that brings them revives it
NO_WORDS = "transcription:failed"


def identify(claim: Claim) -> dict[str, object]:
    """The parameters that name a leased run in every fenced statement."""
    return {
        "org": claim.organization_id,
        "run": claim.run_id,
        "token": claim.lease_token,
        "stage": claim.stage,
        "transcript": claim.transcript_id,
    }


def held(claim: Claim) -> Statement:
    """Make sure that a run is still ours until the transaction ends; LeaseLost rolls all of it back."""
    return fenced(_HOLD, identify(claim))


def finished(claim: Claim) -> Statement:
    """End a run well, inside the transaction that makes its results visible; LeaseLost rolls all of it back."""
    return fenced(_FINISH, identify(claim))


def noted(
    claim: Claim, done_by: Engine | None = None, *, code: str | None = None, outcome: AttemptOutcome | None = AttemptOutcome.DONE
) -> list[Statement]:
    """Write down what a stage took: who did it, with which model, the vendor's own figures and their price; ``code`` if it failed.

    ``outcome`` is None if this try goes on.
    """
    by = done_by or _NOBODY
    tokens = by.usage.get("input_tokens", 0) + by.usage.get("output_tokens", 0) if claim.stage is not Stage.TRANSCRIBE else 0
    figures = {
        "code": code or by.stands_in_for,
        "outcome": outcome,
        "provider": by.provider or None,
        "model": by.model or None,
        "prompt_version": by.prompt_version,
        "cached": by.cached,
        "input_hash": by.input_hash,
        "usage": orjson.dumps(dict(by.usage)).decode(),
        "request_id": by.request_id,
        "price": price_usd(settings.current().spend.prices, by.provider, by.model, by.usage),
    }
    return [*counted_tokens(claim.organization_id, tokens), Statement(_FIGURES, identify(claim) | figures)]


def note_wasted(claim: Claim, paid: Engine) -> None:
    """Write down what an answer took that could not be used. Raises StoreUnavailable."""
    commit(*noted(claim, paid, outcome=None))


def postpone(claim: Claim, code: str, *, delay_s: float, give_back: bool) -> None:
    """Try this stage again after ``delay_s`` seconds; ``give_back`` does not count the attempt. Raises LeaseLost, StoreUnavailable."""
    commit(
        fenced(_POSTPONE, identify(claim) | {"code": code, "delay_s": delay_s, "given_back": 1 if give_back else 0}),
        *noted(claim, code=code, outcome=AttemptOutcome.PAUSED if give_back else AttemptOutcome.RETRIED),
        *([Statement(_NOT_TRIED, identify(claim))] if give_back else []),
        _counted(claim, code, FailureOutcome.PAUSED if give_back else FailureOutcome.RETRIED),
    )


def bury(claim: Claim, code: str) -> None:
    """End a run badly: it is dead, says why, and can be retried by a person. Raises LeaseLost, StoreUnavailable."""
    told = identify(claim) | {"code": code}
    commit(
        *([Statement(_FAIL_TRANSCRIPT, told)] if claim.purpose is Purpose.LIVE else []),
        fenced(_BURY, told),
        *noted(claim, code=code, outcome=AttemptOutcome.DEAD),
        _counted(claim, code, FailureOutcome.ENDED),
    )


def wait(claim: Claim, answer: Wait) -> RunState:
    """Let a run wait for the outside (I8). If its words have come in the meantime it is ready again; if they never will, it is dead.

    The row is locked before we look, so that a callback either is seen here or sees us waiting. Raises LeaseLost, StoreUnavailable.
    """
    with transaction() as begun:
        come = begun.send(
            fenced(_WAIT, identify(claim) | {"reason": answer.reason, "due_s": answer.due_s, "code": answer.code}),
            Statement(_TRY_ENDED, identify(claim) | {"outcome": AttemptOutcome.WAITING, "code": answer.code or answer.reason}),
            Statement(_WHAT_HAS_COME, identify(claim)),
        )[0]
        if claim.stage is Stage.TRANSCRIBE and come.arrived:
            begun.send(Statement(_WAKE, identify(claim)))
            return RunState.READY
        if claim.stage is Stage.TRANSCRIBE and come.failed:
            given_up = Statement(_GIVE_UP, identify(claim) | {"code": NO_WORDS})
            figures = noted(claim, code=NO_WORDS, outcome=AttemptOutcome.DEAD)
            begun.send(given_up, *figures, _counted(claim, NO_WORDS, FailureOutcome.ENDED))
            return RunState.DEAD
        if answer.code:
            begun.send(_counted(claim, answer.code, FailureOutcome.PAUSED))
    return RunState.WAITING


def _counted(claim: Claim, code: str, outcome: FailureOutcome) -> Statement:
    return failures.counted(TASK_NAMES[claim.stage], code, outcome)
