"""The ops view hears of every message that was sent, of many at once, and nobody waits for it to listen."""

import threading
from uuid import uuid4

import pytest
from kombu.connection import Connection
from redis.connection import AbstractConnection

from domain.chain import Purpose, Stage
from domain.runs import Bell
from tasks import app, dispatch, telling
from tasks.prepared import one_visit
from tasks.publisher import Publisher
from tests.support import messages
from tests.support.ear import Ear

MANY = 5


def _bell() -> Bell:
    return Bell(uuid4(), uuid4(), uuid4(), Stage.TRANSCRIBE, Purpose.LIVE, uuid4().hex)


def test_one_is_told_at_once(broker: Connection) -> None:
    ear, bell = Ear(), _bell()
    with ear.hearing(1):
        dispatch.publish_run(bell, broker)
    [told] = ear.heard
    [message] = messages.waiting("speech")
    assert (told["uuid"], told["name"], told["queue"]) == (message.headers["id"], "transcript.transcribe", "speech")
    assert str(bell.run_id) in told["args"]


def test_many_are_told_together(broker: Connection) -> None:
    ear = Ear()
    with ear.hearing(MANY), telling.together(broker):
        for _ in range(MANY):
            dispatch.publish_run(_bell(), broker)
    assert ear.told == [MANY]
    assert {told["uuid"] for told in ear.heard} == {message.headers["id"] for message in messages.waiting("speech")}


@pytest.mark.usefixtures("broker")
def test_what_the_front_hands_over_at_once_is_told_together() -> None:
    ear, ours, begun, first = Ear(), Publisher(), threading.Event(), threading.Event()

    def hold_up() -> None:
        begun.set()
        assert first.wait(5)

    with ear.hearing(MANY):
        ours.hand_over(hold_up)
        # whoever waits for nothing more is not joined by those that come now
        assert begun.wait(5)
        for _ in range(MANY):
            bell = _bell()
            ours.hand_over(lambda bell=bell: dispatch.publish_run(bell))  # type: ignore[misc] # mypy cannot tell a default from an argument
        first.set()
    assert ear.told == [MANY]


@pytest.mark.usefixtures("broker")
def test_what_is_rung_together_is_one_visit_to_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    with one_visit():
        dispatch.publish_run(_bell())
    sent: list[object] = []
    send = AbstractConnection.send_packed_command

    def note(to: AbstractConnection, command: object, **more: bool) -> None:
        sent.append(command)
        send(to, command, **more)  # type: ignore[no-untyped-call] # redis'

    monkeypatch.setattr(AbstractConnection, "send_packed_command", note)
    with one_visit():
        for _ in range(MANY):
            dispatch.publish_run(_bell())
    assert len(sent) == 1
    assert len(messages.waiting("speech")) == MANY + 1


def test_an_ops_view_that_cannot_be_told_harms_nobody(broker: Connection, refusing: str) -> None:
    elsewhere = Connection(refusing, connect_timeout=0.2, transport_options={"max_retries": 0})
    with telling.together(elsewhere):
        dispatch.publish_run(_bell(), broker)
    assert messages.names("speech") == ["transcript.transcribe"]


def test_nothing_is_told_if_nobody_wants_to_know(broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf, "task_send_sent_event", False)
    with telling.together(broker):
        dispatch.publish_run(_bell(), broker)
        assert telling._thread.waiting == []


@pytest.mark.usefixtures("broker")
def test_nothing_that_telling_does_ends_the_publishing_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise AttributeError

    monkeypatch.setattr(telling, "_tell", break_down)
    ours, done = Publisher(), threading.Event()
    ours.hand_over(lambda: dispatch.publish_run(_bell()))
    for _ in range(100):
        ours.hand_over(done.set)
        if done.wait(0.05):
            return
    raise AssertionError("it ended")
