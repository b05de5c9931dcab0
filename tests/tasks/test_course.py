"""A run goes on where its step was done, if the next one asks nobody outside or a caller is on the line; else it goes on by message."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg2
import pytest
from kombu.connection import Connection
from redis import Redis
from sqlalchemy.pool import PoolProxiedConnection

import celeryconfig
import settings
from db.driver import Rows, ask
from db.engine import engine
from db.results import record_transcription
from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import STAGES, TASK_NAMES, Purpose, Stage
from domain.deliveries import Stored
from domain.errors import LeaseLost, PermanentError, StepFailed, StoreUnavailable
from domain.lanes import Lane
from domain.runs import Bell, Claim, Onward, Run
from domain.telephony.call_flow import MODEL_LIMIT_S
from domain.vendors import Vendor
from providers import registry
from tasks import app, course, dispatch, step, telling
from tests.support import chain, messages, visits
from tests.support.ear import Ear
from tests.support.stored import count, row, rows

OF_A_STEP = ("task-received", "task-started", "task-succeeded")
LAST_THREE = [TASK_NAMES[stage] for stage in STAGES[1:]]
WORDS = "I would like to book an appointment"


@contextmanager
def _taken_from(queue: str) -> Iterator[Any]:
    """The first message of a queue as a pool's process has it at hand: its task, with the request that belongs to it."""
    app.loader.import_default_modules()
    [message] = messages.waiting(queue)
    task, own = app.tasks[message.task], {name: message.headers[name] for name in ("id", "root_id")}
    task.push_request(**own, args=message.args, chain=[*reversed(message.rest)], hostname="worker@test")
    try:
        yield task
    finally:
        task.pop_request()


def _ring(stored: Stored, broker: Connection, lane: Lane = Lane.NORMAL) -> str:
    assert stored.run_id
    assert stored.conversation_id
    assert stored.transcript_id
    dispatch.publish_run(
        Bell(stored.run_id, stored.conversation_id, stored.transcript_id, Stage.TRANSCRIBE, Purpose.LIVE, "a-trace-of-it", lane), broker
    )
    return dispatch.queue_of(Purpose.LIVE, Stage.TRANSCRIBE, lane)


def _worked(queue: str) -> tuple[str, list[str]]:
    """What the first task answers, and what is left for messages."""
    with _taken_from(queue) as task:
        said = task.run(*task.request.args)
        return said, [step["task"] for step in reversed(task.request.chain or [])]


@pytest.fixture(autouse=True)
def _takes_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.amqp.queues, "_consume_from", None)
    app.amqp.queues.select(dispatch.QUEUES)


@pytest.fixture
def sms(organization: OrganizationRow) -> Stored:
    """A message that came in."""
    return chain.receive_sms(organization.id, WORDS, "SM1")


def _asking_vendors(monkeypatch: pytest.MonkeyPatch, *roles: str) -> None:
    """The offline engines under a vendor's name: who is asked is outside then."""
    for role in roles:
        engine_of = getattr(registry, f"offline_{role}")
        monkeypatch.setattr(registry, role, partial(_named, engine_of()))


def _named(offline: Any) -> Any:
    return type("Named", (), {"vendor": Vendor.OPENAI, "__getattr__": lambda _, name: getattr(offline, name)})()


