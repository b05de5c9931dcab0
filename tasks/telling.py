"""Tells the ops view which messages were sent, and what was done without one; many at once: telling of one costs more than sending it."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from typing import Any

from celery.events.event import Event, get_exchange
from celery.utils.nodenames import anon_nodename
from celery.utils.time import utcoffset
from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.messaging import Producer

from tasks import app

TRANSIENT = 1  # what nobody hears is nobody's loss
MANY = "task.multi"


class _Thread(threading.local):
    waiting: list[dict[str, Any]] | None = None


_thread = _Thread()


def sent(told: Mapping[str, object], sender: Producer) -> None:
    """One message was sent: say so over the same connection, or with the others of this block. Raises what the broker's client raises."""
    if not app.conf.task_send_sent_event:
        return
    said = event("task-sent", anon_nodename(), **told)
    if _thread.waiting is None:
        _tell([said], sender)
    else:
        _thread.waiting.append(said)


def event(kind: str, hostname: str, **told: object) -> dict[str, Any]:
    """One in Celery's words, of a worker or client of this name."""
    made: dict[str, Any] = Event(kind, hostname=hostname, utcoffset=utcoffset(), pid=os.getpid(), clock=app.clock.forward(), **told)
    return made


def done(events: Sequence[dict[str, Any]]) -> None:
    """What became of tasks that no worker's parent knows of: say so with the others of this block."""
    if app.conf.worker_send_task_events and _thread.waiting is not None:
        _thread.waiting.extend(events)


@contextmanager
def together(connection: Connection | None = None, sender: Producer | None = None) -> Iterator[None]:
    """Say what this thread sends in the block at its end, all at once. Raises nothing of its own: the ops view is no evidence."""
    waiting: list[dict[str, Any]] = []
    _thread.waiting = waiting
    try:
        yield
    finally:
        _thread.waiting = None
        if waiting:
            with suppress(Exception), nullcontext(sender) if sender else _producer(connection) as teller:
                _tell(waiting, teller)


def _tell(events: list[dict[str, Any]], sender: Producer) -> None:
    exchange = _exchange()
    sender.publish(
        events, exchange=exchange.name, routing_key=MANY, declare=[exchange], serializer="json", delivery_mode=TRANSIENT, retry=False
    )


@contextmanager
def _producer(connection: Connection | None) -> Iterator[Producer]:
    with app.producer_or_acquire(app.amqp.Producer(connection, auto_declare=False) if connection else None) as sender:
        yield sender


@cache
def _exchange() -> Exchange:
    with app.connection_for_write() as connection:
        found: Exchange = get_exchange(connection, name=app.conf.event_exchange)
    return found
