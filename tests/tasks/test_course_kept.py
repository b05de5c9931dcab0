"""A run that goes on without a message: results and the next claim are one commit, a message decides nothing, limits are kept."""

import os
import signal
import time
from itertools import pairwise

import psycopg2
import pytest
from celery.signals import worker_process_init
from kombu.asynchronous import Hub
from kombu.connection import Connection
from sqlalchemy.pool import PoolProxiedConnection

import celeryconfig
from db.driver import Rows, ask
from db.engine import engine
from db.results import record_transcription
from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import STAGES, Stage
from domain.deliveries import Stored
from domain.errors import LeaseLost, StoreUnavailable
from domain.lanes import Lane
from domain.runs import Claim, Onward, Run
from domain.telephony.call_flow import MODEL_LIMIT_S
from tasks import app, course, dispatch, step, worker
from tasks.ending import Ending
from tests.support import chain
from tests.support.courses import LAST_THREE, WORDS, asking_vendors, ring, taken_from, worked
from tests.support.stored import count, row, rows


@pytest.fixture(autouse=True)
def _takes_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.amqp.queues, "_consume_from", None)
    app.amqp.queues.select(dispatch.QUEUES)


@pytest.fixture
def sms(organization: OrganizationRow) -> Stored:
    """A message that came in."""
    return chain.receive_sms(organization.id, WORDS, "SM1")


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
            worked(ring(sms, broker))
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
        assert worked(ring(sms, broker)) == ("done", [])
        assert lost
        assert row("SELECT state FROM runs") == {"state": "done"}
        assert [step["attempts"] for step in rows("SELECT attempts FROM run_steps")] == [1] * len(STAGES)
        assert count("utterances") == 1

    def test_each_try_ends_before_the_next_one_begins(self, sms: Stored, broker: Connection) -> None:
        worked(ring(sms, broker))
        steps = rows("SELECT queued_at, started_at, finished_at FROM run_steps ORDER BY started_at")
        for before, after in pairwise(steps):
            assert before["started_at"] < before["finished_at"] <= after["started_at"]
            assert after["queued_at"] <= after["started_at"]

    def test_a_message_that_leaves_a_stage_out_skips_none(self, sms: Stored, broker: Connection) -> None:
        with taken_from(ring(sms, broker)) as task:
            del task.request.chain[-1]
            assert task.run(*task.request.args) == "done"
        assert row("SELECT state, stage, lease_token, attempts FROM runs") == {
            "state": "ready",
            "stage": "classify_speakers",
            "lease_token": None,
            "attempts": 0,
        }
        assert count("run_steps") == 1

    def test_whoever_lost_the_run_meanwhile_begins_nothing(self, sms: Stored) -> None:
        assert sms.run_id
        late = chain.claim(sms.run_id)
        rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 s' RETURNING id")
        chain.claim(sms.run_id)
        with pytest.raises(LeaseLost):
            record_transcription(late, chain.transcription(), Onward(Stage.CLASSIFY_SPEAKERS, 30, "late@test"))
        assert chain.run_row(sms.run_id)["stage"] == "transcribe"
        assert count("utterances") == 0

    def test_nobodys_words_stand_in_a_message_that_may_fail(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[bytes] = []

        def note(held: PoolProxiedConnection, message: bytes | str) -> Rows:
            sent.append(message if isinstance(message, bytes) else message.encode())
            return ask(held, message)

        monkeypatch.setattr("db.one_trip.ask", note)
        worked(ring(sms, broker))
        telling_words = [message for message in sent if WORDS.encode() in message]
        assert telling_words
        assert all(message.count(b"EXECUTE") == 1 and message.endswith(b"COMMIT") for message in telling_words)

    def test_a_next_step_that_cannot_look_at_the_run_gives_it_back(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(claim: Claim) -> Run:
            if claim.stage is not Stage.TRANSCRIBE:
                raise StoreUnavailable("database:LockNotAvailable:55P03")
            return load(claim)

        monkeypatch.setattr(step, "load", away)
        assert worked(ring(sms, broker)) == ("done", [])
        found = row("SELECT stage, lease_token, attempts, last_error FROM runs")
        assert (found["stage"], found["lease_token"], found["attempts"]) == ("classify_speakers", None, 0)
        assert found["last_error"] == "infrastructure:StoreUnavailable"


class TestDoorbell:
    """What stands in a message decides nothing."""

    @pytest.mark.parametrize("lacks", ["queue", "task_id", "argsrepr", "kwargsrepr", "options", "task", "all"])
    def test_a_chain_that_is_none_of_ours_fails_no_step(self, sms: Stored, broker: Connection, lacks: str) -> None:
        with taken_from(ring(sms, broker)) as task:
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
        with taken_from(ring(sms, broker)) as task:
            task.request.chain[-1]["task"] = "transcript.of_a_release_to_come"
            assert task.run(*task.request.args) == "done"
            assert len(task.request.chain) == len(LAST_THREE)


def _at_work_for_too_long() -> int:
    """The exit code of a child of the pool that does a step without a message; it is made when its parent is at work already."""
    child = os.fork()
    if child == 0:
        worker_process_init.send(sender=worker)
        with course._limited():
            time.sleep(5)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class TestLimits:
    """A lease outlives its holder, and a worker that is told to end is not kept waiting."""

    def test_a_step_has_a_hard_limit_of_its_own(self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: dict[Stage, float] = {}

        def note(claim: Claim) -> Run:
            seen[claim.stage] = signal.getitimer(signal.ITIMER_REAL)[0]
            return load(claim)

        monkeypatch.setattr(step, "load", note)
        before = signal.setitimer(signal.ITIMER_REAL, 0)
        worked(ring(sms, broker))
        assert seen.pop(Stage.TRANSCRIBE) == 0.0, "that one is the pool's"
        assert len(seen) == len(LAST_THREE)
        for stage, left_s in seen.items():
            assert 0 < left_s <= celeryconfig.task_time_limit < step.lease_s(stage)
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0.0
        signal.setitimer(signal.ITIMER_REAL, *before)

    def test_a_child_that_takes_another_ones_place_is_ended_by_it_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(celeryconfig, "task_time_limit", 0.2)
        former = signal.getsignal(signal.SIGALRM)
        Ending().follow(Hub())
        try:
            ended = _at_work_for_too_long()
        finally:
            signal.signal(signal.SIGALRM, former)
        assert ended == -signal.SIGALRM

    def test_a_model_is_asked_for_a_caller_only_if_there_is_time_for_it_at_a_shutdown(
        self, sms: Stored, broker: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert 0 < course.ASKING_WITHIN_S + MODEL_LIMIT_S <= celeryconfig.worker_soft_shutdown_timeout
        asking_vendors(monkeypatch, "classifier", "reply_writer")
        queue = ring(sms, broker, Lane.URGENT)
        monkeypatch.setattr(course, "ASKING_WITHIN_S", -1.0)
        assert worked(queue) == ("done", LAST_THREE)
