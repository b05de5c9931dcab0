"""A run goes on where its step was done, if the next one asks nobody outside or a caller is on the line; else it goes on by message."""

from typing import Any

import pytest
from kombu.connection import Connection
from redis import Redis

import settings
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES
from domain.deliveries import Stored
from domain.emergencies import safety
from domain.errors import PermanentError, StepFailed
from domain.lanes import Lane
from domain.speech import SafetyFinding, Utterance
from providers import registry
from tasks import app, course, dispatch, telling
from tests.support import chain, messages, visits
from tests.support.courses import LAST_THREE, WORDS, asking_vendors, ring, worked
from tests.support.ear import Ear
from tests.support.stored import count, row, rows

OF_A_STEP = ("task-received", "task-started", "task-succeeded")


@pytest.fixture(autouse=True)
def _takes_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.amqp.queues, "_consume_from", None)
    app.amqp.queues.select(dispatch.QUEUES)


@pytest.fixture
def sms(organization: OrganizationRow) -> Stored:
    """A message that came in."""
    return chain.receive_sms(organization.id, WORDS, "SM1")


class TestAtOnce:
    """Nobody outside is asked."""

    def test_the_whole_run_is_worked_off_by_its_first_message(self, sms: Stored, broker: Connection) -> None:
        assert worked(ring(sms, broker)) == ("done", [])
        assert row("SELECT state, stage, lease_token FROM runs") == {"state": "done", "stage": "persist", "lease_token": None}
        figures = rows("SELECT stage, attempts, worker, finished_at IS NOT NULL AS ended FROM run_steps ORDER BY started_at")
        assert [tuple(step.values()) for step in figures] == [(stage, 1, "worker@test", True) for stage in STAGES]
        assert count("run_attempts") == len(STAGES)
        assert row("SELECT status, processing_status FROM transcripts") == {"status": "completed", "processing_status": "completed"}
        assert count("effects") == 1

    def test_a_whole_run_pays_few_visits(self, sms: Stored, organization: OrganizationRow, broker: Connection) -> None:
        worked(ring(sms, broker))
        with Redis.from_url(settings.current().broker_url) as client:
            client.flushdb()
        second = ring(chain.receive_sms(organization.id, WORDS, "SM2"), broker)
        with visits.counted() as seen:
            worked(second)
        # one claim and the body; then for each step: load, fence and figures with the next claim, words. The last one is not over before it
        # knows whom to ring for
        assert len(seen) == 2 + 3 * len(STAGES) + 1

    def test_who_may_be_in_danger_is_asked_once(
        self, organization: OrganizationRow, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[str] = []

        def counted(utterances: tuple[Utterance, ...], alarm_words: tuple[str, ...]) -> tuple[SafetyFinding, ...]:
            read.extend(said.text for said in utterances)
            return find(utterances, alarm_words)

        find, said = safety.find, "words that nobody has said before in this process"
        monkeypatch.setattr(safety, "find", counted)
        worked(ring(chain.receive_sms(organization.id, said, "SM1"), broker))
        assert read == [said]
        with Redis.from_url(settings.current().broker_url) as client:
            client.flushdb()
        worked(ring(chain.receive_sms(organization.id, said, "SM2"), broker))
        assert read == [said, said], "nobody's words are kept for the next one"

    def test_the_ops_view_hears_of_each_step_as_a_task_of_its_own(self, sms: Stored, broker: Connection) -> None:
        queue = ring(sms, broker)
        [message] = messages.waiting(queue)
        ear = Ear(*OF_A_STEP)
        with ear.hearing(3 * len(OF_A_STEP)):
            worked(queue)
        assert [told["name"] for told in ear.heard if told["type"] == "task-received"] == LAST_THREE
        ids = [step["options"]["task_id"] for step in message.rest]
        assert [(told["type"], told["uuid"]) for told in ear.heard] == [(kind, uuid) for uuid in ids for kind in OF_A_STEP]
        received = ear.heard[0]
        assert (received["root_id"], received["parent_id"], received["hostname"]) == (
            message.headers["root_id"],
            message.headers["id"],
            "worker@test",
        )
        assert received["args"] == message.headers["argsrepr"]
        assert {told["result"] for told in ear.heard if told["type"] == "task-succeeded"} == {"'done'"}
        assert not [told for told in ear.heard if WORDS in str(told)]

    def test_nothing_is_told_if_nobody_wants_to_know(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        queue = ring(sms, broker)
        monkeypatch.setitem(app.conf, "worker_send_task_events", False)
        with telling.together(broker):
            telling.done([{"type": "task-succeeded"}])
            assert telling._thread.waiting == []
        assert worked(queue) == ("done", [])

    def test_a_message_that_comes_twice_changes_nothing(self, sms: Stored, broker: Connection) -> None:
        queue = ring(sms, broker)
        worked(queue)
        before = [chain.whole(table) for table in ("runs", "run_steps", "run_attempts", "effects")]
        assert worked(queue) == ("already done", [])
        assert [chain.whole(table) for table in ("runs", "run_steps", "run_attempts", "effects")] == before

    def test_a_step_that_ends_the_run_is_shown_as_failed_and_the_first_one_is_not(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any) -> None:
            raise PermanentError("reply:unfit")

        monkeypatch.setattr(type(registry.offline_reply_writer()), "write", refuse)
        ear = Ear("task-succeeded", "task-failed")
        with ear.hearing(2):
            assert worked(ring(sms, broker)) == ("done", [])
        assert [told["type"] for told in ear.heard] == ["task-succeeded", "task-failed"]
        assert ear.heard[1]["exception"] == repr(StepFailed("reply:unfit"))
        assert row("SELECT state, stage, last_error FROM runs") == {"state": "dead", "stage": "generate_reply", "last_error": "reply:unfit"}


class TestByMessage:
    """Something scarcer is needed, or it has taken long enough."""

    @pytest.mark.parametrize(
        ("asked", "left"),
        [(("classifier",), LAST_THREE), (("reply_writer",), LAST_THREE[1:]), (("classifier", "reply_writer"), LAST_THREE)],
    )
    def test_a_step_that_asks_a_vendor_waits_in_its_queue(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], left: list[str]
    ) -> None:
        asking_vendors(monkeypatch, *asked)
        assert worked(ring(sms, broker)) == ("done", left)
        assert row("SELECT state, lease_token, attempts FROM runs") == {"state": "ready", "lease_token": None, "attempts": 0}

    def test_who_is_on_the_line_waits_in_no_queue_twice(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        asking_vendors(monkeypatch, "classifier", "reply_writer")
        assert worked(ring(sms, broker, Lane.URGENT)) == ("done", [])

    def test_a_worker_does_nothing_that_it_is_not_there_for(self, sms: Stored, broker: Connection) -> None:
        queue = ring(sms, broker)
        app.amqp.queues.select(["speech", "records"])
        assert worked(queue) == ("done", LAST_THREE)

    def test_what_has_taken_long_goes_on_within_a_limit_of_its_own(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue = ring(sms, broker)
        monkeypatch.setattr(course, "AT_ONCE_WITHIN_S", -1.0)
        assert worked(queue) == ("done", LAST_THREE)

    def test_a_turn_that_waits_for_an_earlier_one_is_left_to_whoever_comes_next(
        self, organization: OrganizationRow, broker: Connection
    ) -> None:
        chain.receive_sms(organization.id, WORDS, "SM1")
        second = chain.receive_sms(organization.id, "And when do you open?", "SM2")
        assert worked(ring(second, broker)) == ("done", LAST_THREE[1:])
        found = chain.run_row(second.run_id)  # type: ignore[arg-type] # it has one
        assert (found["stage"], found["lease_token"], found["attempts"]) == ("generate_reply", None, 0)
        assert row("SELECT count(*) AS analyses FROM analyses")["analyses"] == 1

    def test_a_wait_ends_the_chain(self, organization: OrganizationRow, broker: Connection) -> None:
        stored = chain.store_recording(organization.id)
        assert worked(ring(stored, broker)) == ("waiting for no_transcriber", [])
