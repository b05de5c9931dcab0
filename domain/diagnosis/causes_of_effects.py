"""Why something that was to leave the house has not, or what became of it, in order of precedence: the first that fits is told."""

from collections.abc import Callable

from domain.chain import EffectKind, EffectState
from domain.diagnosis import repairs
from domain.diagnosis.causes_of_queues import Due, why_not_taken
from domain.diagnosis.causes_of_runs import LONGEST_PAUSE_S, vendor_finding
from domain.diagnosis.evidence import Effect, Evidence
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.vendor_codes import CODES, Trouble, name_of, vendor_of
from domain.lanes import Lane, lane_of
from domain.vendors import OPENS_AFTER

# where a message waits for its lane, as celeryconfig has it
DELIVER_QUEUES = {Lane.URGENT: "deliver_now", Lane.NORMAL: "deliver"}
_MARGIN_S = 5.0

_NAMES = {
    EffectKind.SMS: "The reply by SMS",
    EffectKind.ESCALATION: "The call for help",
    EffectKind.CALL_UPDATE: "The reply into the live call",
}
# what has gone wrong when a network says so
_UNDELIVERED = {"undelivered", "failed"}
_OPEN = {EffectState.PENDING, EffectState.SENDING}


def settled(_: Evidence, effect: Effect) -> Finding | None:
    """It went wrong, and a person decided about it."""
    if effect.state not in {EffectState.FAILED, EffectState.UNKNOWN} or effect.settled_by is None:
        return None
    sentence = f"{named(effect)} is {effect.state} ({effect.last_error}), and {effect.settled_by} decided to leave it so."
    return Finding("effect_settled", Weight.FINE, sentence)


def failed(it: Evidence, effect: Effect) -> Finding | None:
    """It was not sent, and will not be."""
    if effect.state != EffectState.FAILED:
        return None
    code = effect.last_error or "no reason is noted"
    mend = it.house.mend(code)
    known = vendor_of(code) is not None and mend.trouble is not Trouble.OTHER
    why = f"{name_of(vendor_of(code) or '')} {mend.says} ({code})" if known else code
    act = mend.act or f"mend what the code names ({CODES})"
    command = f"celery -A tasks settle {effect.id} --failed" if effect.came_to_nothing else f"celery -A tasks resend {effect.id}"
    fix = f"{act[0].upper()}{act[1:]}, then: {command}"
    return Finding("effect_failed", Weight.BROKEN, f"{named(effect)} was not sent: {why}.", fix=fix)


def unknown(_: Evidence, effect: Effect) -> Finding | None:
    """It may have left."""
    if effect.state != EffectState.UNKNOWN:
        return None
    sentence = f"{named(effect)} may have been sent: its sender got no answer, and it is not to be found at the vendor."
    fix = f"Look for it in Twilio's console. If it is there: settle {effect.id} --sent SID; if not: celery -A tasks resend {effect.id}"
    return Finding("effect_unknown", Weight.BROKEN, sentence, fix=fix)


def undelivered(_: Evidence, effect: Effect) -> Finding | None:
    """It left, and did not arrive."""
    if effect.state != EffectState.SENT or effect.delivery not in _UNDELIVERED:
        return None
    code = f", code {effect.delivery_code}" if effect.delivery_code else ""
    sentence = f"{named(effect)} was sent and did not arrive: the network says {effect.delivery}{code}."
    again = effect.kind == EffectKind.ESCALATION
    fix = f"celery -A tasks resend {effect.id}" if again else "Nothing that a command could do: the telephone did not take it"
    return Finding("effect_undelivered", Weight.BROKEN if again else Weight.WARNING, sentence, fix=fix)


def lease_stuck(_: Evidence, effect: Effect) -> Finding | None:
    """A lease that no claim could have given."""
    if not effect.is_leased or (effect.lease_left_s or 0.0) <= effect.lease_s + _MARGIN_S:
        return None
    sentence = f"{named(effect)} is stuck: its lease holds for {effect.lease_left_s:.0f} s more, and a claim gives {effect.lease_s:.0f} s."
    return Finding("lease_stuck", Weight.BROKEN, sentence, fix=f"Shorten it to what is safe: {repairs.replay(effect.id)}")


