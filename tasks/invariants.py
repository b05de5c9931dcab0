"""Looks whether the house keeps its promises, and calls for somebody if it does not."""

from datetime import datetime

import structlog

from db.plant import invariants
from db.plant.invariants import Change, Finding, Rules
from observability.alarm import tell_somebody
from tasks.dispatch import DELIVER_QUEUES, JOB_QUEUES, ROUTES
from tasks.transcribing import UNANSWERED_AT_MOST

log = structlog.get_logger()

TASK = "plant.check"


def rules() -> Rules:
    """What the queries cannot know by themselves."""
    return Rules(ROUTES, DELIVER_QUEUES, UNANSWERED_AT_MOST, JOB_QUEUES)


def check(*, limit: int = 5, since: datetime | None = None) -> list[Finding]:
    """What every promise is worth now, or from ``since`` on. Raises StoreUnavailable."""
    return invariants.check(rules(), limit=limit, since=since)


def look_after() -> list[Finding]:
    """Check, write it down for /metrics, and say what is broken, what is whole again, and of what nobody knows; all that does not hold.

    Raises StoreUnavailable.
    """
    findings = check()
    news = {change.finding.promise.name: change for change in invariants.record(findings)}
    for finding in findings:
        if finding.unchecked:
            _shrug(finding.promise.name, finding.unchecked)
        elif finding.count:
            _lament(finding, is_news=finding.promise.name in news)
    for change in news.values():
        if not change.finding.count:
            _rejoice(change)
    return [finding for finding in findings if not finding.holds]


def _lament(finding: Finding, *, is_news: bool) -> None:
    # the log says it as often as it is looked, Sentry hears of it when it begins and when it grows
    promise = finding.promise
    told = {"count": finding.count, "samples": finding.samples, "says": promise.says, "todo": promise.todo}
    log.error("invariant_broken", invariant=promise.name, **told)
    if is_news:
        tell_somebody("invariant_broken", promise.name, told)


def _shrug(promise: str, code: str) -> None:
    log.error("promise_not_checked", invariant=promise, code=code, see="docs/tasks.md")
    tell_somebody("promise_not_checked", promise, {"code": code, "see": "docs/tasks.md"}, seldom=True)


def _rejoice(change: Change) -> None:
    log.info("invariant_restored", invariant=change.finding.promise.name, violations_before=change.before)
