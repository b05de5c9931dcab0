"""What became of something that was asked of the API, in order of precedence: the first that fits is told."""

from collections.abc import Callable

from domain.diagnosis import repairs
from domain.diagnosis.causes_of_queues import Due, why_not_taken
from domain.diagnosis.evidence import Evidence, Job
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.vendor_codes import CODES, Trouble, mend_of, name_of, vendor_of
from domain.jobs import AGE_LIMIT_S, JobState, is_of_the_request

# the database's and the worker's statements do not fall into one moment
_MARGIN_S = 5.0
# what failed lets go of its key; what is open or succeeded is what its key stands for
_AGAIN = "whoever asked sends the same request again, under the same Idempotency-Key if it had one"
ANOTHER = "ask again without its Idempotency-Key, or under another"
_OURS = ("worker_lost", "unexpected:")


def expired(it: Evidence, job: Job) -> Finding | None:
    """Its day is over: nobody is shown it any more, and nobody may take it."""
    if job.kept_s > 0:
        return None
    sentence = f"{it.it} was {job.state} when its day ended, {-job.kept_s:.0f} s ago: it is forgotten, with what was asked and answered."
    return Finding("job_expired", Weight.FINE, sentence, fix=f"If the answer is still wanted, {_AGAIN}")


def succeeded(it: Evidence, job: Job) -> Finding | None:
    """The answer is there."""
    if job.state != JobState.SUCCEEDED:
        return None
    took = f", {job.asked_s - job.finished_s:.1f} s after it was asked for" if job.finished_s is not None else ""
    sentence = f"{it.it} succeeded{took}; its result is kept for {job.kept_s / 3_600:.1f} h more."
    return Finding("job_succeeded", Weight.FINE, sentence, fix=f"Look at it: GET /v1/jobs/{job.id}")


def given_up(it: Evidence, job: Job) -> Finding | None:
    """It was put off for longer than somebody wished to wait."""
    if job.state != JobState.FAILED or not job.given_up or job.error is None:
        return None
    sentence = f"{it.it} was put off ({_why(job.error)}), and given up: whoever asked did not wish to wait for so long."
    first = _act(it, job.error)
    act = f"{first}, then" if first else "Nothing here;"
    return Finding("job_given_up", Weight.WARNING, sentence, fix=f"{act} {_AGAIN}, or with `Prefer: respond-async`")


def refused(it: Evidence, job: Job) -> Finding | None:
    """It would end so again."""
    if job.state != JobState.FAILED or job.error is None or not is_of_the_request(job.error):
        return None
    sentence = f"{it.it} cannot be done: {job.error}; the same request would end so again."
    return Finding("job_refused", Weight.WARNING, sentence, fix=f"Whoever asked sends another request; {CODES} has the code")


def failed(it: Evidence, job: Job) -> Finding | None:
    """It ended badly, and says with what code."""
    if job.state != JobState.FAILED:
        return None
    code = job.error or "no reason is noted"
    tries = f"after {job.attempts} tries of {job.max_attempts}"
    if code == _OURS[0]:
        why, act = "each worker that took it ended in the middle", "Look for its id in the workers' logs and in the host's (out of memory?)"
    elif code.startswith(_OURS):
        why, act = f"each try failed as nobody foresaw ({code})", "Look for its id in the workers' logs (`job_broke` has the frames)"
    else:
        why, act = _why(code), _act(it, code) or f"Mend what the code names ({CODES})"
    return Finding("job_failed", Weight.BROKEN, f"{it.it} failed {tries}: {why}.", fix=f"{act}, then {_AGAIN}")


def lease_stuck(it: Evidence, job: Job) -> Finding | None:
    """A lease that no claim could have given."""
    if not job.is_leased or (job.lease_left_s or 0.0) <= job.lease_s + _MARGIN_S:
        return None
    sentence = f"{it.it} is stuck: its lease holds for {job.lease_left_s:.0f} s more, and a claim gives {job.lease_s:.0f} s."
    return Finding("lease_stuck", Weight.BROKEN, sentence, fix=f"Somebody has changed its row: {ANOTHER}")


