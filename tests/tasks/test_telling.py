"""The ops view hears of every message that was sent, of many at once, and nobody waits for it to listen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
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

MANY = 5


def _bell() -> Bell:
    return Bell(uuid4(), uuid4(), uuid4(), Stage.TRANSCRIBE, Purpose.LIVE, uuid4().hex)


class _Ear:
    """Listens as the ops view does. ``heard`` are events, ``told`` how many came with each message."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.told: list[int] = []
        self._listening = threading.Event()

    def listen(self, events: int) -> None:
        with app.connection_for_read() as connection:
            handlers = {"task-sent": self.heard.append, "test-called": lambda _: self._listening.set()}
            receiver = app.events.Receiver(connection, handlers=handlers)
            with receiver.consumer_context() as (own, _, consumers):
                consumers[0].register_callback(lambda body, _: self._count(body))
                while len(self.heard) < events:
                    own.drain_events(timeout=10)

    def _count(self, body: Any) -> None:
        together = body if isinstance(body, list) else [body]
        if together[0]["type"] == "task-sent":
            self.told.append(len(together))

    @contextmanager
    def hearing(self, events: int) -> Iterator[None]:
        """Until so many events were heard."""
        thread = threading.Thread(target=self.listen, args=(events,), daemon=True)
        thread.start()
        self._call()
        yield
        thread.join(10)
        assert not thread.is_alive()

    def _call(self) -> None:
        """Until it answers: it subscribes only when it listens, and what was said before it never hears."""
        with app.connection_for_write() as connection, app.events.Dispatcher(connection, buffer_while_offline=False) as caller:
            for _ in range(200):
                caller.send("test-called")
                if self._listening.wait(0.05):
                    return
        raise AssertionError("nobody listens")


def test_one_is_told_at_once(broker: Connection) -> None:
    ear, bell = _Ear(), _bell()
    with ear.hearing(1):
        dispatch.publish_run(bell, broker)
    [told] = ear.heard
    [message] = messages.waiting("speech")
    assert (told["uuid"], told["name"], told["queue"]) == (message.headers["id"], "transcript.transcribe", "speech")
    assert str(bell.run_id) in told["args"]


def test_many_are_told_together(broker: Connection) -> None:
    ear = _Ear()
    with ear.hearing(MANY), telling.together(broker):
        for _ in range(MANY):
            dispatch.publish_run(_bell(), broker)
    assert ear.told == [MANY]
    assert {told["uuid"] for told in ear.heard} == {message.headers["id"] for message in messages.waiting("speech")}


@pytest.mark.usefixtures("broker")
def test_what_the_front_hands_over_at_once_is_told_together() -> None:
    ear, ours, begun, first = _Ear(), Publisher(), threading.Event(), threading.Event()

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
