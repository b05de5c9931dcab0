"""/metrics tells the plant's figures, from Postgres, to whoever runs the plant."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from api import metrics
from db import api_keys
from db.engine import FRONT
from db.plant import figures, jobs
from db.tables.organizations import OrganizationRow
from domain.chain import Purpose, Stage
from domain.errors import StoreUnavailable
from domain.jobs import JobKind
from domain.runs import Bell
from domain.vendors import OPENS_AFTER, Vendor
from tasks.dispatch import publish_run
from tests.architecture.source import ROOT
from tests.support import acting, chain
from tests.support.factories import EffectFactory, OrganizationFactory, RunFactory, now
from tests.support.plant_factories import FailureCountFactory, InvariantCheckFactory, UsageDayFactory, VendorPlaceFactory, WorkerFactory
from tests.support.stored import rows
from tests.support.vendor_state import opened


@pytest.fixture
def operator(client: FlaskClient) -> FlaskClient:
    """Whoever runs the plant."""
    _, key = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def _samples(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Name of each figure and the values of its labels, by the labels' names."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.content_type.startswith("text/plain")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_tells_which_promises_are_broken_and_when_that_was_found(operator: FlaskClient) -> None:
    InvariantCheckFactory.create(invariant="I1.run", violations=3, broken_since=now())
    InvariantCheckFactory.create(invariant="I5.runs")
    rows("UPDATE invariant_checks SET checked_at = clock_timestamp() - interval '5 minutes' WHERE invariant = 'I1.run' RETURNING invariant")
    found = _samples(operator)
    assert found["hookline_invariant_violations", "I1.run"] == 3
    assert found["hookline_invariant_violations", "I5.runs"] == 0
    assert 300 <= found["hookline_invariants_checked_seconds",] < 600, "the oldest counts: an alarm on it hears of each that is not checked"


def test_there_is_a_figure_for_each_alarm_that_the_deployment_guide_proposes(operator: FlaskClient) -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    alarms = re.findall(r"^\| `(hookline_\w+)(\{(\w+)!=.*\})? >", guide, flags=re.MULTILINE)
    assert len(alarms) == 3
    InvariantCheckFactory.create(invariant="I1.run", violations=3, broken_since=now())
    scraped = operator.get("/metrics").text
    for name, _, label in alarms:
        assert re.search(rf"^{name}{f'{{{label}=' if label else '[ {]'}", scraped, flags=re.MULTILINE), name


def test_a_house_that_was_never_checked_does_not_claim_to_have_been(operator: FlaskClient) -> None:
    assert not [key for key in _samples(operator) if "invariant" in key[0]]


def test_it_counts_failures_by_task_code_and_outcome(operator: FlaskClient) -> None:
    FailureCountFactory.create(task="reply.generate", code="openai:rate_limited", outcome="paused", count=7)
    FailureCountFactory.create(task="reply.generate", code="openai:rate_limited", outcome="ended", count=2)
    found = _samples(operator)
    assert found["hookline_step_failures_total", "openai:rate_limited", "paused", "reply.generate"] == 7
    assert found["hookline_step_failures_total", "openai:rate_limited", "ended", "reply.generate"] == 2


def test_a_backlog_is_told_by_queue_with_its_age(operator: FlaskClient, organization: OrganizationRow) -> None:
    runs = [RunFactory.create(organization_id=organization.id, stage=stage) for stage in (Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY)]
    then = "clock_timestamp() - interval '10 minutes'"
    rows(f"UPDATE runs SET not_before = {then}, stage_since = {then} WHERE id = %s RETURNING id", str(runs[1].id))  # noqa: S608 - our own words
    RunFactory.create(organization_id=organization.id, purpose="reprocess")
    RunFactory.create(organization_id=organization.id, lane="urgent")
    for not_due in ("not_before = clock_timestamp() + interval '1 minute'", "state = 'waiting'", "state = 'dead', last_error = 'x'"):
        run = RunFactory.create(organization_id=organization.id)
        rows(f"UPDATE runs SET {not_due} WHERE id = %s RETURNING id", str(run.id))  # noqa: S608 - our own words
    chain.claim(RunFactory.create(organization_id=organization.id).id)
    found = _samples(operator)
    due = {key[1]: value for key, value in found.items() if key[0] == "hookline_runs_due"}
    assert due == {"live": 1, "speech": 0, "language": 2, "records": 0, "batch": 1}
    assert 600 <= found["hookline_oldest_due_run_seconds", "language"] < 1_200
    assert found["hookline_oldest_due_run_seconds", "speech"] == 0
    assert found["hookline_runs_dead",] == 1


def test_jobs_of_the_api_are_told_by_kind_and_state_and_by_how_long_they_could_be_taken(
    operator: FlaskClient, organization: OrganizationRow
) -> None:
    for kind in (JobKind.TURN, JobKind.TURN, JobKind.TRANSCRIBE, JobKind.REPROCESS):
        acting.entered(organization.id, kind)
    then = "clock_timestamp() - interval '10 minutes'"
    rows(f"UPDATE jobs SET not_before = {then} WHERE kind = 'transcribe' RETURNING id")  # noqa: S608 - our own words
    rows("UPDATE jobs SET not_before = clock_timestamp() + interval '1 minute' WHERE kind = 'reprocess' RETURNING id")
    held, failed = (acting.entered(organization.id) for _ in range(2))
    assert jobs.claim(held.id, lease_s=30, max_attempts=6, worker="test")
    rows("UPDATE jobs SET state = 'failed' WHERE id = %s RETURNING id", str(failed.id))
    found = _samples(operator)
    is_open = {key[1:]: value for key, value in found.items() if key[0] == "hookline_jobs" and value}
    assert is_open == {("turn", "pending"): 2, ("transcribe", "pending"): 1, ("reprocess", "pending"): 1, ("classify_intent", "running"): 1}
    assert 600 <= found["hookline_oldest_due_job_seconds", "speech"] < 1_200
    assert (found["hookline_oldest_due_job_seconds", "language"] < 60, found["hookline_oldest_due_job_seconds", "batch"]) == (True, 0)
    assert found["hookline_recent_jobs", "classify_intent", "failed"] == 1
    assert found["hookline_recent_jobs", "turn", "succeeded"] == 0


def test_effects_that_are_unfinished_and_that_wait_for_a_person(operator: FlaskClient) -> None:
    for state in ("pending", "pending", "sending", "unknown", "sent"):
        EffectFactory.create(state=state)
    for kind, delivery in (("escalation", "undelivered"), ("escalation", "failed"), ("escalation", "delivered"), ("sms", "undelivered")):
        EffectFactory.create(state="sent", kind=kind, delivery=delivery)
    found = _samples(operator)
    assert [found["hookline_effects_unfinished", state] for state in ("pending", "sending")] == [2, 1]
    assert [found["hookline_effects_parked", state] for state in ("failed", "unknown", "undelivered")] == [0, 1, 2]


def test_a_worker_that_is_silent_is_seen(operator: FlaskClient) -> None:
    worker = WorkerFactory.create()
    rows("UPDATE workers SET seen_at = seen_at - interval '2 minutes' RETURNING name")
    assert 120 <= _samples(operator)["hookline_worker_seen_seconds", worker.name] < 600


def test_a_tenant_may_not_read_what_is_of_all_tenants(api_client: FlaskClient) -> None:
    answer = api_client.get("/metrics")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    assert "'default'" in answer.get_json()["detail"]


def test_a_stranger_may_read_nothing(client: FlaskClient) -> None:
    OrganizationFactory.create(slug="default")
    assert client.get("/metrics").status_code == 401


def test_without_postgres_it_says_so_in_the_one_shape(operator: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise StoreUnavailable("database:OperationalError")

    monkeypatch.setattr(figures, "read", fail)
    answer = operator.get("/metrics")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "store_unavailable")


@pytest.mark.timeout(30)
def test_a_scrape_does_not_wait_for_a_locked_table(operator: FlaskClient) -> None:
    assert FRONT.lock_ms < 1_000
    with chain.holding("LOCK TABLE failure_counts IN ACCESS EXCLUSIVE MODE"):
        assert operator.get("/metrics").status_code == 503


def test_vendors_are_told_by_name_whoever_has_failed(operator: FlaskClient) -> None:
    opened(Vendor.OPENAI)
    VendorPlaceFactory.create()
    found = _samples(operator)
    circuits = {key[1]: value for key, value in found.items() if key[0] == "hookline_vendor_circuit_open"}
    assert circuits == {"deepgram": 0, "openai": 1, "twilio": 0}
    assert (found["hookline_vendor_failures", "openai"], found["hookline_vendor_calls", "openai"]) == (OPENS_AFTER, 1)


def test_what_the_day_has_taken_is_of_all_and_of_today(operator: FlaskClient) -> None:
    UsageDayFactory.create(llm_tokens=40, speech_seconds=60)
    UsageDayFactory.create(llm_tokens=2, speech_seconds=5)
    UsageDayFactory.create(llm_tokens=1_000, day=now().date() - timedelta(days=3))
    found = _samples(operator)
    assert (found["hookline_llm_tokens_total",], found["hookline_speech_seconds_total",]) == (42, 65)


def test_messages_that_wait_in_the_broker_are_told_by_queue(operator: FlaskClient, organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    assert stored.conversation_id
    assert stored.transcript_id
    publish_run(Bell(stored.run_id, stored.conversation_id, stored.transcript_id, Stage.TRANSCRIBE, Purpose.LIVE, "trace-1"))
    found = _samples(operator)
    assert (found["hookline_broker_messages", "speech"], found["hookline_broker_messages", "batch"]) == (1, 0)
    assert (found["hookline_broker_up",], found["hookline_broker_used_bytes",] > 0) == (1, True)


def test_answers_and_refusals_of_the_front_are_counted(operator: FlaskClient) -> None:
    before = _samples(operator)
    operator.post("/webhooks/twilio/sms")
    after = _samples(operator)
    for name in (("hookline_webhook_answers_total", "twilio", "403"), ("hookline_webhook_refusals_total", "twilio", "signature_missing")):
        assert after[name] - before[name] == 1


def test_who_asks_again_at_once_hears_the_same(operator: FlaskClient) -> None:
    EffectFactory.create(state="pending")
    first = _samples(operator)
    EffectFactory.create(state="pending")
    assert _samples(operator)["hookline_effects_unfinished", "pending"] == first["hookline_effects_unfinished", "pending"] == 1
    metrics.forget()
    assert _samples(operator)["hookline_effects_unfinished", "pending"] == 2


def test_an_hour_that_cannot_be_read_silences_nothing_else(operator: FlaskClient) -> None:
    with chain.holding("LOCK TABLE utterances IN ACCESS EXCLUSIVE MODE"):
        found = _samples(operator)
    assert found["hookline_recent_unread",] == 1
    assert found["hookline_runs_dead",] == 0
    assert not [key for key in found if key[0] == "hookline_recent_runs"]


def test_no_label_names_an_organization_or_a_number(operator: FlaskClient, organization: OrganizationRow) -> None:
    chain.receive_sms(organization.id, "my chest hurts", "SM1")
    EffectFactory.create(organization_id=organization.id, kind="escalation", state="failed", target="+15005550177")
    text = operator.get("/metrics").text
    assert [
        secret for secret in (str(organization.id), organization.slug + '"', organization.name, "5005550", "chest") if secret in text
    ] == []