def silent_worker(it: Evidence, effect: Effect) -> Finding | None:
    """Whoever sends it says nothing any more."""
    holder = it.house.named(effect.worker)
    if not effect.is_leased or effect.worker is None or (holder and not holder.is_silent):
        return None
    since = f"has said nothing for {holder.seen_s:.0f} s" if holder else "is not there any more"
    sentence = (
        f"{named(effect)} is held by the worker {effect.worker}, which {since}; its lease holds for {effect.lease_left_s:.0f} s more, then "
        "it is looked up at the vendor, never sent twice."
    )
    if it.house.at(_queue(effect)):
        return Finding(
            "silent_worker", Weight.BROKEN, sentence, fix=f"Nothing: another worker takes it then. To look again: {repairs.why(effect.id)}"
        )
    fix = f"End that process by its pid, then start a worker: {repairs.start_worker(_queue(effect))}"
    return Finding("silent_worker", Weight.BROKEN, sentence, fix=fix)


def being_sent(_: Evidence, effect: Effect) -> Finding | None:
    """Somebody sends it now."""
    if not effect.is_leased:
        return None
    return Finding("at_work", Weight.FINE, f"{named(effect)} is being sent by {effect.worker or 'a worker'}.")


def vendor_says_no(it: Evidence, effect: Effect) -> Finding | None:
    """Twilio wants to be left alone, or is left alone."""
    if effect.state not in _OPEN or effect.due_s <= 0 or vendor_of(effect.last_error) is None:
        return None
    code = effect.last_error or ""
    mend, health = it.house.mend(code), it.house.vendor(vendor_of(code))
    command = f"{repairs.SETUP} && {repairs.replay(effect.id)}"
    if health and health.failures >= OPENS_AFTER:
        name = name_of(health.vendor)
        sentence = f"{named(effect)} waits: {name} failed {health.failures} times in a row ({health.code}) and its circuit is open."
        return Finding(
            Trouble.DOWN.value, Weight.BROKEN, sentence, fix=f"It goes on by itself. When {name} is well again, at once: {command}"
        )
    if mend.trouble is Trouble.OTHER:
        return None
    return vendor_finding(named(effect), "being sent", code, mend, effect.due_s, command)


def never_due(_: Evidence, effect: Effect) -> Finding | None:
    """Its time is one that nothing of ours sets."""
    if effect.state not in _OPEN or max(effect.due_s, effect.ring_s) <= LONGEST_PAUSE_S:
        return None
    sentence = f"{named(effect)} is put off for {max(effect.due_s, effect.ring_s) / 3_600:,.0f} h, longer than anything of ours puts off."
    return Finding("put_off", Weight.BROKEN, sentence, fix=f"Make it due: {repairs.replay(effect.id)}")


def retry_pending(_: Evidence, effect: Effect) -> Finding | None:
    """A try failed, or has to be looked up; the next one has its time."""
    if effect.state not in _OPEN or effect.due_s <= 0:
        return None
    what = "it is looked up at the vendor" if effect.state == EffectState.SENDING else "it is tried again"
    sentence = f"{named(effect)} waits{f' ({effect.last_error})' if effect.last_error else ''}: {what} in {effect.due_s:.0f} s."
    return Finding("retry_pending", Weight.WARNING, sentence, fix=f"Nothing; to look again: {repairs.why(effect.id)}")


def not_taken(it: Evidence, effect: Effect) -> Finding | None:
    """It is due."""
    if effect.state not in _OPEN:
        return None
    return why_not_taken(Due(named(effect), str(effect.id), _queue(effect), -effect.due_s, -effect.ring_s), it.house)


def withheld(_: Evidence, effect: Effect) -> Finding | None:
    """It is not sent, on purpose."""
    if effect.state not in {EffectState.SUPPRESSED, EffectState.SUPERSEDED}:
        return None
    sentence = f"{named(effect)} is {effect.state}, on purpose: {effect.last_error or 'a later turn was answered'}."
    return Finding(f"reply_{effect.state}", Weight.FINE, sentence)


EffectCause = Callable[[Evidence, Effect], Finding | None]
EFFECT_CAUSES: tuple[EffectCause, ...] = (
    settled, failed, unknown, undelivered, lease_stuck, silent_worker, being_sent, vendor_says_no, never_due, retry_pending, not_taken,
    withheld,
)  # fmt: skip


def named(effect: Effect) -> str:
    """What it is, as a sentence begins."""
    return _NAMES[EffectKind(effect.kind)]


def _queue(effect: Effect) -> str:
    return DELIVER_QUEUES[lane_of(EffectKind(effect.kind))]
