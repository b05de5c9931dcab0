"""What each worker says of itself when it is asked over the broker: what it listens to, and with which limits it was started."""

import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import msgspec
from celery.worker.control import inspect_command
from kombu.connection import Connection

import celeryconfig
from db.plant import checkup
from domain.chain import STAGES
from domain.diagnosis import crew
from tasks import app, broker
from tasks.step import lease_s

COMMAND = "describe_house"
# a busy parent answers between two of its turns
ANSWERS_WITHIN_S = 4.0
CONNECT_S = 1.0

_asking = threading.Lock()


@dataclass(frozen=True, slots=True)
class Description:
    """A worker as it runs: children, and what its environment and its settings were when it began. Seconds."""

    queues: tuple[str, ...]
    concurrency: int
    remaps_sigterm: bool
    keeps_until_done: bool
    visibility_s: float | None
    longest_lease_s: float


@inspect_command(name=COMMAND)
def describe(state: Any) -> dict[str, Any]:
    """What this worker is; no secret is told."""
    consumer = state.consumer
    told = Description(
        queues=tuple(queue.name for queue in consumer.task_consumer.queues) if consumer.task_consumer else (),
        concurrency=int(consumer.pool.num_processes),
        remaps_sigterm=os.environ.get("REMAP_SIGTERM") == "SIGQUIT",
        keeps_until_done=bool(app.conf.task_acks_late and app.conf.task_reject_on_worker_lost),
        visibility_s=(app.conf.broker_transport_options or {}).get("visibility_timeout"),
        longest_lease_s=max(lease_s(stage) for stage in STAGES),
    )
    return asdict(told)


def ask() -> Mapping[str, Description]:
    """Name without its boot → what it says; a worker that knows no such question is left out. Nobody if the broker is away.

    Everybody is asked once in a process. Raises StoreUnavailable.
    """
    with _asking:
        return _heard(sum(row.seen_s <= crew.SILENT_AFTER_S for row in checkup.workers()))


@cache
def _heard(expected: int) -> Mapping[str, Description]:
    limits = {**celeryconfig.broker_transport_options, "max_retries": 0}
    try:
        with Connection(app.conf.broker_url, connect_timeout=CONNECT_S, transport_options=limits) as connection:
            connection.ensure_connection(max_retries=1, timeout=CONNECT_S)
            # whoever knows how many will answer need not wait for more
            heard = app.control.broadcast(COMMAND, reply=True, timeout=ANSWERS_WITHIN_S, connection=connection, limit=expected or None)
    except broker.errors():
        return {}
    # of two that share a name the last one counts; the doctor names both
    answers = {name: told for reply in heard or () for name, told in reply.items()}
    return {name: msgspec.convert(told, Description) for name, told in answers.items() if "error" not in told}
