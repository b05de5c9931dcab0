"""A prepared message is the one that Celery sends, with ids of its own each time."""

import json
from typing import Any
from uuid import uuid4

import pytest
from celery import chain, signature
from kombu.connection import Connection
from kombu.messaging import Producer

from domain.chain import STAGES, TASK_NAMES, Purpose, Stage
from domain.runs import Bell, EffectBell
from tasks import app, dispatch
from tests.support import messages
from tests.support.messages import Message

PROPERTIES = ("correlation_id", "delivery_mode", "delivery_info", "priority", "body_encoding")


def _bell(stage: Stage = Stage.TRANSCRIBE) -> Bell:
    return Bell(uuid4(), uuid4(), uuid4(), stage, Purpose.LIVE, uuid4().hex)


def _task_ids(message: Message) -> list[str]:
    return [message.headers["id"], *(step["options"]["task_id"] for step in message.rest)]


def _nameless(message: Message) -> dict[str, Any]:
    """All of it but the ids of its tasks, which are new every time, and the broker's own tag."""
    document = json.loads(message.raw)
    # Celery lets a signature's options slip in among AMQP's own properties, where nobody reads them
    document["properties"] = {name: value for name, value in document["properties"].items() if name in PROPERTIES}
    # whose thread would be told of a result: nobody is
    rest = [step | {"options": {name: value for name, value in step["options"].items() if name != "reply_to"}} for step in message.rest]
    document |= {"body": [message.args, message.kwargs, rest]}
    text = json.dumps(document, sort_keys=True)
    for number, task_id in enumerate(_task_ids(message)):
        text = text.replace(task_id, f"task {number}")
    found: dict[str, Any] = json.loads(text)
    return found


def _celerys_own(bell: Bell, broker: Connection) -> None:
    shown = f"run:{bell.run_id} conversation:{bell.conversation_id} transcript:{bell.transcript_id}"
    rest = STAGES[STAGES.index(bell.stage) :]
    whole = chain(
        *(
            signature(TASK_NAMES[stage], args=(str(bell.run_id),), immutable=True, app=app, argsrepr=shown, kwargsrepr="{}").set(
                queue=dispatch.queue_of(bell.purpose, stage)
            )
            for stage in rest
        ),
        app=app,
    )
    whole.stamp(trace_id=bell.trace_id)
    whole.apply_async(connection=broker)


@pytest.fixture
def anew() -> None:
    """Messages made before this test forgotten: Celery says more of a task whose code the process has loaded meanwhile."""
    dispatch._chain_message.cache_clear()


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("stage", STAGES)
def test_it_is_what_celery_would_have_sent(broker: Connection, stage: Stage) -> None:
    bell = _bell(stage)
    dispatch.publish_run(bell, broker)
    _celerys_own(bell, broker)
    prepared, own = messages.waiting(dispatch.queue_of(Purpose.LIVE, stage))
    assert _nameless(prepared) == _nameless(own)


def test_every_task_has_an_id_of_its_own_every_time(broker: Connection) -> None:
    bell = _bell()
    for _ in range(3):
        dispatch.publish_run(bell, broker)
    sent = messages.waiting("speech")
    assert len({task_id for message in sent for task_id in _task_ids(message)}) == len(sent) * len(STAGES)
    assert all(message.headers["root_id"] == message.headers["id"] for message in sent)


@pytest.mark.parametrize("retry", [True, False])
def test_a_queue_is_declared_once_for_a_connection_unless_a_second_try_may_be_on_another(
    broker: Connection,
    monkeypatch: pytest.MonkeyPatch,
    retry: bool,  # noqa: FBT001 - a case
) -> None:
    monkeypatch.setitem(app.conf, "task_publish_retry", retry)
    publish, declares = Producer.publish, list[int]()

    def noted(sender: Producer, *args: Any, **options: Any) -> Any:
        if options["exchange"] == "":
            declares.append(len(options["declare"]))
        return publish(sender, *args, **options)  # type: ignore[no-untyped-call] # kombu ships no types

    monkeypatch.setattr(Producer, "publish", noted)
    for _ in range(3):
        dispatch.publish_run(_bell(), broker)
    assert declares == ([1, 1, 1] if retry else [1, 0, 0])


def test_no_mark_is_left_in_any_message(broker: Connection) -> None:
    for stage in STAGES:
        dispatch.publish_run(_bell(stage), broker)
    dispatch.publish_effect(EffectBell(uuid4(), uuid4(), uuid4().hex), broker)
    sent = [message for queue in ("speech", "language", "records", "deliver") for message in messages.waiting(queue)]
    assert len(sent) == len(STAGES) + 1
    assert [message.raw for message in sent if "<" in json.dumps([message.headers, message.args, message.rest])] == []
