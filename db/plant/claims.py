"""Hands a run to one worker at a time (I2). Only the database's clock decides."""

from typing import Any
from uuid import UUID, uuid4

from db.driver import Rows
from db.one_trip import FORGETTABLE, Statement, commit
from db.plant.workers import NOTE_CLAIM
from domain.attempts import KEPT_OF_A_RUN
from domain.chain import Purpose, RunState, Stage, is_past
from domain.runs import Claim, Refusal
from domain.vendors import Vendor

# An earlier turn that is still open keeps a later one from being answered (I9), but not for longer than this.
_PATIENCE = "interval '60 seconds'"

# A turn of a live call whose reply will never be said holds nobody back: its place in the ledger was taken before it was written.
_NEVER_SAID = """EXISTS (
                SELECT FROM effects AS e WHERE e.conversation_id = earlier.conversation_id AND e.transcript_id = earlier.transcript_id
                    AND e.kind = 'call_update' AND e.state IN ('superseded', 'suppressed'))"""

# Whoever may be in danger gets approved words, for which no vendor is needed; a caller who is on the line hears what there is.
_URGENT = """(EXISTS (SELECT FROM analyses AS a WHERE a.run_id = r.id AND a.safety <> '[]')
            OR (r.purpose = 'live' AND (SELECT t.source FROM transcripts AS t WHERE t.id = r.transcript_id) = 'live_turn'))"""

# Nobody has it, and it is not backing off.
_FREE = """r.state = 'ready' AND r.attempts < :max_attempts
        AND r.not_before <= {now} AND (r.lease_until IS NULL OR r.lease_until < {now})"""


def claimable(vendor: str = ":vendor", now: str = "clock_timestamp()") -> str:
    """The SQL condition under which a run ``r`` may be claimed for its stage, which cannot be done without ``vendor`` (SQL).

    With an earlier ``now`` (SQL): under which it could have been claimed ever since.
    """
    return f"{_FREE.format(now=now)} AND {may_begin('r.stage', vendor, now)}"


def may_begin(stage: str, vendor: str = ":vendor", now: str = "clock_timestamp()") -> str:
    """The SQL condition under which a free run ``r`` may begin ``stage`` (SQL): neither its vendor nor an earlier turn is in the way."""
    return f"""(NOT EXISTS (SELECT FROM vendor_health AS h WHERE h.vendor = {vendor} AND h.open_until > {now}) OR {_URGENT})
        AND ({stage} <> 'generate_reply' OR r.purpose <> 'live' OR NOT EXISTS (
            SELECT FROM runs AS earlier
            WHERE earlier.conversation_id = r.conversation_id AND earlier.turn < r.turn AND earlier.purpose = 'live'
                AND earlier.predecessor_id IS NULL
                AND earlier.state IN ('ready', 'waiting') AND earlier.created_at > {now} - {_PATIENCE}
                AND NOT {_NEVER_SAID}))"""


# CTEs of a statement that claims: what it writes down beside the run, which is the CTE ``claimed``
NOTE_TRY = f"""figures AS (
    INSERT INTO run_steps AS s (run_id, stage, organization_id, attempts, queued_at, started_at, worker)
    SELECT id, stage, organization_id, 1, stage_since, clock_timestamp(), :worker FROM claimed
    ON CONFLICT (run_id, stage) DO UPDATE SET
        attempts = s.attempts + 1, started_at = excluded.started_at, finished_at = NULL, worker = excluded.worker, error_code = NULL
), attempt AS (
    INSERT INTO run_attempts (run_id, lease_token, organization_id, stage, attempt, queued_at, worker)
    SELECT id, lease_token, organization_id, stage, attempts, GREATEST(stage_since, not_before), :worker FROM claimed
    WHERE (SELECT count(*) FROM run_attempts AS a WHERE a.run_id = claimed.id) < {KEPT_OF_A_RUN}
), noted AS ({NOTE_CLAIM})"""
# The first claim of a run pins what the organization wants: a change in the middle of a run is for the runs that begin after it. A claim
# that is lost is given to somebody else, and whoever had it is refused by the fence.
_CLAIM = f"""
WITH claimed AS (
    UPDATE runs AS r SET
        lease_token = :token,
        lease_until = clock_timestamp() + make_interval(secs => :lease_s),
        next_publish_at = clock_timestamp() + make_interval(secs => :lease_s + 0.5),
        attempts = attempts + 1,
        organization_version = COALESCE(r.organization_version, (SELECT o.version FROM organizations AS o WHERE o.id = r.organization_id))
    WHERE r.id = :run AND r.stage = :stage AND {claimable()}
    RETURNING r.*
), {NOTE_TRY}
SELECT id, organization_id, conversation_id, transcript_id, turn, stage, purpose, attempts, lease_token, trace_id, organization_version,
    predecessor_id IS NOT NULL AS redoes, batch_id, EXTRACT(EPOCH FROM clock_timestamp() - stage_since) AS stage_age_s,
    {FORGETTABLE}
FROM claimed
"""