class TestAtOnce:
    """Nobody outside is asked."""

    def test_the_whole_run_is_worked_off_by_its_first_message(self, sms: Stored, broker: Connection) -> None:
        assert _worked(_ring(sms, broker)) == ("done", [])
        assert row("SELECT state, stage, lease_token FROM runs") == {"state": "done", "stage": "persist", "lease_token": None}
        figures = rows("SELECT stage, attempts, worker, finished_at IS NOT NULL AS ended FROM run_steps ORDER BY started_at")
        assert [tuple(step.values()) for step in figures] == [(stage, 1, "worker@test", True) for stage in STAGES]
        assert count("run_attempts") == len(STAGES)
        assert row("SELECT status, processing_status FROM transcripts") == {"status": "completed", "processing_status": "completed"}
        assert count("effects") == 1

    def test_a_whole_run_pays_few_visits(self, sms: Stored, organization: OrganizationRow, broker: Connection) -> None:
        _worked(_ring(sms, broker))
        with Redis.from_url(settings.current().broker_url) as client:
            client.flushdb()
        second = _ring(chain.receive_sms(organization.id, WORDS, "SM2"), broker)
        with visits.counted() as seen:
            _worked(second)
        # one claim and the body; then for each step: load, fence and figures with the next claim, words. The last one is not over before it
        # knows whom to ring for
        assert len(seen) == 2 + 3 * len(STAGES) + 1

    def test_the_ops_view_hears_of_each_step_as_a_task_of_its_own(self, sms: Stored, broker: Connection) -> None:
        queue = _ring(sms, broker)
        [message] = messages.waiting(queue)
        ear = Ear(*OF_A_STEP)
        with ear.hearing(3 * len(OF_A_STEP)):
            _worked(queue)
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
        queue = _ring(sms, broker)
        monkeypatch.setitem(app.conf, "worker_send_task_events", False)
        with telling.together(broker):
            telling.done([{"type": "task-succeeded"}])
            assert telling._thread.waiting == []
        assert _worked(queue) == ("done", [])

    def test_a_message_that_comes_twice_changes_nothing(self, sms: Stored, broker: Connection) -> None:
        queue = _ring(sms, broker)
        _worked(queue)
        before = [chain.whole(table) for table in ("runs", "run_steps", "run_attempts", "effects")]
        assert _worked(queue) == ("already done", [])
        assert [chain.whole(table) for table in ("runs", "run_steps", "run_attempts", "effects")] == before

    def test_a_step_that_ends_the_run_is_shown_as_failed_and_the_first_one_is_not(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any) -> None:
            raise PermanentError("reply:unfit")

        monkeypatch.setattr(type(registry.offline_reply_writer()), "write", refuse)
        ear = Ear("task-succeeded", "task-failed")
        with ear.hearing(2):
            assert _worked(_ring(sms, broker)) == ("done", [])
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
        _asking_vendors(monkeypatch, *asked)
        assert _worked(_ring(sms, broker)) == ("done", left)
        assert row("SELECT state, lease_token, attempts FROM runs") == {"state": "ready", "lease_token": None, "attempts": 0}

    def test_who_is_on_the_line_waits_in_no_queue_twice(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        _asking_vendors(monkeypatch, "classifier", "reply_writer")
        assert _worked(_ring(sms, broker, Lane.URGENT)) == ("done", [])

    def test_a_worker_does_nothing_that_it_is_not_there_for(self, sms: Stored, broker: Connection) -> None:
        queue = _ring(sms, broker)
        app.amqp.queues.select(["speech", "records"])
        assert _worked(queue) == ("done", LAST_THREE)

    def test_what_has_taken_long_goes_on_within_a_limit_of_its_own(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue = _ring(sms, broker)
        monkeypatch.setattr(course, "AT_ONCE_WITHIN_S", -1.0)
        assert _worked(queue) == ("done", LAST_THREE)

    def test_a_turn_that_waits_for_an_earlier_one_is_left_to_whoever_comes_next(
        self, organization: OrganizationRow, broker: Connection
    ) -> None:
        chain.receive_sms(organization.id, WORDS, "SM1")
        second = chain.receive_sms(organization.id, "And when do you open?", "SM2")
        assert _worked(_ring(second, broker)) == ("done", LAST_THREE[1:])
        found = chain.run_row(second.run_id)  # type: ignore[arg-type] # it has one
        assert (found["stage"], found["lease_token"], found["attempts"]) == ("generate_reply", None, 0)
        assert row("SELECT count(*) AS analyses FROM analyses")["analyses"] == 1

    def test_a_wait_ends_the_chain(self, organization: OrganizationRow, broker: Connection) -> None:
        stored = chain.store_recording(organization.id)
        assert _worked(_ring(stored, broker)) == ("waiting for no_transcriber", [])


class TestCommit:
    """Results and the next claim are one commit."""

    def test_it_waits_for_the_disk_as_every_result_does(self, sms: Stored, broker: Connection) -> None:
        with engine().begin() as connection:
            connection.exec_driver_sql(
                """CREATE TABLE kept (how text);
                CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN INSERT INTO kept SELECT current_setting('synchronous_commit'); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER kept AFTER INSERT ON utterances DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION keep()"""
            )
        try:
            _worked(_ring(sms, broker))
            assert row("SELECT how FROM kept") == {"how": "on"}
        finally:
            with engine().begin() as connection:
                connection.exec_driver_sql("DROP TABLE kept; DROP FUNCTION keep CASCADE")

    def test_one_whose_answer_is_lost_is_gone_on_with(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        lost: list[bytes] = []

        def lose_one(held: PoolProxiedConnection, message: bytes) -> Rows:
            found = ask(held, message)
            if b"COMMIT" in message and not lost:
                lost.append(message)
                raise psycopg2.OperationalError("server closed the connection unexpectedly")
            return found

        monkeypatch.setattr("db.one_trip.ask", lose_one)
        assert _worked(_ring(sms, broker)) == ("done", [])
        assert lost
        assert row("SELECT state FROM runs") == {"state": "done"}
        assert [step["attempts"] for step in rows("SELECT attempts FROM run_steps")] == [1] * len(STAGES)
        assert count("utterances") == 1

    def test_whoever_lost_the_run_meanwhile_begins_nothing(self, sms: Stored) -> None:
        assert sms.run_id
        late = chain.claim(sms.run_id)
        rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 s' RETURNING id")
        chain.claim(sms.run_id)
        with pytest.raises(LeaseLost):
            record_transcription(late, chain.transcription(), Onward(Stage.CLASSIFY_SPEAKERS, 30, 6, "late@test"))
        assert chain.run_row(sms.run_id)["stage"] == "transcribe"
        assert count("utterances") == 0

    def test_nobodys_words_stand_in_a_message_that_may_fail(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[bytes] = []

        def note(held: PoolProxiedConnection, message: bytes | str) -> Rows:
            sent.append(message if isinstance(message, bytes) else message.encode())
            return ask(held, message)

        monkeypatch.setattr("db.one_trip.ask", note)
        _worked(_ring(sms, broker))
        telling_words = [message for message in sent if WORDS.encode() in message]
        assert len(telling_words) == 1
        assert all(message.count(b"EXECUTE") == 1 and message.endswith(b"COMMIT") for message in telling_words)

    def test_a_next_step_that_cannot_look_at_the_run_gives_it_back(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(claim: Claim) -> Run:
            if claim.stage is not Stage.TRANSCRIBE:
                raise StoreUnavailable("database:LockNotAvailable:55P03")
            return load(claim)

        monkeypatch.setattr(step, "load", away)
        assert _worked(_ring(sms, broker)) == ("done", [])
        found = row("SELECT stage, lease_token, attempts, last_error FROM runs")
        assert (found["stage"], found["lease_token"], found["attempts"]) == ("classify_speakers", None, 0)
        assert found["last_error"] == "infrastructure:StoreUnavailable"


class TestDoorbell:
    """What stands in a message decides nothing."""

    @pytest.mark.parametrize("lacks", ["queue", "task_id", "argsrepr", "kwargsrepr", "options", "task", "all"])
    def test_a_chain_that_is_none_of_ours_fails_no_step(self, sms: Stored, broker: Connection, lacks: str) -> None:
        with _taken_from(_ring(sms, broker)) as task:
            following = task.request.chain[-1]
            following.pop(lacks, None)
            following.get("options", {}).pop(lacks, None)
            if lacks == "all":
                task.request.chain = ["no step"]
            assert task.run(*task.request.args) == "done"
            assert task.request.chain, "whoever wrote it may know what it means"
        found = row("SELECT state, stage, lease_token, attempts FROM runs")
        assert found == {"state": "ready", "stage": "classify_speakers", "lease_token": None, "attempts": 0}

    def test_a_task_that_is_not_known_here_is_left_to_its_message(self, sms: Stored, broker: Connection) -> None:
        with _taken_from(_ring(sms, broker)) as task:
            task.request.chain[-1]["task"] = "transcript.of_a_release_to_come"
            assert task.run(*task.request.args) == "done"
            assert len(task.request.chain) == len(LAST_THREE)


class TestLimits:
    """A lease outlives its holder, and a worker that is told to end is not kept waiting."""

    def test_a_step_has_a_hard_limit_of_its_own(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: dict[Stage, float] = {}

        def note(claim: Claim) -> Run:
            seen[claim.stage] = signal.getitimer(signal.ITIMER_REAL)[0]
            return load(claim)

        monkeypatch.setattr(step, "load", note)
        before = signal.setitimer(signal.ITIMER_REAL, 0)
        _worked(_ring(sms, broker))
        assert seen.pop(Stage.TRANSCRIBE) == 0.0, "that one is the pool's"
        assert len(seen) == len(LAST_THREE)
        for stage, left_s in seen.items():
            assert 0 < left_s <= celeryconfig.task_time_limit < step.lease_s(stage)
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0.0
        signal.setitimer(signal.ITIMER_REAL, *before)

    def test_a_model_is_asked_for_a_caller_only_if_there_is_time_for_it_at_a_shutdown(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert 0 < course.ASKING_WITHIN_S + MODEL_LIMIT_S <= celeryconfig.worker_soft_shutdown_timeout
        _asking_vendors(monkeypatch, "classifier", "reply_writer")
        queue = _ring(sms, broker, Lane.URGENT)
        monkeypatch.setattr(course, "ASKING_WITHIN_S", -1.0)
        assert _worked(queue) == ("done", LAST_THREE)
