"""Why somebody has a run and nothing comes of it: who has it is gone, or nobody ever had it."""

from domain.chain import RunState
from domain.diagnosis import repairs
from domain.diagnosis.evidence import Evidence, Run
from domain.diagnosis.finding import Finding, Weight

# the database's and the worker's statements do not fall into one moment
_MARGIN_S = 5.0


def silent_worker(it: Evidence, run: Run) -> Finding | None:
    """A worker has it and says nothing any more."""
    if run.state != RunState.READY or not run.is_leased or _is_too_long(run):
        return None
    step, left = run.step, run.lease_left_s or 0.0
    holder = it.house.named(step.worker if step else None)
    if step is None or step.worker is None or (holder and not holder.is_silent):
        return None
    since = f"has said nothing for {holder.seen_s:.0f} s" if holder else "is not there any more"
    sentence = (
        f"{it.it} is held by the worker {step.worker}, which {since} (stopped, killed or hung); its lease holds for {left:.0f} s more."
    )
    if it.house.at(run.queue):
        return Finding("silent_worker", Weight.BROKEN, sentence, fix=f"Another worker takes it then; at once: {repairs.replay(run.id)}")
    fix = f"End that process by its pid, then start a worker, which takes it when the lease has run out: {repairs.start_worker(run.queue)}"
    return Finding("silent_worker", Weight.BROKEN, sentence, fix=fix)


def lease_stuck(it: Evidence, run: Run) -> Finding | None:
    """A lease that no claim of this stage could have given, or that belongs to nobody."""
    if run.state != RunState.READY or not run.is_leased or not (_is_too_long(run) or run.step is None or run.step.finished):
        return None
    left = run.lease_left_s or 0.0
    sentence = (
        f"{it.it} is stuck at {run.stage}: its lease holds for {left:.0f} s more, nobody works on it, and a claim of this stage gives "
        f"{run.lease_s:.0f} s at most."
    )
    return Finding("lease_stuck", Weight.BROKEN, sentence, fix=f"Take it away and work the run off again: {repairs.replay(run.id)}")


def at_work(it: Evidence, run: Run) -> Finding | None:
    """Somebody works on it now."""
    if run.state != RunState.READY or not run.is_leased or run.step is None:
        return None
    since = f" for {run.step.started_s:.0f} s" if run.step.started_s is not None else ""
    sentence = f"{it.it} is being worked on: {run.step.worker or 'a worker'} has been at {run.stage}{since}."
    return Finding("at_work", Weight.FINE, sentence)


def worker_died(it: Evidence, run: Run) -> Finding | None:
    """Whoever had it did not come back; somebody else takes it."""
    if run.state != RunState.READY or run.lease_left_s is None or run.is_leased or run.last_error:
        return None
    if not it.house.at(run.queue) or it.house.broker.trouble or it.house.database or it.house.sweepers:
        return None
    sentence = (
        f"{it.it} waits at {run.stage}: the worker that had it ended in the middle, {run.attempts} of {run.max_attempts} tries until now; "
        "another takes it within moments."
    )
    return Finding("worker_died", Weight.WARNING, sentence, fix=f"Nothing; to look again: {repairs.why(run.id)}")


LEASE_CAUSES = (lease_stuck, silent_worker, at_work, worker_died)


def _is_too_long(run: Run) -> bool:
    """Whether the lease ends later than the claim that is noted, or any claim made now, could have made it end."""
    left, step = run.lease_left_s or 0.0, run.step
    started_s = step.started_s if step and step.started_s is not None else 0.0
    return left > run.lease_s - min(started_s, run.lease_s) + _MARGIN_S
