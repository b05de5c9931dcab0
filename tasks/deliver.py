"""Sends what the ledger says, once, a call for help at least once (I4). The message is only the doorbell; the ledger decides."""

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
from domain.diagnosis.vendor_codes import CODES
from domain.effects import LOOK_UP_AGE_LIMIT_S
from domain.emergencies.escalation import HELP_LATE_S, SENDERS_FAULT
from domain.errors import (
    CallOverError,
    LeaseLost,
    NoAnswerError,
    OptedOutError,
    PermanentError,
    RetryableError,
    StepError,
    StoreUnavailable,
)
from domain.runs import Effect
from domain.telephony import call_flow
from domain.telephony.opt_outs import OPTED_OUT
from observability import context
from observability.alarm import tell_somebody
from observability.trace import traced
from providers import registry
from tasks import app, identity
from tasks.asking import ask
from tasks.obituary import SEE
from tasks.patience import patiently

log = structlog.get_logger()

SAFETY_MARGIN_S = 1.0
# the second failed try of a call for help is told of
TRIES_IN_SILENCE = 2


@app.task(name="reply.deliver", bind=True)
def deliver(self: Task, effect_id: str) -> str:
    """Claim one effect, send it unless an earlier attempt may have, write down the outcome; a short outcome for the ops view."""
    began = time.monotonic()
    try:
        effect = effects.claim(UUID(effect_id), lease_s=lease_s(), worker=identity.of(self.request.hostname or ""))
    except StoreUnavailable as error:
        return f"not claimed: {error}"
    if effect is None:
        return "nothing to do: finished, leased, not due, superseded or suppressed"
    with traced(effect.trace_id):
        context.about(organization=effect.organization_id, conversation=effect.conversation_id, effect=effect_id)
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
    if effect.age_s > effect.policy.age_limit_s:
        return _failed(effect, "too_late")
    return _sent(effect)


def _sent(effect: Effect) -> str:
    messenger = registry.messenger(effect)
    try:
        reference = ask(messenger, lambda it: it.send(effect), at_once=effect.policy.at_least_once)
    except PermanentError as error:
        return _refused(effect, error)
    except NoAnswerError as error:
        return _unclear(effect, error.code, lease_s())
    except RetryableError as error:
        return _again(effect, error)
    except Exception as error:  # noqa: BLE001 - whatever it was, the message may have left; its words may be a caller's, its class is not
        return _unclear(effect, f"unexpected:{type(error).__name__}", lease_s())
    patiently(partial(effects.settle, effect, EffectState.SENT, provider=messenger.name, ref=reference))
    return "sent"


def _again(effect: Effect, error: RetryableError) -> str:
    if error.counts and _used_up(effect) and not effect.policy.at_least_once:
        return _not_sent(effect, error.code)
    # somebody may be in danger: whatever pause the vendor wants, it is asked again soon
    delay_s = min(error.delay_s if error.delay_s is not None else _delay_s(effect), effect.policy.pause_s)
    _tell_if_late(effect, error.code)
    patiently(partial(effects.postpone, effect, error.code, delay_s, left_the_house=False, give_back=not error.counts))
    return f"{f'retry {effect.attempts + 1} in' if error.counts else 'paused for'} {delay_s:.0f} s: {error.code}"


def _looked_up(effect: Effect) -> str:
    """An earlier attempt has no known outcome: send again if it is proven that nothing left, or if twice is better than never."""
    messenger = registry.messenger(effect)
    try:
        sighting = ask(messenger, lambda it: it.find(effect), at_once=effect.policy.at_least_once)
    except Exception as error:  # noqa: BLE001 - as long as the vendor cannot be asked, nothing is known and nothing is sent
        if effect.age_s > LOOK_UP_AGE_LIMIT_S:
            return _unknown(effect)
        return _unclear(effect, error.code if isinstance(error, StepError) else f"unexpected:{type(error).__name__}", _delay_s(effect))
    # the same words to the same number may have left for another effect: what the ledger has for that one is not this one
    for ref in effects.nobody_elses(effect, sighting.refs):
        effects.settle(effect, EffectState.SENT, provider=messenger.name, ref=ref)
        return "sent: found at the vendor"
    return _nothing_left(effect) if sighting.conclusive and not sighting.refs else _not_found(effect)


def _not_found(effect: Effect) -> str:
    if effect.policy.at_least_once and effect.age_s <= effect.policy.age_limit_s:
        return _once_more(effect)
    return _unknown(effect) if effect.looked_up else _unclear(effect, effects.NOT_FOUND, lease_s())


