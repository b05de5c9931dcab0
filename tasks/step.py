"""The step decorator: owns claim, lease, fencing, timing, logs and errors, so that a step's body is one idea."""

import random
from collections.abc import Callable
from functools import partial, wraps
from typing import NamedTuple
from uuid import UUID

import structlog
from celery import Task

import celeryconfig
import settings
from db import runs
from db.plant import claims
from db.results import publish, record_assessment, record_reply, record_transcription
from db.work import load
from domain import backoff
from domain.chain import TASK_NAMES, RunState, Stage
from domain.errors import LeaseLost, PermanentError, RetryableError, StepFailed, StoreUnavailable
from domain.runs import Assessment, Claim, Onward, Publication, Refusal, Run, Transcription, Wait
from domain.speech import Reply
from domain.vendors import Vendor
from observability import context
from observability.alarm import tell_somebody
from observability.trace import traced
from tasks import alarm, app, identity
from tasks.course import Course
from tasks.dispatch import announce_done, announce_effects
from tasks.obituary import tell_of_death
from tasks.patience import patiently

log = structlog.get_logger()

Answer = Transcription | Assessment | Reply | Publication | Wait
Body = Callable[[Run], Answer]

# a lease outlives the hard limit of the task that holds it; nothing renews it (I2)
LEASE_MARGIN_S = 5.0

# an infrastructure error is not the run's fault: it is tried again soon and does not count, but not for ever
INFRASTRUCTURE_PAUSE_S = 2.0
INFRASTRUCTURE_AGE_LIMIT_S = 3_600.0
# longer than a day's limit, so that whoever waits for the next day gets it
PAUSED_AGE_LIMIT_S = 48 * 3_600.0

LOST = "lease lost: another worker has it"

Asked = Callable[[], Vendor | None]
GoesOn = Callable[[], Onward | None]


def nobody() -> None:
    """Whom a step asks that needs no vendor, and who goes on with a run whose next step comes by message."""


class _Step(NamedTuple):
    body: Body
    asks: Asked
    waits_for: Asked


class Outcome(NamedTuple):
    """What became of a step, without personal data; whether the chain ``goes_on``; the claim of the next step, if it is ours already."""

    said: str
    goes_on: bool = False
    begun: Claim | None = None


_steps: dict[Stage, _Step] = {}


def step(stage: Stage, *, asks: Asked = nobody, waits_for: Asked = nobody) -> Callable[[Body], Task]:
    """Make a function that answers for one stage a Celery task under the stage's name; its only argument is the run id.

    ``asks`` names the vendor that the stage asks as things are configured; ``waits_for`` the one without which it cannot be done: while its
    circuit is open no run is claimed for it.
    """

    def register(body: Body) -> Task:
        _steps[stage] = _Step(body, asks, waits_for)

        @wraps(body)
        def task(self: Task, run_id: str) -> str:
            try:
                return _taken_on(stage, UUID(run_id), Course(self.request), identity.of(self.request.hostname or ""))
            finally:
                alarm.forget()

        # a run that dies is no error of the worker's
        return app.task(name=TASK_NAMES[stage], bind=True, throws=(StepFailed,))(task)

    return register


def _taken_on(stage: Stage, run_id: UUID, course: Course, worker: str) -> str:
    """Do the step of a message, and at once what may be done here of the rest; what the ops view shows for the first."""
    body, _, waits_for = _steps[stage]
    goes_on = partial(_onward, course, worker)
    first = last = attempt(stage, body, run_id, worker=worker, vendor=waits_for(), goes_on=goes_on)
    while last.begun is not None:
        claim, last = last.begun, Outcome("dead")
        with course.taken() as said:
            last = _worked_off(claim, _steps[claim.stage].body, goes_on)
            said.append(last.said)
    announce_done(course.told)
    if not last.goes_on:
        course.stop()
    return first.said


def _onward(course: Course, worker: str) -> Onward | None:
    stage = course.next_stage
    if stage is None or not course.is_next_here(asks_outside=_steps[stage].asks() is not None):
        return None
    return Onward(stage, lease_s(stage), worker, vendor=_steps[stage].waits_for())


def attempt(stage: Stage, body: Body, run_id: UUID, *, worker: str, vendor: Vendor | None = None, goes_on: GoesOn = nobody) -> Outcome:
    """Claim, work, settle; if whoever does that ``goes_on``, begin the next stage in the same commit. Raises StepFailed for a dead run."""
    try:
        claim = claims.claim(run_id, stage, lease_s=lease_s(stage), max_attempts=max_attempts(), worker=worker, vendor=vendor)
    except StoreUnavailable as error:
        return Outcome(f"not claimed: {error}")
    if isinstance(claim, Refusal):
        return Outcome(claim.outcome, claim.past)
    return _worked_off(claim, body, goes_on)


def awaited(stage: Stage) -> Vendor | None:
    """The vendor without which a stage cannot be done, if its step has been imported."""
    return _steps[stage].waits_for() if stage in _steps else None


def lease_s(stage: Stage) -> float:
    """How long a claim of a stage holds, in seconds: past the hard limit of its task."""
    return LEASE_MARGIN_S + (celeryconfig.TRANSCRIBE_TIME_LIMIT if stage is Stage.TRANSCRIBE else celeryconfig.task_time_limit)


