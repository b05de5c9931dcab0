"""A task's message, made by Celery once and then filled in: to build it anew is most of what ringing costs a front.

The message is Celery's own, as it would have sent it, and it goes through kombu's producer, so that any broker will do.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Self

from celery import Signature
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message
from kombu.messaging import Producer

from domain.runs import BELL_MARK
from tasks import app, telling

NOWHERE = "memory://"
# what the ops view is told of a message that was sent, by the header that says it
_TOLD = {"id": "uuid", "root_id": "root_id", "parent_id": "parent_id", "task": "name", "argsrepr": "args", "kwargsrepr": "kwargs"}
_TOLD |= {"retries": "retries", "eta": "eta", "expires": "expires"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The message of one kind of task, with marks where the values of each single one belong.

    ``body`` and ``options``, which kombu's producer takes beside it, are JSON. ``marks`` are what a publisher must say, first of all what
    it rings for; ``ids`` are new every time, and begin with that.
    """

    queue: str
    body: str
    options: str
    marks: tuple[str, ...]
    ids: tuple[str, ...]

    @classmethod
    def of(cls, signature: Signature, queue: str, marks: tuple[str, ...], ids: tuple[str, ...]) -> Self:
        """What Celery sends for a signature in which ``marks`` stand for values and ``ids`` for the ids of its tasks."""
        # in a thread of its own: Celery would write the task that is at work in this one into the message, as its parent
        with ThreadPoolExecutor(1) as elsewhere:
            message = elsewhere.submit(_sent, signature, queue).result()
        options = {name: value for name, value in message.properties.items() if name in {"correlation_id", "reply_to", "delivery_mode"}}
        options |= {"headers": message.headers, "content_type": message.content_type, "content_encoding": message.content_encoding}
        body = message.body.decode() if isinstance(message.body, bytes) else message.body
        return cls(queue, body, json.dumps(options), marks, ids)

    def publish(self, values: Mapping[str, str], connection: Connection | None = None) -> None:
        """Send one with these values for the marks; raises what the broker's client raises."""
        filled = {mark: json.dumps(values[mark])[1:-1] for mark in self.marks} | {mark: _new_id(values[self.marks[0]]) for mark in self.ids}
        options: dict[str, Any] = json.loads(_filled(self.options, filled))
        producer = app.amqp.Producer(connection, auto_declare=False) if connection else _thread.sender
        # to ask for a setting of Celery's costs as much as to fill in a message: the policy only if it is followed
        retry = app.conf.task_publish_retry
        policy = app.conf.task_publish_retry_policy if retry else None
        with app.producer_or_acquire(producer) as sender:
            sender.publish(
                _filled(self.body, filled),
                exchange="",
                routing_key=self.queue,
                # a second try may be on another connection, which knows of no queue yet
                declare=[app.amqp.queues[self.queue]] if retry else _undeclared(app.amqp.queues[self.queue], sender),
                retry=retry,
                retry_policy=policy,
                **options,
            )
            told = {name: options["headers"][header] for header, name in _TOLD.items()}
            telling.sent(told | {"queue": self.queue, "exchange": "", "routing_key": self.queue}, sender)


class _Thread(threading.local):
    sender: Producer | None = None


_thread = _Thread()


@contextmanager
def one_visit() -> Iterator[None]:
    """What this thread publishes in the block goes to the broker at its end, in one message with what is told of it, if the transport can.

    Raises what the broker's client raises, at the end too: then nobody knows how much of it was taken.
    """
    with app.producer_or_acquire() as sender, sender.batch():
        _thread.sender = sender
        try:
            with telling.together(sender=sender):
                yield
        finally:
            _thread.sender = None


def _undeclared(queue: Queue, sender: Producer) -> list[Queue]:
    """The queue, unless its connection has declared it: kombu would copy it for each message before it finds that out."""
    return [] if hash(queue) in sender.channel.connection.client.declared_entities else [queue]


def _new_id(rings_for: str) -> str:
    return f"{rings_for}{BELL_MARK}{token_hex(6)}"


def _sent(signature: Signature, queue: str) -> Message:
    with Connection(NOWHERE) as nowhere:
        channel = nowhere.default_channel
        channel.queue_declare(queue)
        channel.queue_purge(queue)
        signature.apply_async(connection=nowhere)
        found: Message = channel.basic_get(queue, no_ack=True)
        return found


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
