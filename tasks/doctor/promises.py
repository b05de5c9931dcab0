"""The room of promises: what is broken, what nobody checks, what waits for a person, and whom nobody asks."""

from collections.abc import Iterator

from db.plant import checkup, figures
from db.plant.figures import UNDELIVERED, Figures
from domain.chain import EffectState
from domain.counting import counted, times
from domain.diagnosis import repairs
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.vendor_codes import CODES, Trouble, mend_of, name_of
from domain.lanes import Lane
from tasks.dispatch import DELIVER_QUEUES
from tasks.doctor import workers

# a check a minute, and the workers' own if beat is gone
CHECKED_WITHIN_S = 300.0
# a call for help travels in no other
_QUEUE = DELIVER_QUEUES[Lane.URGENT]


def look() -> list[Finding]:
    """What stands still, is dead or unchecked. Raises StoreUnavailable."""
    read = figures.read()
    return [*_help(), *_paused(), *_broken(read), *_parked(read)]


def _help() -> Iterator[Finding]:
    help_ = checkup.calls_for_help()
    if help_.late:
        told = f"{counted(help_.late, 'call for a person was', 'calls for a person were')} due more than a minute ago and did not go out."
        fix = f"`{repairs.PARKED}` shows what failed; if nobody takes from the queue {_QUEUE}: {repairs.start_worker(_QUEUE)}"
        yield Finding("help_late", Weight.BROKEN, told, fix=fix)
    if help_.lost:
        calls = counted(help_.lost, "call for a person failed or has", "calls for a person failed or have")
        told = f"{calls} no known outcome: perhaps nobody knows of an emergency."
        fix = "`celery -A tasks parked` shows each conversation: see to it yourself first, then `resend`, `settle` or `dismiss`"
        yield Finding("help_lost", Weight.BROKEN, told, fix=fix)


def _paused() -> Iterator[Finding]:
    for each in checkup.circuits():
        code, name = each.code, name_of(each.vendor)
        mend = mend_of(code, each.worker, workers.odd_in(each.worker) if each.worker else ())
        met = (f"the last to meet it was the worker {each.worker}",) if each.worker else ()
        facts = (f"reason: {code}, for {each.open_s:.0f} s more; {CODES}", *met)
        act = f"{mend.act}, then: {repairs.SETUP}" if mend.act else f"it is asked again by itself; at once: {repairs.SETUP}"
        told = f"{name} {mend.says}: work for it waits."
        match mend.trouble:
            case Trouble.RATE_LIMITED:
                yield Finding("vendor_rate_limited", Weight.WARNING, told, facts, act)
            case Trouble.QUOTA_OUT:
                yield Finding("vendor_unpaid", Weight.BROKEN, told, facts, act)
            case Trouble.KEY_WRONG:
                yield Finding("vendor_key_refused", Weight.BROKEN, told, facts, act)
            case _:
                says = f"{name} failed again and again ({code or 'no code is noted'}), its circuit is open: work for it waits."
                yield Finding("circuit_open", Weight.WARNING, says, facts, act)


def _broken(read: Figures) -> Iterator[Finding]:
    broken = {name: count for name, count in read.violations.items() if count}
    if broken:
        facts = tuple(f"{name}: {times(count)}" for name, count in sorted(broken.items()))
        told = f"{counted(len(broken), 'promise was', 'promises were')} broken at the last check."
        yield Finding("promise_broken", Weight.BROKEN, told, facts, "`celery -A tasks invariants` shows ids and what to do")
    age_s = read.checked_s if read.checked_s is not None else max((row.started_s for row in checkup.workers()), default=0.0)
    if age_s > CHECKED_WITHIN_S:
        told = f"Nobody has checked the promises for {age_s / 60:.0f} minutes: neither beat nor any worker."
        yield Finding("promises_unchecked", Weight.WARNING, told, fix="start a worker; its log says `lookout_failed` if it cannot")


def _parked(read: Figures) -> Iterator[Finding]:
    parked = sum(read.effects.get(state, 0) for state in (EffectState.FAILED, EffectState.UNKNOWN, UNDELIVERED))
    if parked:
        told = f"{counted(parked, 'message waits', 'messages wait')} for a person: failed, did not arrive, or of no known outcome."
        yield Finding("effects_parked", Weight.WARNING, told, fix="`celery -A tasks parked` shows each with the next command")
