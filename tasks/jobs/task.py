"""Takes a job, has it done and writes down what came of it. The message is only the doorbell; the row decides (I2, I3)."""

import random
from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID

import structlog
from celery import Task

from db.plant import jobs
from domain import backoff
from domain.errors import LeaseLost, PermanentError, RetryableError, StoreUnavailable
from domain.jobs import AGE_LIMIT_S, Job, JobKind
from observability import context
from observability.alarm import tell_somebody
from observability.trace import traced
from tasks import app, identity
from tasks.jobs.classifying import classify_intent
from tasks.jobs.hearing import transcribe
from tasks.jobs.lease import lease_s
from tasks.jobs.replying import generate_reply
from tasks.jobs.reprocess import reprocess
from tasks.jobs.turn import turn
from tasks.patience import patiently
from tasks.step import INFRASTRUCTURE_PAUSE_S, max_attempts

log = structlog.get_logger()

Result = Mapping[str, object]

DOES: Mapping[JobKind, Callable[[Job], Result]] = {
    JobKind.CLASSIFY_INTENT: classify_intent,
    JobKind.GENERATE_REPLY: generate_reply,
    JobKind.TURN: turn,
    JobKind.TRANSCRIBE: transcribe,
    JobKind.REPROCESS: reprocess,
}


@app.task(name=jobs.TASK, bind=True)
def run(self: Task, job_id: str) -> str:
    """Claim one job, do it, write down what came of it; a short outcome for the ops view, without a word of anybody's."""
    worker = identity.of(self.request.hostname or "")
    try:
        job = jobs.claim(UUID(job_id), lease_s=lease_s(), max_attempts=max_attempts(), worker=worker)
    except StoreUnavailable as error:
        return f"not claimed: {error}"
    if job is None:
        return "nothing to do: finished, leased, not due, or gone"
    with traced(job.trace_id):
        context.about(organization=job.organization_id, job=job_id)
        try:
            outcome = _worked(job)
        except (LeaseLost, StoreUnavailable) as error:
            outcome = f"outcome not written: {type(error).__name__}"
        log.info("job_handled", job=job_id, kind=job.kind, outcome=outcome)
        return outcome


def _worked(job: Job) -> str:
    try:
        result = DOES[job.kind](job)
    except LeaseLost:
        raise
    except PermanentError as error:
        return _failed(job, error.code)
    except RetryableError as error:
        return _again(job, error)
    except (OSError, StoreUnavailable) as error:
        return _again(job, RetryableError(f"infrastructure:{type(error).__name__}", INFRASTRUCTURE_PAUSE_S, counts=False))
    except Exception as error:  # a bug in a job is tried again and then given up like any other failure, by its class name only
        log.exception("job_broke", job=str(job.id), kind=job.kind)
        tell_somebody("job_broke", type(error).__name__, {"job": str(job.id), "kind": job.kind.value}, seldom=True, error=error)
        return _again(job, RetryableError(f"unexpected:{type(error).__name__}"))
    patiently(partial(jobs.succeed, job, result))
    return "done"


def _again(job: Job, error: RetryableError) -> str:
    """Not for ever: whoever asked has long given up."""
    delay_s = error.delay_s if error.delay_s is not None else backoff.delay_s(job.attempts, random.random())  # noqa: S311 - spreads load
    if (error.counts and job.attempts >= max_attempts()) or job.age_s + delay_s > AGE_LIMIT_S:
        return _failed(job, error.code)
    patiently(partial(jobs.postpone, job, error.code, delay_s, give_back=not error.counts))
    return f"{f'retry {job.attempts + 1} in' if error.counts else 'paused for'} {delay_s:.0f} s: {error.code}"


def _failed(job: Job, code: str) -> str:
    patiently(partial(jobs.fail, job, code))
    log.warning("job_failed", job=str(job.id), kind=job.kind, code=code)
    return f"failed: {code}"