def _nothing_left(effect: Effect) -> str:
    # whoever was to send it vanished each time: it is the effect that ends its senders
    if _used_up(effect):
        return _failed(effect, "worker_lost")
    effects.postpone(effect, "nothing_left_the_house", 0, left_the_house=False)
    return "to be sent: nothing had left the house"


def _once_more(effect: Effect) -> str:
    _tell_if_late(effect, effects.NOT_FOUND)
    effects.postpone(effect, effects.NOT_FOUND, 0, left_the_house=False)
    return f"to be sent once more: {effects.NOT_FOUND}"


def _unclear(effect: Effect, code: str, delay_s: float) -> str:
    delay_s = min(delay_s, effect.policy.pause_s)
    _tell_if_late(effect, code)
    effects.postpone(effect, code, delay_s, left_the_house=True)
    return f"may have been sent, looked up in {delay_s:.0f} s: {code}"


def _refused(effect: Effect, error: PermanentError) -> str:
    match error:
        case CallOverError():
            effects.settle(effect, EffectState.SUPERSEDED, code=error.code)
            return "superseded: nobody is on the line any more"
        case OptedOutError():
            return _opted_out(effect, error.code)
        case _ if effect.has_other_sender and error.code in SENDERS_FAULT:
            # the next claim takes the number that the organization named for this
            patiently(partial(effects.postpone, effect, error.code, 0, left_the_house=False))
            return f"to be sent from another number: {error.code}"
        case _:
            return _not_sent(effect, error.code)


def _opted_out(effect: Effect, code: str) -> str:
    # who wants no answer gets none, and that is all there is to it; a call for help that nobody gets is somebody's business
    if effect.kind is EffectKind.SMS:
        effects.settle(effect, EffectState.SUPPRESSED, code=OPTED_OUT, opted_out=True)
        return f"suppressed: {OPTED_OUT}"
    return _failed(effect, code, opted_out=True)


def _not_sent(effect: Effect, code: str) -> str:
    """It will not be sent by us any more; the reply to a turn of a live call is said by the call, which still asks for it."""
    if effect.answers is None:
        return _failed(effect, code)
    # until then nobody pushes it again, and from then on it gives way (db/plant/effects.py)
    patiently(partial(effects.postpone, effect, code, call_flow.REPLY_AGE_LIMIT_S, left_the_house=False))
    log.warning("push_refused", code=code, effect=str(effect.id), conversation=str(effect.conversation_id), see=CODES)
    return f"left to the call: {code}"


def _failed(effect: Effect, code: str, *, opted_out: bool = False) -> str:
    _end(effect, EffectState.FAILED, code, opted_out=opted_out)
    return f"failed: {code}"


def _unknown(effect: Effect) -> str:
    if effect.answers:
        # the call itself tells what the caller heard: there is nothing to be decided, and nothing to be said any more
        effects.settle(effect, EffectState.UNKNOWN, code="outcome_unknown")
        return "unknown: it was for a moment that is over"
    _end(effect, EffectState.UNKNOWN, "outcome_unknown")
    return "unknown: a person must decide"


def _end(effect: Effect, state: EffectState, code: str, *, opted_out: bool = False) -> None:
    effects.settle(effect, state, code=code, opted_out=opted_out)
    ids = {"effect": str(effect.id), "conversation": str(effect.conversation_id)}
    told = {**ids, "kind": effect.kind.value, "state": state.value, "age_s": round(effect.age_s)}
    # a reply into a live call is not listed: what its code names is to be mended, and that is all
    told |= {} if effect.answers else {"see": SEE}
    log.error("effect_given_up", code=code, **told)
    tell_somebody("effect_given_up", code, told, seldom=True)


def _tell_if_late(effect: Effect, code: str) -> None:
    """A call for help is tried for two days; whoever waits for it has minutes. A try that is paused counts as none, but time passes."""
    if not effect.policy.at_least_once or (effect.attempts < TRIES_IN_SILENCE and effect.age_s < HELP_LATE_S):
        return
    told = {"effect": str(effect.id), "conversation": str(effect.conversation_id), "age_s": round(effect.age_s), "see": "docs/safety.md"}
    log.error("call_for_help_not_sent", code=code, **told)
    tell_somebody("call_for_help_not_sent", code, told, seldom=True)


def _used_up(effect: Effect) -> bool:
    return effect.attempts > settings.current().worker_max_retries


def _delay_s(effect: Effect) -> float:
    return backoff.delay_s(effect.attempts, random.random())  # noqa: S311 - spreads load, guards nothing
