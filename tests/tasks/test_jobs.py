"""The machine behind jobs: one owner, a fence, tries that end, a message that may be lost, words that go."""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

import pytest
from kombu.connection import Connection

from db import erasures
from db.erasures import Whom
from db.plant import jobs
from db.tables.organizations import OrganizationRow
from domain.errors import (
    LeaseLost,
    PermanentError,
    RetryableError,
)
from domain.jobs import AGE_LIMIT_S, Job, JobKind, JobState
from domain.speech import Engine
from domain.vendors import Vendor
from providers import registry
from tasks import app, dispatch, sweeper
from tasks import broker as brokers
from tasks.jobs import task
from tasks.retention import empty_old
from tests.support import chain
from tests.support.acting import TEXT, entered, stored, work
from tests.support.fake_vendors import FakeModel
from tests.support.plant_factories import JobFactory
from tests.support.stored import count, row, rows

LEASE_S = 30.0


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """A model that answers everything, so far."""
    fake = FakeModel()
    monkeypatch.setattr(registry, "classifier", lambda: fake)
    monkeypatch.setattr(registry, "reply_writer", lambda: fake)
    return fake


def _claimed(organization: OrganizationRow) -> Job:
    found = jobs.claim(entered(organization.id).id, lease_s=LEASE_S, max_attempts=6, worker="test")
    assert found
    return found


def _due_now() -> None:
    rows("UPDATE jobs SET not_before = clock_timestamp(), next_publish_at = clock_timestamp() RETURNING id")


def _lease_over() -> None:
    rows("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")


class TestOneOwner:
    """As with runs: the row decides, by the database's clock."""

    def test_of_many_workers_one_gets_it(self, organization: OrganizationRow) -> None:
        job = entered(organization.id)
        claim = partial(jobs.claim, job.id, lease_s=LEASE_S, max_attempts=6, worker="test")
        assert sum(found is not None for found in chain.at_once([claim] * 4)) == 1
        assert work(job.id).startswith("nothing to do")

    def test_who_was_away_for_too_long_writes_nothing(self, organization: OrganizationRow) -> None:
        late = _claimed(organization)
        _lease_over()
        assert work(late.id) == "done"
        for write in (
            partial(jobs.succeed, late, {"intent": "of the late one"}),
            partial(jobs.fail, late, "timeout"),
            partial(jobs.postpone, late, "timeout", 1.0, give_back=True),
            partial(jobs.note_paid, late, Engine("openai", "model-1", {"input_tokens": 9}), None),
        ):
            with pytest.raises(LeaseLost):
                write()
        assert stored(late.id)["result"]["intent"] == "book_appointment"
        assert count("usage_days") == 0

    def test_nothing_is_open_while_it_is_worked_on(self, organization: OrganizationRow, model: FakeModel) -> None:
        open_ones = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%%'"
        seen: list[int] = []
        model.before_answer = lambda: seen.append(row(open_ones)["n"])
        assert work(entered(organization.id).id) == "done"
        assert seen == [0]