def max_attempts() -> int:
    """How often one stage of one run is tried."""
    return settings.current().worker_max_retries + 1


def _worked_off(claim: Claim, body: Body, goes_on: GoesOn) -> Outcome:
    with traced(claim.trace_id):
        run, conversation = str(claim.run_id), str(claim.conversation_id)
        context.about(organization=claim.organization_id, conversation=claim.conversation_id, run=claim.run_id, stage=claim.stage)
        done = _worked(claim, body, goes_on)
        log.info("step_finished", stage=claim.stage, run=run, conversation=conversation, outcome=done.said)
    return done


def _worked(claim: Claim, body: Body, goes_on: GoesOn) -> Outcome:
    try:
        run = load(claim)
        context.about(subject=run.source_ref)
        answer = body(run)
        return patiently(partial(_settle, claim, answer, goes_on()))
    except StepFailed:
        raise
    except LeaseLost:
        return Outcome(LOST)
    except PermanentError as error:
        return _end(claim, error.code)
    except RetryableError as error:
        return _again(claim, error.code, error.delay_s) if error.counts else _paused(claim, error)
    except (OSError, StoreUnavailable) as error:
        return _blamed_on_the_house(claim, f"infrastructure:{type(error).__name__}")
    except Exception as error:  # a bug in a step is retried and then buried like any other failure, by its class name only
        log.exception("step_broke", **_about(claim))
        tell_somebody("step_broke", type(error).__name__, _about(claim), seldom=True, error=error)
        return _again(claim, f"unexpected:{type(error).__name__}", None)


def _settle(claim: Claim, answer: Answer, onward: Onward | None) -> Outcome:
    begun = None
    match answer:
        case Wait():
            return Outcome(_waited(claim, answer))
        case Transcription():
            begun = record_transcription(claim, answer, onward)
        case Assessment():
            begun = record_assessment(claim, answer, onward)
        case Reply():
            begun = record_reply(claim, answer, onward)
        case Publication():
            announce_effects(publish(claim, answer))
    return Outcome("done", goes_on=True, begun=begun)


def _waited(claim: Claim, answer: Wait) -> str:
    state = runs.wait(claim, answer)
    if state is RunState.DEAD:
        _lament(claim, runs.NO_WORDS)
        raise StepFailed(runs.NO_WORDS)
    return "ready again: the payload has come" if state is RunState.READY else f"waiting for {answer.reason}"


def _again(claim: Claim, code: str, wished_s: float | None) -> Outcome:
    if claim.attempts >= max_attempts():
        return _end(claim, code)
    delay_s = wished_s if wished_s is not None else backoff.delay_s(claim.attempts, random.random())  # noqa: S311 - spreads load, guards nothing
    return _unless_lost(
        lambda: runs.postpone(claim, code, delay_s=delay_s, give_back=False), f"retry {claim.attempts + 1} in {delay_s:.0f} s: {code}"
    )


def _paused(claim: Claim, error: RetryableError) -> Outcome:
    """Nobody failed: the vendor is down, busy or wants to be left alone, or the day's limit is reached. It does not use up an attempt.

    But not for ever: after two days it counts, and somebody is told.
    """
    # a batch may take days, and whoever started it looks after it
    if claim.stage_age_s > PAUSED_AGE_LIMIT_S and claim.batch_id is None:
        told = _about(claim)
        log.error("paused_for_long", code=error.code, **told)
        tell_somebody("paused_for_long", error.code, told, seldom=True)
        return _again(claim, error.code, error.delay_s)
    delay_s = error.delay_s if error.delay_s is not None else backoff.delay_s(claim.attempts, random.random())  # noqa: S311 - spreads load
    return _unless_lost(
        lambda: runs.postpone(claim, error.code, delay_s=delay_s, give_back=True), f"paused for {delay_s:.0f} s: {error.code}"
    )


def _blamed_on_the_house(claim: Claim, code: str) -> Outcome:
    """Any OSError: no route, no file handle, no space have no class of their own. After an hour it is no outage but a failure."""
    if claim.stage_age_s > INFRASTRUCTURE_AGE_LIMIT_S:
        told = _about(claim)
        log.error("infrastructure_failing_for_long", code=code, **told)
        tell_somebody("infrastructure_failing_for_long", code, told, seldom=True)
        return _again(claim, code, None)
    return _unless_lost(lambda: runs.postpone(claim, code, delay_s=INFRASTRUCTURE_PAUSE_S, give_back=True), f"paused: {code}")


def _end(claim: Claim, code: str) -> Outcome:
    unsettled = _unless_lost(lambda: runs.bury(claim, code), "").said
    if unsettled:
        return Outcome(unsettled)
    _lament(claim, code)
    raise StepFailed(code) from None


def _about(claim: Claim) -> dict[str, object]:
    return {"stage": claim.stage.value, "run": str(claim.run_id), "age_s": round(claim.stage_age_s)}


def _lament(claim: Claim, code: str) -> None:
    tell_of_death(claim.run_id, code, stage=claim.stage, conversation=str(claim.conversation_id))


def _unless_lost(settle: Callable[[], None], outcome: str) -> Outcome:
    try:
        patiently(settle)
    except LeaseLost:
        return Outcome(LOST)
    except StoreUnavailable as error:
        return Outcome(f"not settled, the lease runs out: {error}")
    return Outcome(outcome)
