"""Rows and settings that somebody changed from outside: `why` names that, and what it prints mends it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

import settings
from db.diagnosis import search
from db.tables.organizations import OrganizationRow
from domain.runs import BELL_MARK
from tasks.commands.replay import replay
from tasks.commands.why import why
from tasks.doctor import database, front
from tests.support import chain
from tests.support.database import connected
from tests.support.factories import THEIR_NUMBER, EffectFactory, RunStepFactory, WebhookEventFactory
from tests.support.plant_factories import QuarantineFactory, WorkerFactory
from tests.support.signing import PUBLIC_BASE_URL, post_as_twilio
from tests.support.stored import awaited, row, rows

SID = f"SM{'a' * 32}"
QUEUES = ["deliver_now", "live", "speech", "language", "records", "deliver"]
FAR = "clock_timestamp() + interval '10 years'"
FRESH = "token_of_tomorrow_00000000000000"


@pytest.fixture(autouse=True)
def _a_house_at_work(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is there, and nobody tries the address of the tests, which is nobody's."""
    WorkerFactory.create(queues=QUEUES)
    monkeypatch.setattr(front, "look", list)


def _asked(name: object) -> dict[str, Any]:
    result = CliRunner().invoke(why, [str(name), "--org", "test", "--json"])
    assert "Traceback" not in result.output, result.output
    told: dict[str, Any] = json.loads(result.output)
    return told


@contextmanager
def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> Iterator[None]:
    """What this process has set; what ran before has not."""
    with monkeypatch.context() as changed:
        for name, value in values.items():
            changed.setenv(name, value)
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


def _refused(client: FlaskClient, **how: str) -> None:
    fields = [("MessageSid", SID), ("From", THEIR_NUMBER), ("To", "+15005550100"), ("Body", "hello")]
    assert post_as_twilio(client, "/webhooks/twilio/sms", fields, **how).status_code == 403
    awaited("SELECT id FROM quarantine")


def test_a_task_that_the_broker_rang_for_leads_to_its_run_or_effect(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id, SID)
    sent = EffectFactory.create(organization_id=organization.id)
    for rung_for in (stored.run_id, sent.id):
        assert any(str(rung_for) in fact for fact in _asked(f"{rung_for}{BELL_MARK}{uuid4().hex[:12]}")["evidence"])
    assert _asked(uuid4())["code"] == "not_received", "what beat rings for has an id of its own"


