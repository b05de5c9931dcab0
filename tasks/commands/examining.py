"""Looks at everything around an id, for `why` and `status`: database, broker, workers, vendors, quarantine, promises."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from celery.utils.imports import symbol_by_name
from kombu.connection import Connection

import settings
from db import quarantine
from db.diagnosis import cases, jobs, search
from db.diagnosis.cases import Case
from db.plant import standing
from domain.callback_tokens import Refusal as CallbackRefusal
from domain.diagnosis.evidence import Broker, Evidence, House, Refused, Run
from domain.diagnosis.finding import Finding, Weight
from domain.organizations.organization import Tenant
from domain.refusals import KeptRefusal, Refusal
from domain.telephony import twilio
from tasks import app, broker, deliver, invariants
from tasks.dispatch import JOB_QUEUES, QUEUES, queue_of
from tasks.doctor import broker as broker_room
from tasks.doctor import database, front, workers
from tasks.jobs import lease
from tasks.step import lease_s, max_attempts

# the front's own knowledge, asked for by name as Celery's include does: tasks import nothing of the front
_EXPLAINER = "webhooks.twilio.explainer:explain"
_CAUSE_OF = {twilio.PROVIDER: "webhooks.twilio.checks:cause_of"}
# who calls back, and signs nothing that would name what it was about
_CALLS_BACK = "deepgram"

_BROKER_TIMEOUT_S = 1.0
_REFUSALS = 20
# enough that an id which breaks a promise is among those that are named, unless the whole house is broken
_BREAKERS = 1_000


def examine(tenant: Tenant, name: str) -> list[Evidence]:
    """What is known of an id, a piece for each run of what it names and for each job; one with nothing in it if nobody knows it.

    Raises StoreUnavailable.
    """
    found = search.find(tenant.id, name)
    known = cases.gather(tenant.id, found, rules()) if found else []
    asked = jobs.fetch(tenant.id, found.jobs, jobs.Rules(JOB_QUEUES, lease.lease_s(), max_attempts()))
    refused = tuple(map(_refused, quarantine.search(name, _REFUSALS)))
    whole = house(outside=not known and not asked and not refused)
    breaks, turned_away = _breaks(), _turned_away()
    of_jobs = [Evidence(name, whole, broken=tuple(breaks([str(each.id)])), job=each) for each in asked]
    if of_jobs and not known:
        return of_jobs
    return of_jobs + [
        Evidence(
            name,
            whole,
            case.transcript,
            case.run,
            case.effects,
            case.deliveries,
            refused,
            tuple(breaks(_ids(case))),
            turned_away(case.run),
            found.since,
        )
        for case in known or [Case()]
    ]


def house(*, outside: bool = False) -> House:
    """Database, broker, workers and vendors, as they are now; ``outside``: also why a vendor may not reach us. Raises StoreUnavailable."""
    held = workers.blocked()
    seen = seen_broker()
    return House(
        seen,
        standing.workers(),
        tuple(replace(each, odd_in=workers.odd_in(each.worker)) if each.worker else each for each in standing.vendors()),
        database.trouble(),
        held[0] if held else None,
        tuple(_outside(seen)) if outside else (),
    )


def _outside(seen: Broker) -> Iterable[Finding]:
    yield from (finding for finding in front.look() if finding.weight is Weight.BROKEN)
    silent = workers.beat(workers.there()) if seen.trouble is None else None
    if silent:
        yield silent


def seen_broker() -> Broker:
    """The broker as it answers within seconds; never raises."""
    full_at = settings.current().broker_queue_depth
    trouble = broker_room.trouble()
    if trouble:
        return Broker(trouble, full_at=full_at)
    limits = {"socket_timeout": _BROKER_TIMEOUT_S, "socket_connect_timeout": _BROKER_TIMEOUT_S, "max_retries": 0}
    try:
        with Connection(app.conf.broker_url, connect_timeout=_BROKER_TIMEOUT_S, transport_options=limits) as connection:
            return Broker(None, broker.queue_depths(connection, QUEUES), full_at)
    except broker.errors():
        # it has gone within a moment, or takes no look at its queues
        return Broker(broker_room.trouble(), full_at=full_at)


def rules() -> cases.Rules:
    """What the rows cannot say by themselves."""
    return cases.Rules(queue_of, lease_s, deliver.lease_s(), _overdue_s, max_attempts())


def _overdue_s(duration_ms: float | None) -> float:
    return max(settings.current().deepgram.overdue_s, 2 * (duration_ms or 0.0) / 1_000)


def _refused(kept: KeptRefusal) -> Refused:
    told = kept.refusal
    why = _explained(told) if told.provider == twilio.PROVIDER and told.url else None
    cause_of: Callable[[KeptRefusal], Finding | None] | None = (
        symbol_by_name(_CAUSE_OF[told.provider]) if told.provider in _CAUSE_OF else None
    )
    return Refused(kept.id, told.provider, told.reason, told.route, kept.received_at, why, cause_of(kept) if cause_of else None)


def _explained(refusal: Refusal) -> str:
    explain: Callable[..., str] = symbol_by_name(_EXPLAINER)
    return explain(refusal, settings.current().twilio.accounts)


def _turned_away() -> Callable[[Run | None], int]:
    """Tells how many callbacks were refused since a run's recording was submitted."""
    now, times = (
        datetime.now(UTC),
        [kept.received_at for kept in quarantine.fetch_newest(_CALLS_BACK, _REFUSALS) if kept.refusal.reason == CallbackRefusal.FORGED],
    )

    def since(run: Run | None) -> int:
        submitted_s = run.step.submitted_s if run and run.step else None
        return 0 if submitted_s is None else sum(time > now - timedelta(seconds=submitted_s) for time in times)

    return since


def _breaks() -> Callable[[Iterable[str]], Iterable[str]]:
    """Tells which promises some ids break."""
    broken = [finding for finding in invariants.check(limit=_BREAKERS) if finding.count]

    def of(ids: Iterable[str]) -> Iterable[str]:
        mine = set(ids)
        for finding in broken:
            if any(sample.rpartition(" ")[2] in mine for sample in finding.samples):
                yield f"{finding.promise.name}: {finding.promise.says}"

    return of


def _ids(case: Case) -> Iterable[str]:
    bearers = (case.transcript, case.run, *case.effects, *case.deliveries)
    return (str(bearer.id) for bearer in bearers if bearer)