# What waits for a vendor is not rung for until then: it would stand in the queue before others that can be worked on.
_PARK = f"""
UPDATE runs AS r SET
    next_publish_at = h.open_until + random() * interval '1 second', not_before = h.open_until, last_error = COALESCE(h.code, :down)
FROM vendor_health AS h
WHERE r.id = :run AND r.stage = :stage AND {_FREE.format(now="clock_timestamp()")}
    AND h.vendor = :vendor AND h.open_until > clock_timestamp() AND NOT {_URGENT}
"""
_WHY_NOT = """
SELECT state, stage, attempts, waiting_for, last_error, lease_until > clock_timestamp() AS leased,
    EXTRACT(EPOCH FROM not_before - clock_timestamp()) AS delay_s
FROM runs WHERE id = :run
"""


def claim(run_id: UUID, stage: Stage, *, lease_s: float, max_attempts: int, worker: str, vendor: Vendor | None = None) -> Claim | Refusal:
    """Lease the run for one stage, committed before any work: a payload that kills the process is still counted.

    A run whose ``vendor`` is known to be down is not handed out; it is due again when the circuit may close.

    Raises StoreUnavailable.
    """
    parameters = {"run": run_id, "stage": stage, "lease_s": lease_s, "max_attempts": max_attempts, "worker": worker, "vendor": vendor}
    claimed = commit(Statement(_CLAIM, parameters | {"token": uuid4()}))
    if not claimed:
        if vendor:
            commit(Statement(_PARK, parameters | {"down": f"{vendor}:down"}))
        return _refusal(commit(Statement(_WHY_NOT, {"run": run_id})), stage, max_attempts)
    [row] = claimed
    return Claim(
        run_id=row.id,
        organization_id=row.organization_id,
        conversation_id=row.conversation_id,
        transcript_id=row.transcript_id,
        turn=row.turn,
        stage=Stage(row.stage),
        purpose=Purpose(row.purpose),
        attempts=row.attempts,
        lease_token=row.lease_token,
        trace_id=row.trace_id,
        organization_version=row.organization_version,
        stage_age_s=float(row.stage_age_s),
        redoes=row.redoes,
        batch_id=row.batch_id,
    )


def _refusal(found: Rows, stage: Stage, max_attempts: int) -> Refusal:
    if not found:
        return Refusal(past=False, outcome="no such run")
    [row] = found
    if row.state in {RunState.DONE, RunState.DEAD}:
        return Refusal(past=False, outcome="already done" if row.state == RunState.DONE else f"dead: {row.last_error}")
    if is_past(stage, Stage(row.stage)):
        return Refusal(past=True, outcome="already done")
    return Refusal(past=False, outcome=_standing(row, stage, max_attempts))


def _standing(row: Any, stage: Stage, max_attempts: int) -> str:
    if row.state == RunState.WAITING:
        return f"waiting for {row.waiting_for}"
    if row.stage != stage:
        return f"too early: the run is at {row.stage}"
    if row.leased:
        return "duplicate: another worker has it"
    if row.attempts >= max_attempts:
        return "attempts used up"
    if row.delay_s > 0:
        # whoever is put off before the first try has not failed
        how = f"retry {row.attempts + 1} in" if row.attempts else "paused for"
        return f"{how} {row.delay_s:.0f} s: {row.last_error}"
    return "waiting for an earlier turn" if stage is Stage.GENERATE_REPLY else "just missed: it will be rung again"
