"""Writes what a step found and, in the same commit, claims the next stage for whoever goes on with it at once."""

from collections.abc import Sequence
from dataclasses import replace

from db.one_trip import Statement, commit, commit_words
from db.plant.claims import claimed_next
from domain.errors import LeaseLost
from domain.runs import Claim, Onward

_OURS = "SELECT id FROM runs WHERE organization_id = :org AND id = :run AND lease_token = :token"


def settle(claim: Claim, *statements: Statement, words: Sequence[Statement], onward: Onward | None) -> Claim | None:
    """Send ``statements``, which move the run on, then ``words``; the claim of the next stage, if that is ours now.

    It is not without ``onward``, nor if the stage may not be claimed yet: then nobody has it. Raises LeaseLost, StoreUnavailable.
    """
    if onward is None:
        commit_words(*statements, words=words)
        return None
    try:
        claimed = commit_words(*statements, claimed_next(claim.run_id, onward), words=words)
    except LeaseLost:
        # the answer to our own commit was lost, and this is the second try
        claimed = commit(Statement(_OURS, {"org": claim.organization_id, "run": claim.run_id, "token": onward.token}))
        if not claimed:
            raise
    return replace(claim, stage=onward.stage, lease_token=onward.token, attempts=1, stage_age_s=0.0) if claimed else None
