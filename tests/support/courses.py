"""A run's first message at hand, as a pool's process has it, and what is left of its chain afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from kombu.connection import Connection

from domain.chain import STAGES, TASK_NAMES, Purpose, Stage
from domain.deliveries import Stored
from domain.lanes import Lane
from domain.runs import Bell
from domain.vendors import Vendor
from providers import registry
from tasks import app, dispatch
from tests.support import messages

LAST_THREE = [TASK_NAMES[stage] for stage in STAGES[1:]]
WORDS = "I would like to book an appointment"


@contextmanager
def taken_from(queue: str) -> Iterator[Any]:
    """The first message of a queue as a pool's process has it at hand: its task, with the request that belongs to it."""
    app.loader.import_default_modules()
    [message] = messages.waiting(queue)
    task, own = app.tasks[message.task], {name: message.headers[name] for name in ("id", "root_id")}
    task.push_request(**own, args=message.args, chain=[*reversed(message.rest)], hostname="worker@test")
    try:
        yield task
    finally:
        task.pop_request()


def ring(stored: Stored, broker: Connection, lane: Lane = Lane.NORMAL) -> str:
    """Publish the run's first message; its queue."""
    assert stored.run_id
    assert stored.conversation_id
    assert stored.transcript_id
    dispatch.publish_run(
        Bell(stored.run_id, stored.conversation_id, stored.transcript_id, Stage.TRANSCRIBE, Purpose.LIVE, "a-trace-of-it", lane), broker
    )
    return dispatch.queue_of(Purpose.LIVE, Stage.TRANSCRIBE, lane)


def worked(queue: str) -> tuple[str, list[str]]:
    """What the first task answers, and what is left for messages."""
    with taken_from(queue) as task:
        said = task.run(*task.request.args)
        return said, [step["task"] for step in reversed(task.request.chain or [])]


def asking_vendors(monkeypatch: pytest.MonkeyPatch, *roles: str) -> None:
    """The offline engines under a vendor's name: who is asked is outside then."""
    for role in roles:
        engine_of = getattr(registry, f"offline_{role}")
        monkeypatch.setattr(registry, role, partial(_named, engine_of()))


def _named(offline: Any) -> Any:
    return type("Named", (), {"vendor": Vendor.OPENAI, "__getattr__": lambda _, name: getattr(offline, name)})()
