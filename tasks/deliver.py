"""Sends what the ledger says, each effect once (I4). The message is only the doorbell; the ledger decides."""

import random
import time
from functools import partial
from uuid import UUID

import structlog
from celery import Task

import celeryconfig
import settings
from db.plant import effects
from domain import backoff
from domain.chain import EffectKind, EffectState
from domain.effects import AGE_LIMITS_S, LOOK_UP_AGE_LIMIT_S
from domain.errors import LeaseLost, NoAnswerError, PermanentError, RetryableError, StepError, StoreUnavailable
from domain.runs import Effect
from observability.alarm import tell_somebody
from observability.trace import traced
from providers import registry
from tasks import app, identity
from tasks.asking import ask
from tasks.obituary import SEE
from tasks.patience import patiently

log = structlog.get_logger()

SAFETY_MARGIN_S = 1.0


@app.task(name="reply.deliver", bind=True)
def deliver(self: Task, effect_id: str) -> str:
    """Claim one effect, send it unless an earlier attempt may have, write down the outcome; a short outcome for the ops view."""
    began = time.monotonic()
    try:
        effect = effects.claim(UUID(effect_id), lease_s=lease_s(), worker=identity.of(self.request.hostname or ""))
    except StoreUnavailable as error:
        return f"not claimed: {error}"
    if effect is None:
        return "nothing to do: finished, leased, not due or superseded"
    with traced(effect.trace_id):
        try:
            outcome = _looked_up(effect) if effect.interrupted else _in_time(effect, began + lease_s())
        except (LeaseLost, StoreUnavailable) as error:
            outcome = f"outcome not written: {type(error).__name__}"
        log.info("effect_handled", effect=effect_id, kind=effect.kind, conversation=str(effect.conversation_id), outcome=outcome)
        return outcome


def lease_s() -> float:
    """How long a claim of an effect holds, in seconds: past the hard limit, so that its sender is surely gone when it ends."""
    return celeryconfig.task_time_limit + SAFETY_MARGIN_S


def _in_time(effect: Effect, lease_ends: float) -> str:
    # a process that was paused here for long must not send any more: somebody else may own the effect now
    if time.monotonic() > lease_ends - settings.current().worker_timeout_s - SAFETY_MARGIN_S:
        effects.postpone(effect, "paused_too_long", 0, left_the_house=False)
        return "postponed: paused too long"
    if effect.age_s > AGE_LIMITS_S[effect.kind]:
        return _failed(effect, "too_late")
    return _sent(effect)


def _sent(effect: Effect) -> str:
    messenger = registry.messenger(effect)
    try:
        reference = ask(messenger, lambda it: it.send(effect))
    except PermanentError as error:
        return _failed(effect, error.code)
    except NoAnswerError as error:
        return _unclear(effect, error.code, lease_s())
    except RetryableError as error:
        return _again(effect, error)
    except Exception as error:  # noqa: BLE001 - whatever it was, the message may have left; its words may be a caller's, its class is not
        return _unclear(effect, f"unexpected:{type(error).__name__}", lease_s())
    patiently(partial(effects.settle, effect, EffectState.SENT, provider=messenger.name, ref=reference))
    return "sent"


def _again(effect: Effect, error: RetryableError) -> str:
    # somebody may be in danger: a call for help is tried until it is too late
    if error.counts and _used_up(effect) and effect.kind is not EffectKind.ESCALATION:
        return _failed(effect, error.code)
    delay_s = error.delay_s if error.delay_s is not None else _delay_s(effect)
    patiently(partial(effects.postpone, effect, error.code, delay_s, left_the_house=False, give_back=not error.counts))
    return f"{f'retry {effect.attempts + 1} in' if error.counts else 'paused for'} {delay_s:.0f} s: {error.code}"


def _looked_up(effect: Effect) -> str:
    """An earlier attempt has no known outcome: never send again unless it is proven that nothing left."""
    messenger = registry.messenger(effect)
    try:
        sighting = ask(messenger, lambda it: it.find(effect))
    except Exception as error:  # noqa: BLE001 - as long as the vendor cannot be asked, nothing is known and nothing is sent
        if effect.age_s > LOOK_UP_AGE_LIMIT_S:
            return _unknown(effect)
        return _unclear(effect, error.code if isinstance(error, StepError) else f"unexpected:{type(error).__name__}", _delay_s(effect))
    # the same words to the same number may have left for another effect: what the ledger has for that one is not this one
    for ref in effects.nobody_elses(effect, sighting.refs):
        effects.settle(effect, EffectState.SENT, provider=messenger.name, ref=ref)
        return "sent: found at the vendor"
    if sighting.conclusive and not sighting.refs:
        return _nothing_left(effect)
    if not effect.looked_up:
        return _unclear(effect, effects.NOT_FOUND, lease_s())
    return _unknown(effect)


def _nothing_left(effect: Effect) -> str:
    # whoever was to send it vanished each time: it is the effect that ends its senders
    if _used_up(effect):
        return _failed(effect, "worker_lost")
    effects.postpone(effect, "nothing_left_the_house", 0, left_the_house=False)
    return "to be sent: nothing had left the house"


def _unclear(effect: Effect, code: str, delay_s: float) -> str:
    effects.postpone(effect, code, delay_s, left_the_house=True)
    return f"may have been sent, looked up in {delay_s:.0f} s: {code}"


def _failed(effect: Effect, code: str) -> str:
    _end(effect, EffectState.FAILED, code)
    return f"failed: {code}"


def _unknown(effect: Effect) -> str:
    _end(effect, EffectState.UNKNOWN, "outcome_unknown")
    return "unknown: a person must decide"


def _end(effect: Effect, state: EffectState, code: str) -> None:
    effects.settle(effect, state, code=code)
    ids = {"effect": str(effect.id), "conversation": str(effect.conversation_id)}
    told = {**ids, "kind": effect.kind.value, "state": state.value, "age_s": round(effect.age_s), "see": SEE}
    log.error("effect_given_up", code=code, **told)
    tell_somebody("effect_given_up", code, told, seldom=True)


def _used_up(effect: Effect) -> bool:
    return effect.attempts > settings.current().worker_max_retries


def _delay_s(effect: Effect) -> float:
    return backoff.delay_s(effect.attempts, random.random())  # noqa: S311 - spreads load, guards nothing
