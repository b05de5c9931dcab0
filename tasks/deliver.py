"""Sends what the ledger says, each effect once (I4). The message is only the doorbell; the ledger decides."""

import random
import time
from uuid import UUID

import structlog

import celeryconfig
import settings
from db.plant import effects
from domain import backoff
from domain.chain import EffectState
from domain.errors import LeaseLost, PermanentError, RetryableError, StoreUnavailable
from domain.runs import Effect
from observability.trace import traced
from providers import registry
from tasks import app

log = structlog.get_logger()

SAFETY_MARGIN_S = 1.0


@app.task(name="reply.deliver")
def deliver(effect_id: str) -> str:
    """Claim one effect, send it unless an earlier attempt may have, write down the outcome; a short outcome for the ops view."""
    began = time.monotonic()
    lease_s = celeryconfig.task_time_limit + SAFETY_MARGIN_S
    try:
        effect = effects.claim(UUID(effect_id), lease_s=lease_s)
    except StoreUnavailable as error:
        return f"not claimed: {error}"
    if effect is None:
        return "nothing to do: finished, leased, not due or superseded"
    with traced(effect.trace_id):
        try:
            outcome = _looked_up(effect) if effect.interrupted else _sent(effect, began + lease_s)
        except (LeaseLost, StoreUnavailable) as error:
            outcome = f"outcome not written: {type(error).__name__}"
        log.info("effect_handled", effect=effect_id, kind=effect.kind, conversation=str(effect.conversation_id), outcome=outcome)
        return outcome


def _sent(effect: Effect, lease_ends: float) -> str:
    # a process that was paused here for long must not send any more: somebody else may own the effect now
    if time.monotonic() > lease_ends - settings.current().worker_timeout_s - SAFETY_MARGIN_S:
        effects.postpone(effect, "paused_too_long", 0, left_the_house=False)
        return "postponed: paused too long"
    try:
        reference = registry.messenger().send(effect)
    except PermanentError as error:
        effects.settle(effect, EffectState.FAILED, code=error.code)
        return f"failed: {error.code}"
    except RetryableError as error:
        return _again(effect, error)
    effects.settle(effect, EffectState.SENT, provider=registry.messenger().name, ref=reference)
    return "sent"


def _again(effect: Effect, error: RetryableError) -> str:
    if effect.attempts > settings.current().worker_max_retries:
        effects.settle(effect, EffectState.FAILED, code=error.code)
        return f"failed: {error.code}"
    delay_s = error.delay_s if error.delay_s is not None else backoff.delay_s(effect.attempts, random.random())  # noqa: S311 - spreads load
    effects.postpone(effect, error.code, delay_s, left_the_house=False)
    return f"retry {effect.attempts + 1} in {delay_s:.0f} s: {error.code}"


def _looked_up(effect: Effect) -> str:
    """An earlier sender vanished between ``sending`` and the outcome: never send again unless it is proven that nothing left."""
    sighting = registry.messenger().find(effect)
    if sighting.provider_ref is not None:
        effects.settle(effect, EffectState.SENT, provider=registry.messenger().name, ref=sighting.provider_ref)
        return "sent: found at the vendor"
    if sighting.conclusive:
        effects.postpone(effect, "nothing_left_the_house", 0, left_the_house=False)
        return "to be sent: nothing had left the house"
    effects.settle(effect, EffectState.UNKNOWN, code="outcome_unknown")
    return "unknown: a person must decide"
