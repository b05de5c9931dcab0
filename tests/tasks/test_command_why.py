"""`why` takes any id, tells no word of anybody, and is honest about what it cannot see."""

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

import settings
from db.tables.organizations import OrganizationRow
from tasks.commands.why import why
from tasks.doctor import front
from tests.architecture.source import ROOT
from tests.support import chain
from tests.support.factories import THEIR_NUMBER, EffectFactory, OrganizationFactory, RunFactory, RunStepFactory
from tests.support.plant_factories import WorkerFactory
from tests.support.signing import post_as_twilio
from tests.support.stored import awaited, row, rows

SID = f"SM{'a' * 32}"
WORDS = "please call my mother"


@pytest.fixture(autouse=True)
def _the_address_leads_to_the_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can try it here: the address of the tests is nobody's."""
    monkeypatch.setattr(front, "look", list)


def _asked(name: object, *options: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(why, [str(name), "--org", "test", "--json", *options])
    assert "Traceback" not in result.output, result.output
    return result.exit_code, json.loads(result.output)


def _sms(client: FlaskClient, **how: str) -> int:
    fields = [("MessageSid", SID), ("From", THEIR_NUMBER), ("To", "+15005550100"), ("Body", WORDS)]
    return post_as_twilio(client, "/webhooks/twilio/sms", fields, **how).status_code


def test_every_id_of_a_message_leads_to_it(organization: OrganizationRow, client: FlaskClient) -> None:
    assert _sms(client) == 200
    assert _sms(client) == 200
    run = row("SELECT id, transcript_id, conversation_id, trace_id FROM runs")
    event = row("SELECT id FROM webhook_events")
    sent = EffectFactory.create(organization_id=organization.id, transcript_id=run["transcript_id"], conversation_id=run["conversation_id"])
    for name in (SID, run["id"], run["transcript_id"], run["conversation_id"], run["trace_id"], event["id"], sent.id):
        code, told = _asked(name)
        assert (code, told["code"]) == (1, "no_consumer"), (name, told)
        assert SID in told["sentence"]
        assert any(f"run {run['id']}" in fact for fact in told["evidence"])
    assert any("and once more" in fact for fact in told["evidence"])


def test_the_id_that_deepgram_gave_a_job_leads_to_it(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id, "RE1")
    rows("UPDATE runs SET state = 'waiting', waiting_for = 'deepgram', next_publish_at = clock_timestamp() + interval '9 min' RETURNING id")
    RunStepFactory.create(run_id=stored.run_id, submission=1, submission_id="dg-request-1", finished_at=None)
    rows("UPDATE run_steps SET submitted_at = clock_timestamp() - interval '20 seconds' RETURNING run_id")
    code, told = _asked("dg-request-1")
    assert (code, told["code"]) == (0, "callback_outstanding")
    rows("UPDATE run_steps SET submitted_at = clock_timestamp() - interval '20 minutes' RETURNING run_id")
    code, told = _asked("RE1")
    assert (code, told["code"], told["command"]) == (1, "callback_lost", f"celery -A tasks replay {stored.run_id} --org test")


def test_a_message_signed_with_an_old_token_says_so(organization: OrganizationRow, client: FlaskClient) -> None:
    assert _sms(client, secret="the_token_of_last_year") == 403
    trace = _trace_of_the_refused()
    for name in (SID, trace):
        code, told = _asked(name)
        assert (code, told["code"]) == (1, "auth_token_old"), told
        assert "token" in told["sentence"]
        assert told["command"] == "celery -A tasks reconcile --org test"


def _trace_of_the_refused() -> str:
    """The trace of the one refused delivery, as soon as the background writer has kept it."""
    return str(awaited("SELECT trace_id FROM quarantine")["trace_id"])


def test_what_nobody_has_heard_of_has_an_exit_code_of_its_own(organization: OrganizationRow) -> None:
    for name in (SID, "0199aaaa-0000-7000-8000-000000000000", "x; DROP TABLE runs", "%", "'"):
        code, told = _asked(name)
        assert (code, told["code"]) == (2, "not_received")
        assert name in told["sentence"]
        assert told["command"] == "celery -A tasks reconcile --org test"


def test_another_organizations_is_nobodys(organization: OrganizationRow) -> None:
    other = OrganizationFactory.create()
    stored = chain.store_sms(other.id, SID)
    for name in (SID, stored.run_id, stored.event_id, stored.conversation_id):
        assert _asked(name)[1]["code"] == "not_received"


def test_no_word_or_number_of_anybody_is_shown(organization: OrganizationRow, client: FlaskClient) -> None:
    _sms(client)
    _sms(client, secret="another")
    _trace_of_the_refused()
    for options in ([], ["--json"]):
        output = CliRunner().invoke(why, [SID, "--org", "test", *options]).output
        assert THEIR_NUMBER not in output
        assert "5005550" not in output
        assert "mother" not in output


def test_without_redis_it_says_so_and_tells_the_rest(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    WorkerFactory.create(queues=["speech", "language", "records", "deliver"])
    stored = chain.store_sms(organization.id, SID)
    monkeypatch.setenv("REDIS_URL", "redis://:secret@127.0.0.1:1/0")
    settings.current.cache_clear()
    try:
        code, told = _asked(stored.run_id)
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
    assert (code, told["code"]) == (1, "broker_down")
    assert "redis-server --bind 127.0.0.1 --port 1 " in told["command"]
    assert "secret" not in str(told)


def test_without_postgres_it_can_only_say_so(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    settings.current.cache_clear()
    try:
        code, told = _asked(SID)
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
    assert (code, told["code"]) == (1, "database_down")
    assert told["evidence"] == ["the broker answers"]


def test_without_this_releases_migrations_it_says_what_is_missing(organization: OrganizationRow) -> None:
    [stands] = rows("UPDATE alembic_version SET version_num = '0001' RETURNING (SELECT max(version_num) FROM alembic_version) AS at")
    try:
        code, told = _asked(SID)
    finally:
        rows("UPDATE alembic_version SET version_num = %s RETURNING version_num", stands["at"])
    assert (code, told["code"], told["command"]) == (1, "migration_missing", "alembic upgrade head")


def test_for_people_it_is_a_sentence_facts_and_the_next_command(organization: OrganizationRow) -> None:
    run = RunFactory.create(organization_id=organization.id, state="dead", last_error="worker_lost", attempts=6, stage="classify_speakers")
    rows("UPDATE runs SET finished_at = clock_timestamp() RETURNING id")
    result = CliRunner().invoke(why, [str(run.id), "--org", "test"])
    [sentence, *facts, following] = result.output.splitlines()
    assert result.exit_code == 1
    assert sentence.startswith("Transcription ")
    assert "poison" in sentence
    assert all(fact.startswith("    ") for fact in facts)
    assert following.endswith(f"celery -A tasks retry {run.id} --org test")


def test_of_a_call_with_many_turns_the_gravest_is_told_first(organization: OrganizationRow) -> None:
    WorkerFactory.create(queues=["speech", "language", "records", "deliver"])
    first, second = chain.store_sms(organization.id, "SM1"), chain.store_sms(organization.id, "SM2")
    died = "state = 'dead', last_error = 'worker_lost', finished_at = clock_timestamp()"
    rows(f"UPDATE runs SET {died} WHERE id = %s RETURNING id", str(first.run_id))  # noqa: S608 - our own words
    code, told = _asked(second.conversation_id)
    assert (code, told["code"]) == (1, "poison")
    assert "SM1" in told["sentence"]
    assert any("SM2" in sentence for sentence in told["others"])


def test_every_code_that_is_told_is_documented() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "domain" / "diagnosis").glob("*.py"))
    codes = set(re.findall(r'Finding\(\s*"([a-z_]+)"', sources))
    codes |= set(re.findall(r'^    [A-Z_]+ = "([a-z]+_[a-z_]+)"', sources, re.MULTILINE))
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(codes) > 30
    assert {code for code in codes if f"`{code}`" not in text} == set()
