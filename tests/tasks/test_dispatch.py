"""The doorbell: task names in order, ids and nothing else, found by any of them in the ops view."""

import json
import threading
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from kombu.connection import Connection

from domain.chain import STAGES, TASK_NAMES, Purpose, Stage
from domain.deliveries import Stored
from domain.lanes import Lane
from domain.runs import Bell, EffectBell
from tasks import app, dispatch
from tests.support import messages
from tests.support.messages import Message

QUEUES = {Stage.TRANSCRIBE: "speech", Stage.CLASSIFY_SPEAKERS: "language", Stage.GENERATE_REPLY: "language", Stage.PERSIST: "records"}


def _bell(stage: Stage = Stage.TRANSCRIBE, purpose: Purpose = Purpose.LIVE) -> Bell:
    return Bell(uuid4(), uuid4(), uuid4(), stage, purpose, uuid4().hex)


def _published(bell: Bell, broker: Connection) -> Message:
    dispatch.publish_run(bell, broker)
    queues = {queue for *_, queue in dispatch.ROUTES}
    [message] = [message for queue in queues for message in messages.waiting(queue)]
    return message


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_left_of_a_run_is_one_chain_in_order(broker: Connection, stage: Stage) -> None:
    message = _published(_bell(stage), broker)
    expected = [TASK_NAMES[later] for later in STAGES[STAGES.index(stage) :]]
    assert [message.task, *(step["task"] for step in message.rest)] == expected


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_waits_in_the_queue_of_what_it_needs(broker: Connection, stage: Stage) -> None:
    message = _published(_bell(stage), broker)
    assert messages.names(QUEUES[stage]) == [message.task]
    assert [step["options"]["queue"] for step in message.rest] == [QUEUES[later] for later in STAGES[STAGES.index(stage) + 1 :]]


