"""What lies in the broker's queues, as an operator of Redis would see it."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from redis import Redis

import settings


@dataclass(frozen=True, slots=True)
class Message:
    """One task's message. ``rest`` are the tasks of its chain that follow, in their order."""

    raw: str
    headers: dict[str, Any]
    args: list[Any]
    kwargs: dict[str, Any]
    rest: list[dict[str, Any]]

    @property
    def task(self) -> str:
        """The task's name."""
        return str(self.headers["task"])


def waiting(queue: str) -> list[Message]:
    """The messages of a queue, the next one to be taken first."""
    with Redis.from_url(settings.current().broker_url, decode_responses=True) as client:
        found: Any = client.lrange(queue, 0, -1)
    return [_read(raw) for raw in reversed(found)]


def names(queue: str) -> list[str]:
    """The tasks that wait in a queue."""
    return [message.task for message in waiting(queue)]


def fill(queue: str, count: int) -> None:
    """Put messages into a queue that nobody will ever read."""
    with Redis.from_url(settings.current().broker_url) as client:
        client.lpush(queue, *["{}"] * count)


def _read(raw: str) -> Message:
    document = json.loads(raw)
    args, kwargs, embedded = json.loads(base64.b64decode(document["body"]))
    return Message(raw, document["headers"], args, kwargs, list(reversed(embedded["chain"] or [])))