def test_a_trace_is_found_however_old_or_it_is_said_since_when(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.now(UTC) - timedelta(days=400)
    old = UUID(int=(int(moment.timestamp() * 1_000) << 80) | (7 << 76) | (2 << 62))
    WebhookEventFactory.create(id=old, organization_id=organization.id, kind="call_status", trace_id="trace-of-last-year")
    assert _asked("trace-of-last-year")["code"] == "noted"
    assert "ever" in _asked("trace-of-nobody")["sentence"]
    monkeypatch.setattr(search, "LOOKS_S", 0.0)
    told = _asked("trace-of-last-year")
    assert told["code"] == "not_received"
    assert "no trace or vendor's job since 20" in told["sentence"]


def test_a_front_that_runs_with_an_older_token_than_is_set(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _refused(client, secret=FRESH)
    with _set(monkeypatch, TWILIO_AUTH_TOKEN=FRESH):
        told = _asked(SID)
    assert (told["code"], told["command"]) == ("auth_token_old", "celery -A tasks reconcile --org test")
    assert "tart `web` anew" in told["fix"]
    assert FRESH not in str(told)


def test_a_front_that_runs_with_another_address_than_is_set(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = PUBLIC_BASE_URL.replace("https://", "https://www.")
    monkeypatch.setattr("tests.support.signing.PUBLIC_BASE_URL", elsewhere)
    _refused(client, Host=elsewhere.removeprefix("https://"))
    told = _asked(SID)
    assert (told["code"], f"PUBLIC_BASE_URL={elsewhere}" in told["fix"]) == ("public_url_wrong", True)
    with _set(monkeypatch, PUBLIC_BASE_URL=elsewhere):
        told = _asked(SID)
    assert (told["code"], "tart `web` anew" in told["fix"]) == ("public_url_wrong", True)


def test_callbacks_that_were_refused_since_a_recording_was_submitted(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id, "RE1")
    rows("UPDATE runs SET state = 'waiting', waiting_for = 'deepgram', next_publish_at = clock_timestamp() + interval '9 min' RETURNING id")
    QuarantineFactory.create(provider="deepgram", reason="bad_credentials", received_at=datetime.now(UTC) - timedelta(hours=1))
    RunStepFactory.create(run_id=stored.run_id, submission=1, finished_at=None)
    rows("UPDATE run_steps SET submitted_at = clock_timestamp() - interval '20 seconds' RETURNING run_id")
    QuarantineFactory.create(provider="deepgram", reason="not_json")
    assert _asked("RE1")["code"] == "callback_outstanding", "one was somebody else's, the other had the right address"
    QuarantineFactory.create(provider="deepgram", reason="bad_credentials")
    told = _asked("RE1")
    assert (told["code"], "SECRET_KEY" in told["fix"]) == ("callbacks_refused", True)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (f"not_before = {FAR}, next_publish_at = {FAR}", "put_off"),
        ("next_publish_at = clock_timestamp() + interval '3 hours'", "put_off"),
        (f"lease_token = gen_random_uuid(), lease_until = {FAR}", "lease_stuck"),
        ("", "run_missing"),
    ],
)
def test_a_run_that_somebody_changed_or_deleted(organization: OrganizationRow, harm: str, code: str) -> None:
    chain.store_sms(organization.id, SID)
    rows(f"UPDATE runs SET {harm} RETURNING id" if harm else "DELETE FROM runs RETURNING id")  # noqa: S608 - our own words
    told = _asked(SID)
    assert (told["code"], told["weight"]) == (code, "broken")
    assert told["command"].startswith("celery -A tasks replay ")
    assert CliRunner().invoke(replay, told["command"].split()[4:]).exit_code == 0
    left = row("SELECT count(*) AS n FROM runs WHERE next_publish_at < clock_timestamp() + interval '1 minute' AND lease_until IS NULL")
    assert left == {"n": 1}


def test_a_delivery_whose_transcript_is_gone(organization: OrganizationRow, client: FlaskClient) -> None:
    fields = [("MessageSid", SID), ("From", THEIR_NUMBER), ("To", "+15005550100"), ("Body", "hello")]
    assert post_as_twilio(client, "/webhooks/twilio/sms", fields).status_code == 200
    rows("DELETE FROM runs RETURNING id")
    rows("UPDATE webhook_events SET transcript_id = NULL RETURNING id")
    rows("DELETE FROM transcripts RETURNING id")
    told = _asked(SID)
    assert (told["code"], "its transcript is missing" in told["sentence"]) == ("run_missing", True)
    assert CliRunner().invoke(replay, told["command"].split()[4:]).exit_code == 0
    assert _asked(SID)["code"] == "in_queue"


def test_a_run_whose_row_somebody_holds(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "HELD_S", 0.0)
    monkeypatch.setattr(database, "HOLDS_S", 0.0)
    chain.store_sms(organization.id, SID)
    rows("UPDATE runs SET not_before = clock_timestamp() - interval '9 seconds' RETURNING id")
    with chain.holding("SELECT pg_backend_pid() AS pid, id FROM runs FOR UPDATE") as holder:
        [pid, _] = holder.fetchall()[0]
        told = _asked(SID)
    assert (told["code"], f"pid {pid}" in told["sentence"]) == ("database_locked", True)
    assert told["command"] == f'psql "$DATABASE_URL" -c "SELECT pg_terminate_backend({pid})"'
    assert _asked(SID)["code"] == "in_queue"


@pytest.fixture
def may_be_written() -> Iterator[Callable[[str], None]]:
    """Says whether the database takes writes; it does in the end."""
    url = os.environ["DATABASE_URL"]
    writes = f"{url}{'&' if '?' in url else '?'}options=-cdefault_transaction_read_only%3Doff"

    def say(read_only: str) -> None:
        with connected(writes) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            [name] = cursor.fetchone() or [""]
            cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {read_only}')

    yield say
    say("off")


def test_a_database_that_takes_no_writes(organization: OrganizationRow, may_be_written: Callable[[str], None]) -> None:
    chain.store_sms(organization.id, SID)
    may_be_written("on")
    told = _asked(SID)
    assert (told["code"], told["weight"]) == ("database_read_only", "broken")
    assert _asked(f"SM{'b' * 32}")["code"] == "database_read_only", "what came meanwhile could not be stored"
    may_be_written("off")
    assert _asked(SID)["code"] == "in_queue"
