"""Looks whether the house keeps its promises, and calls for somebody if it does not."""

import time
from datetime import datetime

import structlog

import celeryconfig
from db.plant import invariants, sweep, workers
from db.plant.invariants import Change, Finding, Rules
from domain.chain import STAGES, Purpose
from observability.alarm import tell_somebody
from tasks.dispatch import DELIVER_QUEUE, queue_of
from tasks.transcribing import UNANSWERED_AT_MOST

log = structlog.get_logger()

TASK = "plant.check"


class Lookout:
    """Checks in a sweeper's thread when nobody else does: whoever has no beat shall hear that something stands still."""

    def __init__(self) -> None:
        """Leave the first checks to beat."""
        self._next = time.monotonic() + celeryconfig.CHECK_EVERY_S

    def look(self) -> None:
        """Check if the last check is older than two of beat's; asks once in one of them, however often it is called.

        Raises StoreUnavailable.
        """
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + celeryconfig.CHECK_EVERY_S
        with sweep.opened() as store:
            is_mine = workers.take_turn_of(store, TASK, 2 * celeryconfig.CHECK_EVERY_S)
        if is_mine:
            log.warning("checked_in_place_of_beat")
            look_after()


def rules() -> Rules:
    """What the queries cannot know by themselves."""
    routes = tuple((purpose, stage, queue_of(purpose, stage)) for purpose in Purpose for stage in STAGES)
    return Rules(routes, DELIVER_QUEUE, UNANSWERED_AT_MOST)


def check(*, limit: int = 5, since: datetime | None = None) -> list[Finding]:
    """What every promise is worth now, or from ``since`` on. Raises StoreUnavailable."""
    return invariants.check(rules(), limit=limit, since=since)


def look_after() -> list[Finding]:
    """Check, write it down for /metrics, and say what is broken and what is whole again; all that is broken. Raises StoreUnavailable."""
    findings = check()
    news = {change.finding.promise.name: change for change in invariants.record(findings)}
    broken = [finding for finding in findings if finding.count]
    for finding in broken:
        _lament(finding, is_news=finding.promise.name in news)
    for change in news.values():
        if not change.finding.count:
            _rejoice(change)
    return broken


def _lament(finding: Finding, *, is_news: bool) -> None:
    # the log says it as often as it is looked, Sentry hears of it when it begins and when it grows
    promise = finding.promise
    told = {"count": finding.count, "samples": finding.samples, "says": promise.says, "todo": promise.todo}
    log.error("invariant_broken", invariant=promise.name, **told)
    if is_news:
        tell_somebody("invariant_broken", promise.name, told)


def _rejoice(change: Change) -> None:
    log.info("invariant_restored", invariant=change.finding.promise.name, violations_before=change.before)