def silent_worker(it: Evidence, job: Job) -> Finding | None:
    """Whoever has it says nothing any more."""
    holder = it.house.named(job.worker)
    if not job.is_leased or job.worker is None or (holder and not holder.is_silent):
        return None
    since = f"has said nothing for {holder.seen_s:.0f} s" if holder else "is not there any more"
    sentence = f"{it.it} is held by the worker {job.worker}, which {since}; its lease holds for {job.lease_left_s:.0f} s more."
    if it.house.at(job.queue):
        fix = f"Nothing: another worker takes it then. To look again: {repairs.why(job.id)}"
    else:
        fix = f"End that process by its pid, then start a worker, which takes it then: {repairs.start_worker(job.queue)}"
    return Finding("silent_worker", Weight.BROKEN, sentence, fix=fix)


def at_work(it: Evidence, job: Job) -> Finding | None:
    """Somebody is at it now. A claim gives a whole lease, so what is left of it says since when."""
    if not job.is_leased:
        return None
    since_s = max(0.0, job.lease_s - (job.lease_left_s or 0.0))
    sentence = f"{it.it} is being worked on: {job.worker or 'a worker'} has been at it for {since_s:.0f} s."
    return Finding("at_work", Weight.FINE, sentence, fix=f"Nothing; to look again: {repairs.why(job.id)}")


def worker_died(it: Evidence, job: Job) -> Finding | None:
    """Whoever had it did not come back; somebody else takes it."""
    if job.state != JobState.RUNNING or not it.house.at(job.queue):
        return None
    if it.house.broker.trouble or it.house.database or it.house.sweepers:
        return None
    sentence = (
        f"{it.it} lost its lease: the worker that had it ended in the middle ({job.worker or 'unknown'}), try {job.attempts} of "
        f"{job.max_attempts}; another takes it within moments."
    )
    return Finding("worker_died", Weight.WARNING, sentence, fix=f"Nothing; to look again: {repairs.why(job.id)}")


def never_due(it: Evidence, job: Job) -> Finding | None:
    """Its time is one that nothing of ours sets: what would wait for longer fails at once."""
    if max(job.due_s, job.ring_s) <= AGE_LIMIT_S:
        return None
    sentence = f"{it.it} is put off for {max(job.due_s, job.ring_s):,.0f} s, longer than anything of ours puts off."
    return Finding("put_off", Weight.BROKEN, sentence, fix=f"Somebody has changed its row: {ANOTHER}")


def put_off(it: Evidence, job: Job) -> Finding | None:
    """A try failed, or its vendor wants to be left alone; the next one has its time."""
    if job.due_s <= 0:
        return None
    code = job.error or "no reason is noted"
    sentence = f"{it.it} is put off for {job.due_s:.0f} s: {_why(code)}; try {job.attempts + 1} of {job.max_attempts} comes then."
    told = mend_of(code).trouble.value if _is_a_vendors(code) else "no_transcriber" if code == "no_transcriber" else "retry_pending"
    if act := _act(it, code):
        return Finding(told, Weight.BROKEN, sentence, fix=f"{act}; to look again: {repairs.why(job.id)}")
    return Finding(told, Weight.WARNING, sentence, fix=f"Nothing; to look again: {repairs.why(job.id)}")


def not_taken(it: Evidence, job: Job) -> Finding | None:
    """It is due."""
    for_s = -job.due_s if job.lease_left_s is None else min(-job.due_s, -job.lease_left_s)
    return why_not_taken(Due(it.it, str(job.id), job.queue, for_s, -job.ring_s), it.house)


JobCause = Callable[[Evidence, Job], Finding | None]
JOB_CAUSES: tuple[JobCause, ...] = (
    expired, succeeded, refused, given_up, failed, lease_stuck, silent_worker, at_work, worker_died, never_due, put_off, not_taken,
)  # fmt: skip


def _is_a_vendors(code: str) -> bool:
    return code.startswith("spend:") or (vendor_of(code) is not None and mend_of(code).trouble is not Trouble.OTHER)


def _why(code: str) -> str:
    if not _is_a_vendors(code):
        return code
    name = name_of(vendor_of(code) or "") or "its vendor"
    return f"{name} {mend_of(code).says} ({code})"


def _act(it: Evidence, code: str) -> str:
    """What somebody has to do first, as a sentence begins; "" if nothing."""
    if code == "no_transcriber":
        return "Set DEEPGRAM_API_KEY (or WHISPER_MODEL_PATH) and restart the workers"
    act = it.house.mend(code).act if _is_a_vendors(code) else ""
    return f"{act[0].upper()}{act[1:]}" if act else ""