def test_reprocessing_stands_before_no_live_work(broker: Connection) -> None:
    message = _published(_bell(purpose=Purpose.REPROCESS), broker)
    assert messages.names("batch") == ["transcript.transcribe"]
    assert {step["options"]["queue"] for step in message.rest} == {"batch"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_caller_on_the_line_waits_in_no_queue_of_recordings(broker: Connection, stage: Stage) -> None:
    message = _published(replace(_bell(stage), lane=Lane.URGENT), broker)
    assert messages.names("live") == [message.task]
    assert {step["options"]["queue"] for step in message.rest} <= {"live"}


def test_a_call_for_help_waits_behind_no_message(broker: Connection) -> None:
    bell = EffectBell(uuid4(), uuid4(), uuid4().hex, Lane.URGENT)
    dispatch.publish_effect(bell, broker)
    assert messages.waiting("deliver") == []
    assert [message.args for message in messages.waiting("deliver_now")] == [[str(bell.effect_id)]]


def test_the_run_id_is_the_only_argument_of_every_step(broker: Connection) -> None:
    bell = _bell()
    message = _published(bell, broker)
    assert (message.args, message.kwargs) == ([str(bell.run_id)], {})
    assert all((step["args"], step["kwargs"], step["immutable"]) == ([str(bell.run_id)], {}, True) for step in message.rest)


def test_every_step_is_found_by_run_conversation_and_transcript(broker: Connection) -> None:
    bell = _bell()
    message = _published(bell, broker)
    for shown in [message.headers["argsrepr"], *(step["options"]["argsrepr"] for step in message.rest)]:
        assert all(str(found) in shown for found in (bell.run_id, bell.conversation_id, bell.transcript_id))


def test_every_step_carries_the_trace_id(broker: Connection) -> None:
    bell = _bell()
    message = _published(bell, broker)
    assert message.headers["stamps"] == {"trace_id": bell.trace_id}
    for step in message.rest:
        assert step["options"]["stamped_headers"] == ["trace_id"]
        assert step["options"]["trace_id"] == bell.trace_id


def test_an_effect_is_rung_by_its_id_alone(broker: Connection) -> None:
    bell = EffectBell(uuid4(), uuid4(), uuid4().hex)
    dispatch.publish_effect(bell, broker)
    [message] = messages.waiting("deliver")
    assert (message.task, message.args, message.kwargs) == ("reply.deliver", [str(bell.effect_id)], {})
    assert message.headers["argsrepr"] == f"effect:{bell.effect_id} conversation:{bell.conversation_id}"
    assert message.headers["stamps"] == {"trace_id": bell.trace_id}


def test_the_same_run_may_be_published_again_and_again(broker: Connection) -> None:
    bell = _bell()
    for _ in range(3):
        dispatch.publish_run(bell, broker)
    assert messages.names("speech") == ["transcript.transcribe"] * 3


class TestAnnouncing:
    """What the front says to the publishing thread."""

    @pytest.fixture
    def rung(self, monkeypatch: pytest.MonkeyPatch) -> list[Bell | EffectBell]:
        """What the thread is asked to publish, in its order."""
        heard: list[Bell | EffectBell] = []
        monkeypatch.setattr(dispatch, "publish_run", heard.append)
        monkeypatch.setattr(dispatch, "publish_effect", heard.append)
        return heard

    @staticmethod
    def _done() -> None:
        # whoever is handed over behind a broken one goes down with it
        done, ends = threading.Event(), time.monotonic() + 5
        while not done.is_set():
            dispatch._publisher.hand_over(done.set)
            done.wait(0.05)
            assert time.monotonic() < ends

    def test_a_fresh_run_is_rung_from_its_first_stage(self, rung: list[Bell | EffectBell]) -> None:
        stored = Stored(uuid4(), True, uuid4(), uuid4(), uuid4())
        dispatch.announce(stored, "trace")
        self._done()
        assert stored.run_id
        assert stored.transcript_id
        assert stored.conversation_id
        assert rung == [Bell(stored.run_id, stored.conversation_id, stored.transcript_id, Stage.TRANSCRIBE, Purpose.LIVE, "trace")]

    def test_what_opened_no_run_rings_nothing(self, rung: list[Bell | EffectBell]) -> None:
        dispatch.announce(Stored(uuid4(), True, uuid4()), "trace")
        self._done()
        assert rung == []

    def test_fresh_effects_are_rung(self, rung: list[Bell | EffectBell]) -> None:
        bells = [EffectBell(uuid4(), uuid4(), "trace") for _ in range(2)]
        dispatch.announce_effects(bells)
        self._done()
        assert rung == bells

    def test_what_could_not_be_rung_is_found_by_its_ids(
        self, refusing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("tasks.publisher.SPARED_S", 0.0)
        elsewhere = Connection(refusing, connect_timeout=0.2)
        for name in ("publish_run", "publish_effect"):
            monkeypatch.setattr(dispatch, name, lambda *_: elsewhere.connect())
        stored, effect = Stored(uuid4(), True, uuid4(), uuid4(), uuid4()), EffectBell(uuid4(), uuid4(), "trace-2")
        dispatch.announce(stored, "trace-1")
        dispatch.announce_effects([effect])
        self._done()
        run, sms = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"doorbell_not_rung"' in line and "trace-" in line]
        assert (run["run"], run["trace_id"]) == (str(stored.run_id), "trace-1")
        assert (sms["effect"], sms["trace_id"]) == (str(effect.effect_id), "trace-2")
        assert run["error"].startswith(("kombu.", "redis."))


class TestReadiness:
    """Whether the broker answers."""

    def test_a_broker_that_answers_is_ready(self) -> None:
        assert dispatch.broker_answers(2)

    def test_a_broker_that_refuses_is_not(self, refusing: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.conf, "broker_url", refusing)
        assert not dispatch.broker_answers(0.5)

    def test_a_broker_that_hangs_is_not(self, hanging: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.conf, "broker_url", hanging)
        assert not dispatch.broker_answers(0.3)
