"""Moves a run on with what a step found and, in the same commit, claims its next stage for whoever goes on with it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from db.one_trip import FENCE, Statement, commit, commit_words, fenced
from db.plant.claims import NOTE_TRY, may_begin
from db.runs import MINE, identify
from domain.chain import following
from domain.errors import LeaseLost
from domain.runs import Claim, Onward

# the chain's own next message rings first; the sweeper only if that one got lost
_NEXT_RING = "interval '3 seconds'"
_MOVED = "stage = :next, stage_since = clock_timestamp(), not_before = clock_timestamp(), last_error = NULL"
_RELEASED = f"""
UPDATE runs SET {_MOVED}, attempts = 0, lease_token = NULL, lease_until = NULL,
    next_publish_at = clock_timestamp() + {_NEXT_RING}{{revised}}
{MINE}
"""
# One change of the run's row for all of it: each change is another entry in each of its indexes. Whoever may not have the next stage yet,
# or would go on with another one than that, releases the run.
_KEPT = f"""
WITH free AS MATERIALIZED (
    SELECT CAST(:next AS text) = CAST(:wanted AS text) AND {may_begin("CAST(:next AS text)")} AS it
    FROM runs AS r WHERE r.organization_id = :org AND r.id = :run
), moved AS (
    UPDATE runs SET {_MOVED},
        attempts = CASE WHEN free.it THEN 1 ELSE 0 END,
        lease_token = CASE WHEN free.it THEN CAST(:new_token AS uuid) END,
        lease_until = CASE WHEN free.it THEN clock_timestamp() + make_interval(secs => :lease_s) END,
        next_publish_at = clock_timestamp() + CASE WHEN free.it THEN make_interval(secs => :lease_s + 0.5) ELSE {_NEXT_RING} END{{revised}}
    FROM free {MINE} RETURNING 1
) {FENCE}
"""
# the last of the transaction: the try begins when the one before has ended, and the worker's row is locked by nobody who still waits
_BEGUN = f"WITH claimed AS (SELECT * FROM runs {MINE}), {NOTE_TRY} SELECT id FROM claimed"
_OURS = f"SELECT id FROM runs {MINE}"


def advanced(claim: Claim, onward: Onward | None, revised: str = "", values: Mapping[str, object] | None = None) -> Statement:
    """Move a run to its next stage inside the transaction that writes the stage's results; LeaseLost rolls all of it back.

    ``revised`` sets (SQL) what else has changed of it, by ``values``.
    """
    known = {**identify(claim), "next": following(claim.stage), **(values or {})}
    also = f", {revised}" if revised else ""
    if onward is None:
        return fenced(_RELEASED.format(revised=also), known)
    asked = {"wanted": onward.stage, "new_token": onward.token, "lease_s": onward.lease_s, "vendor": onward.vendor}
    return Statement(_KEPT.format(revised=also), known | asked)


def settle(claim: Claim, *statements: Statement, words: Sequence[Statement], onward: Onward | None) -> Claim | None:
    """Send ``statements``, of which one has ``advanced`` the run, then ``words``; the claim of the next stage, if that is ours now.

    It is not without ``onward``, nor if the stage may not be claimed yet: then nobody has it. Raises LeaseLost, StoreUnavailable.
    """
    if onward is None:
        commit_words(*statements, words=words)
        return None
    ours = {"org": claim.organization_id, "run": claim.run_id, "token": onward.token, "worker": onward.worker}
    try:
        claimed = commit_words(*statements, Statement(_BEGUN, ours), words=words)
    except LeaseLost:
        # the answer to our own commit was lost, and this is the second try
        claimed = commit(Statement(_OURS, ours))
        if not claimed:
            raise
    return replace(claim, stage=onward.stage, lease_token=onward.token, attempts=1, stage_age_s=0.0) if claimed else None