class TestTries:
    """It is tried again as long as somebody may be waiting."""

    def test_a_failure_is_tried_again_and_counted_until_it_is_enough(
        self, organization: OrganizationRow, model: FakeModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(task, "max_attempts", lambda: 2)
        model.fails, job = RetryableError("openai:http_503"), entered(organization.id, JobKind.GENERATE_REPLY, text=TEXT, intent="refund")
        assert work(job.id).startswith("retry 2 in")
        assert work(job.id).startswith("nothing to do"), "it is put off"
        _due_now()
        assert work(job.id) == "failed: openai:http_503"
        assert (stored(job.id)["state"], stored(job.id)["error_code"]) == (JobState.FAILED, "openai:http_503")
        assert {found["outcome"] for found in rows("SELECT outcome FROM failure_counts WHERE task = 'job.run'")} == {"retried", "ended"}

    def test_what_will_never_go_better_ends_at_once(self, organization: OrganizationRow, model: FakeModel) -> None:
        model.fails = PermanentError("openai:no")
        job = entered(organization.id)
        assert (work(job.id), stored(job.id)["attempts"]) == ("failed: openai:no", 1)

    def test_a_pause_does_not_count_but_time_passes(self, organization: OrganizationRow, model: FakeModel) -> None:
        model.fails = RetryableError("openai:rate_limited", 5, counts=False)
        job = entered(organization.id)
        assert work(job.id) == "paused for 5 s: openai:rate_limited"
        assert stored(job.id)["attempts"] == 0
        rows("UPDATE jobs SET created_at = created_at - make_interval(secs => %s) RETURNING id", AGE_LIMIT_S)
        _due_now()
        assert work(job.id) == "failed: openai:rate_limited"

    def test_a_bug_of_ours_is_told_by_its_class_alone(self, organization: OrganizationRow, model: FakeModel) -> None:
        model.fails = KeyError("zanzibar")
        job = entered(organization.id)
        assert work(job.id).endswith("unexpected:KeyError")
        assert "zanzibar" not in str(stored(job.id))

    def test_whoever_takes_it_and_is_lost_each_time_does_not_take_it_for_ever(
        self, organization: OrganizationRow, broker: Connection
    ) -> None:
        job = entered(organization.id)
        rows("UPDATE jobs SET attempts = 99 RETURNING id")
        _due_now()
        rows("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second', state = 'running' RETURNING id")
        sweeper.sweep_once(broker, "worker@test", ["language"])
        assert (stored(job.id)["state"], stored(job.id)["error_code"]) == (JobState.FAILED, "worker_lost")

    def test_what_was_paid_is_counted_whatever_becomes_of_the_job(self, organization: OrganizationRow, model: FakeModel) -> None:
        def fail_at_the_reply() -> None:
            model.fails = RetryableError("openai:http_503") if model.asked[-1] == "write" else None

        model.before_answer = fail_at_the_reply
        job = entered(organization.id, JobKind.GENERATE_REPLY, text=TEXT)
        assert work(job.id).startswith("retry 2")
        assert row("SELECT llm_tokens FROM usage_days") == {"llm_tokens": 15}
        model.before_answer, model.fails = lambda: None, None
        _due_now()
        assert work(job.id) == "done"
        assert row("SELECT llm_tokens FROM usage_days") == {"llm_tokens": 45}
        assert stored(job.id)["usage"] == {"input_tokens": 30, "output_tokens": 15}

    def test_a_day_that_is_used_up_asks_no_model(self, organization: OrganizationRow, model: FakeModel) -> None:
        rows(
            "INSERT INTO usage_days (organization_id, day, llm_tokens)"
            " VALUES (%s, (clock_timestamp() AT TIME ZONE 'UTC')::date, 20000000) RETURNING day",
            str(organization.id),
        )
        job = entered(organization.id)
        assert work(job.id) == "done"
        assert (stored(job.id)["result"]["stands_in_for"], model.asked) == ("spend:day_llm_tokens", [])


class TestDoorbell:
    """A message may be lost; it says nothing but which job."""

    @pytest.mark.parametrize(("kind", "queue"), list(dispatch.JOB_QUEUES.items()))
    def test_what_nobody_rang_for_is_rung_for_in_the_queue_of_what_it_waits_for(
        self, organization: OrganizationRow, broker: Connection, kind: JobKind, queue: str
    ) -> None:
        job = entered(organization.id, kind)
        assert sweeper.sweep_once(broker, "worker@test", [queue]) == 0, "its own message may still come"
        _due_now()
        assert sweeper.sweep_once(broker, "worker@test", [queue]) == 1
        assert sweeper.sweep_once(broker, "worker@test", [queue]) == 0
        message = broker.SimpleQueue(queue).get(block=False)
        assert (message.headers["task"], message.payload[0]) == ("job.run", [str(job.id)])
        assert TEXT.partition(" ")[0] not in f"{message.headers} {message.payload}"
        assert message.headers["argsrepr"] == f"job:{job.id}"

    def test_a_full_queue_gets_no_more(self, organization: OrganizationRow, broker: Connection, configured: Callable[..., None]) -> None:
        configured(BROKER_QUEUE_DEPTH=1)
        for _ in range(3):
            entered(organization.id)
        _due_now()
        assert [sweeper.sweep_once(broker, "worker@test", ["language"]) for _ in range(2)] == [1, 0]
        assert brokers.queue_depth(broker, "language") == 1


class TestWords:
    """They go after a day, or when their caller is erased."""

    def test_a_day_later_nothing_is_left(self, organization: OrganizationRow) -> None:
        kept, gone = entered(organization.id), entered(organization.id)
        rows("UPDATE jobs SET expires_at = clock_timestamp() - interval '1 second' WHERE id = %s RETURNING id", str(gone.id))
        assert empty_old().jobs == 1
        assert [found["id"] for found in rows("SELECT id FROM jobs")] == [str(kept.id)]

    def test_who_is_erased_is_erased_from_jobs_too_and_who_is_at_it_writes_nothing(self, organization: OrganizationRow) -> None:
        other = JobFactory.create()
        at_work = _claimed(organization)
        counts = erasures.forget_number(organization.id, Whom(numbers=("+15005550199",)))
        assert counts["jobs"] == 1
        with pytest.raises(LeaseLost):
            jobs.succeed(at_work, {"text": "too late"})
        assert [found["id"] for found in rows("SELECT id FROM jobs")] == [str(other.id)], "another organization's stay"

    def test_an_erased_conversation_takes_the_jobs_about_it_along(self, organization: OrganizationRow) -> None:
        conversation = uuid4()
        about = JobFactory.create(organization_id=organization.id, conversation_id=conversation)
        JobFactory.create(organization_id=organization.id)
        assert erasures.empty(organization.id, conversation, "test")["jobs"] == 1
        assert rows("SELECT id FROM jobs WHERE id = %s", str(about.id)) == []
        assert count("jobs") == 1


def test_an_open_circuit_is_not_asked(organization: OrganizationRow, model: FakeModel) -> None:
    rows(
        "INSERT INTO vendor_health (vendor, failures, open_until) VALUES (%s, 4, clock_timestamp() + interval '1 minute') RETURNING vendor",
        Vendor.OPENAI.value,
    )
    job = entered(organization.id, JobKind.GENERATE_REPLY, text=TEXT, intent="refund")
    assert work(job.id).startswith("paused for")
    assert model.asked == []


def test_the_task_is_known_to_a_worker() -> None:
    app.loader.import_default_modules()
    assert "job.run" in app.tasks
