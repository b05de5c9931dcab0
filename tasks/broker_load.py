"""How full the broker is, for /metrics: one short visit, whose answer serves every scrape of some seconds."""

from dataclasses import dataclass, field

import structlog
from kombu.connection import Connection

import celeryconfig
from tasks import app, broker
from tasks.dispatch import DELIVER_QUEUES, ROUTES
from tasks.reasons import named

log = structlog.get_logger()

# a scrape must not hang on a broker that does
TIMEOUT_S = 0.5
_ROUTED = (*(route["queue"] for route in celeryconfig.task_routes.values()), *DELIVER_QUEUES.values(), *(queue for *_, queue in ROUTES))
QUEUES = tuple(dict.fromkeys(_ROUTED))


@dataclass(frozen=True, slots=True)
class Load:
    """What the broker says of itself; ``answers`` is False if it said nothing. Sizes in bytes, None where it names none."""

    answers: bool
    used_bytes: int | None = None
    max_bytes: int | None = None
    waiting: dict[str, int] = field(default_factory=dict)


def read() -> Load:
    """What it says now, or that it says nothing. Raises nothing."""
    limits = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "max_retries": 0}
    try:
        with Connection(app.conf.broker_url, connect_timeout=TIMEOUT_S, transport_options=limits) as connection:
            waiting = {queue: broker.queue_depth(connection, queue) for queue in QUEUES}
            used, at_most = broker.memory(connection)
    except broker.errors() as error:
        log.warning("broker_not_read", error=named(error))
        return Load(answers=False)
    return Load(answers=True, used_bytes=used, max_bytes=at_most, waiting=waiting)
