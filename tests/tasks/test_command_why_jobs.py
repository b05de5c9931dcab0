"""`why` says what became of something that was asked of the API, and no word of what that was."""

import json
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from db import jobs as asked_for
from db.plant import jobs
from db.tables.organizations import OrganizationRow
from domain.jobs import Job, JobKind
from domain.runs import BELL_MARK
from tasks.commands.replay import replay
from tasks.commands.why import why
from tasks.doctor import front
from tasks.jobs import lease
from tests.support import acting
from tests.support.acting import TEXT, entered
from tests.support.factories import OrganizationFactory
from tests.support.plant_factories import WorkerFactory
from tests.support.stored import row, rows

WORKER = "worker@test/1"


@pytest.fixture(autouse=True)
def _a_house_at_work(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is there, and nobody tries the address of the tests, which is nobody's."""
    WorkerFactory.create(name=WORKER, queues=["speech", "language"])
    rows("UPDATE workers SET last_claim_at = clock_timestamp() RETURNING name")
    monkeypatch.setattr(front, "look", list)


def _asked(name: object) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(why, [str(name), "--org", "test", "--json"])
    assert "Traceback" not in result.output, result.output
    assert "cleaning" not in result.output
    return result.exit_code, json.loads(result.output)


def _taken(organization: OrganizationRow, worker: str = WORKER, lease_s: float | None = None) -> Job:
    found = jobs.claim(entered(organization.id).id, lease_s=lease_s or lease.lease_s(), max_attempts=6, worker=worker)
    assert found
    return found


def test_every_id_of_a_job_leads_to_it(organization: OrganizationRow) -> None:
    job = entered(organization.id)
    for name in (job.id, job.trace_id, f"{job.id}{BELL_MARK}{uuid4().hex[:12]}"):
        code, told = _asked(name)
        assert (code, told["code"]) == (0, "in_queue"), told
        assert told["sentence"] == f"Job {job.id} (classify_intent) is due and waits for a worker's turn in the queue 'language'."
        assert any(f"job {job.id}  classify_intent pending  try 0 of " in fact for fact in told["evidence"])
        assert any(fact.startswith(f"queue language: 0 messages, taken from by {WORKER}") for fact in told["evidence"])


def test_a_job_of_others_or_of_yesterday_is_nobodys(organization: OrganizationRow) -> None:
    other = entered(OrganizationFactory.create().id)
    for name in (other.id, other.trace_id):
        assert _asked(name)[1]["code"] == "not_received"
    gone = entered(organization.id)
    rows("UPDATE jobs SET expires_at = clock_timestamp() - interval '1 minute' RETURNING id")
    code, told = _asked(gone.id)
    assert (code, told["code"]) == (0, "job_expired")
    assert "was pending when its day ended" in told["sentence"]
    jobs.forget_expired()
    code, told = _asked(gone.id)
    assert (code, told["code"]) == (2, "not_received")
    assert "forgotten after a day" in told["sentence"]


def test_a_job_that_nobody_can_take_names_the_worker_to_start(organization: OrganizationRow) -> None:
    code, told = _asked(entered(organization.id, JobKind.REPROCESS).id)
    assert (code, told["code"]) == (1, "no_consumer")
    assert "waits in the queue 'batch', and no worker takes from it" in told["sentence"]
    assert " -Q batch " in told["command"]


def test_a_job_at_work_says_where_and_since_when(organization: OrganizationRow) -> None:
    code, told = _asked(_taken(organization).id)
    assert (code, told["code"]) == (0, "at_work")
    assert f"is being worked on: {WORKER} has been at it for 0 s" in told["sentence"]


def test_a_job_whose_worker_is_gone_says_until_when_it_is_held(organization: OrganizationRow) -> None:
    held = _taken(organization, worker="worker@gone/1")
    code, told = _asked(held.id)
    assert (code, told["code"]) == (1, "silent_worker")
    assert "worker@gone/1, which is not there any more" in told["sentence"]
    rows("UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")
    code, told = _asked(held.id)
    assert (code, told["code"]) == (0, "worker_died")
    assert "lost its lease" in told["sentence"]
    rows("UPDATE jobs SET lease_until = clock_timestamp() + interval '10 years' RETURNING id")
    assert _asked(held.id)[1]["code"] == "lease_stuck"


@pytest.mark.parametrize(
    ("why_not", "code", "act"),
    [
        ("openai:http_503", "retry_pending", "Nothing"),
        ("openai:rate_limited", "vendor_rate_limited", "Nothing"),
        ("openai:invalid_key", "vendor_key_wrong", "Set OPENAI_API_KEY"),
        ("no_transcriber", "no_transcriber", "Set DEEPGRAM_API_KEY"),
        ("spend:day_llm_tokens", "day_limit_reached", "Raise SPEND_DAY_LLM_TOKENS"),
    ],
)
def test_a_job_that_is_put_off_says_for_how_long_and_why(organization: OrganizationRow, why_not: str, code: str, act: str) -> None:
    held = _taken(organization)
    jobs.postpone(held, why_not, 300, give_back=True)
    exit_code, told = _asked(held.id)
    assert (told["code"], exit_code) == (code, 0 if act == "Nothing" else 1)
    assert f"is put off for {300 if '300 s' in told['sentence'] else 299} s: " in told["sentence"]
    assert why_not in told["sentence"]
    assert told["fix"].startswith(act)
    assert told["command"] == f"celery -A tasks why {held.id} --org test"


@pytest.mark.parametrize(
    ("why_not", "code", "weight", "act"),
    [
        ("openai:invalid_key", "job_failed", "broken", "Set OPENAI_API_KEY"),
        ("openai:http_503", "job_failed", "broken", "Mend what the code names"),
        ("worker_lost", "job_failed", "broken", "Look for its id in the workers' logs"),
        ("unexpected:KeyError", "job_failed", "broken", "Look for its id in the workers' logs"),
        ("words_not_kept", "job_refused", "warning", "Whoever asked sends another request"),
    ],
)
def test_a_job_that_failed_says_of_what_and_how_it_is_asked_again(
    organization: OrganizationRow, why_not: str, code: str, weight: str, act: str
) -> None:
    held = _taken(organization)
    jobs.fail(held, why_not)
    exit_code, told = _asked(held.id)
    assert (told["code"], told["weight"], exit_code) == (code, weight, int(weight == "broken"))
    assert told["fix"].startswith(act)
    assert ("Idempotency-Key" in told["fix"]) is (weight == "broken")


def test_a_job_that_somebody_did_not_wait_for_says_so(organization: OrganizationRow) -> None:
    held = _taken(organization)
    jobs.postpone(held, "openai:rate_limited", 300, give_back=True)
    assert asked_for.give_up(organization.id, held.id)
    code, told = _asked(held.id)
    assert (code, told["code"]) == (0, "job_given_up")
    assert "did not wish to wait" in told["sentence"]


def test_a_job_that_is_done_says_where_to_look_and_none_of_its_words(organization: OrganizationRow) -> None:
    job = entered(organization.id, JobKind.GENERATE_REPLY, text=TEXT, intent="refund")
    assert acting.work(job.id) == "done"
    code, told = _asked(job.id)
    assert (code, told["code"], told["fix"]) == (0, "job_succeeded", f"Look at it: GET /v1/jobs/{job.id}")
    assert row("SELECT result ->> 'text' AS text FROM jobs")["text"] not in str(told)


def test_a_job_that_breaks_a_promise_says_which(organization: OrganizationRow) -> None:
    held = _taken(organization)
    rows("UPDATE jobs SET lease_until = NULL RETURNING id")
    assert any(fact.startswith("broken promise I2.jobs") for fact in _asked(held.id)[1]["evidence"])


def test_there_is_nothing_to_replay_of_a_job(organization: OrganizationRow) -> None:
    result = CliRunner().invoke(replay, [str(entered(organization.id).id), "--org", "test"])
    assert result.exit_code == 0
    assert "nothing had to be done" in result.output
