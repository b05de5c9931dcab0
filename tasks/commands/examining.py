"""Looks at everything around an id, for `why` and `status`: database, broker, workers, vendors, quarantine, promises."""

from collections.abc import Callable, Iterable

from celery.utils.imports import symbol_by_name
from kombu.connection import Connection
from redis.exceptions import OutOfMemoryError

import settings
from db import quarantine
from db.diagnosis import cases, search
from db.diagnosis.cases import Case
from db.plant import standing
from domain.diagnosis.evidence import Broker, Evidence, House, Refused
from domain.organizations.organization import Tenant
from domain.refusals import KeptRefusal, Refusal
from domain.telephony import twilio
from tasks import app, broker, deliver, invariants
from tasks.dispatch import QUEUES, queue_of
from tasks.step import lease_s, max_attempts

# the front's own knowledge, asked for by name as Celery's include does: tasks import nothing of the front
_EXPLAINER = "webhooks.twilio.explainer:explain"

_BROKER_TIMEOUT_S = 1.0
# gone by itself at once
_PROBE_KEY, _PROBE_MS = "hookline.has-room", 1
_REFUSALS = 20
# enough that an id which breaks a promise is among those that are named, unless the whole house is broken
_BREAKERS = 1_000


def examine(tenant: Tenant, name: str) -> list[Evidence]:
    """What is known of an id, a piece for each run of what it names; one piece with nothing in it if nobody knows it.

    Raises StoreUnavailable.
    """
    found = search.find(tenant.id, name)
    known = cases.gather(tenant.id, found, rules()) if found else []
    whole, refused = house(), tuple(map(_refused, quarantine.search(name, _REFUSALS)))
    breaks = _breaks()
    return [
        Evidence(name, whole, case.transcript, case.run, case.effects, case.deliveries, refused, tuple(breaks(_ids(case))))
        for case in known or [Case()]
    ]


def house() -> House:
    """Broker, workers and vendors, as they are now. Raises StoreUnavailable."""
    return House(seen_broker(), standing.workers(), standing.vendors())


def seen_broker() -> Broker:
    """The broker as it answers within a second; never raises."""
    limits = {"socket_timeout": _BROKER_TIMEOUT_S, "socket_connect_timeout": _BROKER_TIMEOUT_S, "max_retries": 0}
    try:
        with Connection(app.conf.broker_url, connect_timeout=_BROKER_TIMEOUT_S, transport_options=limits) as connection:
            depths = {queue: broker.queue_depth(connection, queue) for queue in QUEUES}
            return Broker(None, _has_room(connection), depths)
    except broker.errors() as error:
        return Broker(type(error).__name__)


def _has_room(connection: Connection) -> bool:
    client = getattr(connection.default_channel, "client", None)
    try:
        if client:
            client.set(_PROBE_KEY, "", px=_PROBE_MS)
    except OutOfMemoryError:
        return False
    return True


def rules() -> cases.Rules:
    """What the rows cannot say by themselves."""
    return cases.Rules(queue_of, lease_s, deliver.lease_s(), _overdue_s, max_attempts())


def _overdue_s(duration_ms: float | None) -> float:
    return max(settings.current().deepgram.overdue_s, 2 * (duration_ms or 0.0) / 1_000)


def _refused(kept: KeptRefusal) -> Refused:
    told = kept.refusal
    why = _explained(told) if told.provider == twilio.PROVIDER and told.url else None
    return Refused(kept.id, told.provider, told.reason, told.route, kept.received_at, why)


def _explained(refusal: Refusal) -> str:
    explain: Callable[..., str] = symbol_by_name(_EXPLAINER)
    return explain(refusal, settings.current().twilio.accounts)


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
