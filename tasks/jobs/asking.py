"""How a job asks an engine: as the chain does, within the same limits, with the same stand-ins; what it took is written down at once."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog

import settings
from db.plant import jobs
from domain.errors import RetryableError, UnusableAnswerError
from domain.jobs import Job
from domain.prices import price_usd
from domain.speech import Engine, Reply, Understanding
from tasks.asking import Asked, ask
from tasks.day_limit import OVER_LIMIT, stay_within_the_day
from tasks.patience import patiently
from tasks.standing_in import PATIENCE_S, marked
from tasks.step import max_attempts

log = structlog.get_logger()

Answer = TypeVar("Answer", Understanding, Reply)


def ask_or_stand_in(job: Job, port: Asked, stand_in: Asked, call: Callable[[Asked], Answer], *, when_down: str) -> Answer:
    """What ``port`` answers or, if it cannot, what ``stand_in`` does, marked with the reason; with ``when_down`` "wait" an outage raises.

    Raises RetryableError, LeaseLost, StoreUnavailable.
    """
    if port.vendor is None:
        return ask(port, call)
    try:
        stay_within_the_day(job.organization_id)
        answer = ask(port, call)
    except UnusableAnswerError as error:
        if error.usage:
            note_paid(job, Engine(port.vendor, error.model, error.usage))
        return _stood_in(job, stand_in, call, error.code)
    except RetryableError as error:
        if when_down == "wait" or not _is_over(job, error):
            raise
        return _stood_in(job, stand_in, call, error.code)
    note_paid(job, answer.engine)
    return answer


def note_paid(job: Job, by: Engine) -> None:
    """Write down what an answer took. Raises LeaseLost, StoreUnavailable."""
    if by.usage:
        price = price_usd(settings.current().spend.prices, by.provider, by.model, by.usage)
        patiently(partial(jobs.note_paid, job, by, price))


def _is_over(job: Job, error: RetryableError) -> bool:
    if error.code == OVER_LIMIT:
        return True
    return job.attempts >= max_attempts() if error.counts else (error.delay_s or 0.0) > PATIENCE_S


def _stood_in(job: Job, stand_in: Asked, call: Callable[[Asked], Answer], code: str) -> Answer:
    log.warning("offline_engine_stood_in", job=str(job.id), kind=job.kind, code=code)
    return marked(ask(stand_in, call), code)
