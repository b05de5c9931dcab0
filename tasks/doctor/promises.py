"""The room of promises: what is broken, what nobody checks, what waits for a person, and whom nobody asks."""

from collections.abc import Iterator

from db.plant import checkup, figures
from db.plant.figures import Figures
from domain.chain import EffectState
from domain.diagnosis.finding import Finding, Weight

# a check a minute, and the workers' own if beat is gone
CHECKED_WITHIN_S = 300.0
CODES = "docs/vendors.md#codes-and-what-to-mend"


def look() -> list[Finding]:
    """What stands still, is dead or unchecked. Raises StoreUnavailable."""
    read = figures.read()
    return [*_help(), *_circuits(), *_broken(read), *_parked(read)]


def _help() -> Iterator[Finding]:
    help_ = checkup.calls_for_help()
    if help_.late:
        told = f"{help_.late} calls for a person have been due for more than a minute and have not gone out."
        yield Finding(
            "help_late", Weight.BROKEN, told, fix="see that a worker listens to the queue `deliver`, then `celery -A tasks parked`"
        )
    if help_.lost:
        told = f"{help_.lost} calls for a person failed or have no known outcome: perhaps nobody knows of an emergency."
        fix = "`celery -A tasks parked` shows each conversation: see to it yourself first, then `resend`, `settle` or `dismiss`"
        yield Finding("help_lost", Weight.BROKEN, told, fix=fix)


def _circuits() -> Iterator[Finding]:
    for vendor, code, open_s in checkup.circuits():
        told = f"Nobody asks {vendor.title()} for {open_s:.0f} s more, because of {code or 'failures in a row'}: work for it waits."
        fix = f"mend what {CODES} says of it, then `celery -A tasks setup`; if {vendor.title()} is only down, it is asked again by itself"
        yield Finding("circuit_open", Weight.WARNING, told, (f"reason: {code}",), fix)


def _broken(read: Figures) -> Iterator[Finding]:
    broken = {name: count for name, count in read.violations.items() if count}
    if broken:
        facts = tuple(f"{name}: {count} times" for name, count in sorted(broken.items()))
        told = f"{len(broken)} promises were broken when they were last checked."
        yield Finding("promise_broken", Weight.BROKEN, told, facts, "`celery -A tasks invariants` shows ids and what to do")
    age_s = read.checked_s if read.checked_s is not None else max((row.started_s for row in checkup.workers()), default=0.0)
    if age_s > CHECKED_WITHIN_S:
        told = f"Nobody has checked the promises for {age_s / 60:.0f} minutes: neither beat nor any worker."
        yield Finding("promises_unchecked", Weight.WARNING, told, fix="start a worker; its log says `lookout_failed` if it cannot")


def _parked(read: Figures) -> Iterator[Finding]:
    if read.dead_runs:
        lately = checkup.died_lately()
        told = f"{read.dead_runs} runs are dead and wait for a person" + (f", {lately} of them since an hour ago." if lately else ".")
        fix = "`celery -A tasks parked` shows why; mend it, then `celery -A tasks retry --all --code CODE`, or `dismiss`"
        yield Finding("runs_dead", Weight.WARNING, told, fix=fix)
    parked = sum(read.effects.get(state, 0) for state in (EffectState.FAILED, EffectState.UNKNOWN))
    if parked:
        told = f"{parked} messages failed or have no known outcome, and wait for a person."
        yield Finding("effects_parked", Weight.WARNING, told, fix="`celery -A tasks parked` shows each with the next command")
