"""Lets the offline engine stand in for a language model that is down, over its limit, or answered nothing that can be used."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

import structlog

from db import runs
from db.kept_answers import KeptAnswers
from domain.batches import SHARE
from domain.chain import Purpose
from domain.errors import RetryableError, UnusableAnswerError
from domain.ports import Basis
from domain.runs import Claim, Run
from domain.speech import Engine, Reply, Understanding
from domain.telephony import call_flow
from domain.vendors import Vendor
from providers import registry
from tasks.asking import Asked, ask
from tasks.day_limit import OVER_LIMIT, stay_within_the_day
from tasks.patience import patiently
from tasks.step import max_attempts

log = structlog.get_logger()

# said here because providers may not reach for the database
registry.keep_answers_in(KeptAnswers())

Answer = TypeVar("Answer", Understanding, Reply)

# a pause that is over soon is waited for, so that a single hiccup degrades nobody
PATIENCE_S = 6.0


@dataclass(frozen=True, slots=True)
class Question(Generic[Asked, Answer]):
    """What is asked of a port: the call, what its answer depends on, and where an answer to the very same question may stand already."""

    call: Callable[[Asked], Answer]
    basis: Callable[[Asked], Basis]
    known: Callable[[Claim, bytes], Answer | None]


def ask_or_stand_in(
    run: Run, port: Asked, stand_in: Asked, question: Question[Asked, Answer], *, when_down: str, urgent: bool = False
) -> Answer:
    """What ``port`` answers or, if it cannot, what ``stand_in`` does, marked with the reason; a batch asks nothing twice.

    Every answer says what it came of, so that it is found again. Raises RetryableError.
    """
    key = _key(question, port)
    if key and run.variant and run.variant.reuses(run.claim.stage):
        found = question.known(run.claim, key)
        if found is not None:
            return found
    answer = _answer(run, port, stand_in, question.call, when_down=when_down, urgent=urgent)
    return answer if answer.engine.stands_in_for else replace(answer, engine=replace(answer.engine, input_hash=key))


def _key(question: Question[Asked, Answer], port: Asked) -> bytes | None:
    try:
        return question.basis(port).key
    except UnusableAnswerError:
        # nobody can be asked so, and whoever tries is told
        return None


def _answer(run: Run, port: Asked, stand_in: Asked, call: Callable[[Asked], Answer], *, when_down: str, urgent: bool) -> Answer:
    """What ``port`` answers or, if it cannot, what ``stand_in`` does.

    With ``when_down`` "wait" only an answer that cannot be used is replaced: an outage is waited for. A reprocess run always waits: what it
    is compared with must be the model's. Whoever is in danger (``urgent``) never waits. Nor does a caller who is on the line: the model has
    a few seconds, and what it could not say is not asked again, because nobody would hear it. Raises RetryableError.
    """
    if port.vendor is None:
        return ask(port, call)
    claim = run.claim
    try:
        share = SHARE if claim.purpose is Purpose.REPROCESS else 1.0
        stay_within_the_day(claim.organization_id, share)
        return ask(port, call, call_flow.MODEL_LIMIT_S if run.is_waited_for else math.inf, share=share)
    except UnusableAnswerError as error:
        # asking again would be refused again: nothing to wait for, nothing to redo
        if error.usage:
            patiently(partial(runs.note_wasted, claim, Engine(port.vendor, error.model, error.usage)))
        return _stood_in(claim, stand_in, call, error.code, None)
    except RetryableError as error:
        if run.is_waited_for:
            return _stood_in(claim, stand_in, call, error.code, None)
        if not urgent and (when_down == "wait" or claim.purpose is Purpose.REPROCESS or not _is_over(claim, error)):
            raise
        return _stood_in(claim, stand_in, call, error.code, None if error.code == OVER_LIMIT else port.vendor)


def _is_over(claim: Claim, error: RetryableError) -> bool:
    """Whether waiting is over: the vendor is down for long, or this was the last attempt.

    Who does a degraded run again has a stand-in's answer already, and only this one chance: it waits for the vendor.
    """
    if error.counts:
        return claim.attempts >= max_attempts()
    return (error.delay_s or 0.0) > PATIENCE_S and not claim.redoes


def _stood_in(claim: Claim, stand_in: Asked, call: Callable[[Asked], Answer], code: str, redo_with: Vendor | None) -> Answer:
    log.warning("offline_engine_stood_in", stage=claim.stage, run=str(claim.run_id), code=code)
    return marked(ask(stand_in, call), code, redo_with)


def marked(answer: Answer, code: str, redo_with: Vendor | None = None) -> Answer:
    """The same answer with the code of why somebody else should have given it, and the vendor that shall do it again, if one shall."""
    return replace(answer, engine=replace(answer.engine, stands_in_for=code, redo_with=redo_with))
