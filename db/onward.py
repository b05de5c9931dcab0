"""Writes what a step found and, in the same commit, begins the next one for whoever goes on with it at once: one visit instead of three."""

from collections.abc import Sequence
from dataclasses import replace

from db.one_trip import Statement, commit, commit_words
from db.plant.claims import claimed_next
from db.work import begins, load_if_ours
from domain.errors import LeaseLost
from domain.runs import Claim, Onward, Run


def settle(claim: Claim, *statements: Statement, words: Sequence[Statement], onward: Onward | None) -> Run | None:
    """Send ``statements``, which move the run on, then ``words``; the run as the next stage sees it, if that is ours now.

    It is not without ``onward``, nor if the stage may not be claimed yet: then nobody has it. Raises LeaseLost, StoreUnavailable.
    """
    if onward is None:
        commit_words(*statements, words=words)
        return None
    taken = replace(claim, stage=onward.stage, lease_token=onward.token, attempts=1, stage_age_s=0.0)
    try:
        return load_if_ours(
            taken, lambda look: commit_words(*begins(taken), *statements, claimed_next(claim.run_id, onward), words=words, then=[look])
        )
    except LeaseLost:
        # the answer to our own commit was lost, and this is the second try
        ours = load_if_ours(taken, commit)
        if ours is None:
            raise
        return ours
