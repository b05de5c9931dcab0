"""Nothing is accepted that is not stored: refused, hung and locked databases become a quick 503; the broker's state changes nothing."""

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

import settings
from db.engine import FRONT, WORK, engine
from db.tables.organizations import OrganizationRow
from domain.callback_tokens import JobToken
from tests.support import chain, payloads
from tests.support.database import BECOMES_READ_ONLY, connected, read_only
from tests.support.deepgram import call_back, intake, job
from tests.support.factories import TranscriptFactory
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import count, row
from tests.support.timing import seconds
from webhooks import tenants

SMS = "/webhooks/twilio/sms"
MESSAGE = payloads.twilio("sms_incoming").fields or ()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test name another database or broker."""
    yield monkeypatch
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.fixture
def token(organization: OrganizationRow) -> JobToken:
    return job(organization.id, TranscriptFactory.create(organization_id=organization.id, status="processing").id)


def set_database(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("DATABASE_URL", url)
    settings.current.cache_clear()


def is_honest_503(answer: TestResponse) -> bool:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json is not None
    return set(answer.json) == {"detail", "code", "trace_id"} and answer.json["code"] == "store_unavailable"


def test_refused_connection_is_a_quick_503_with_a_time_to_come_again(
    client: FlaskClient, token: JobToken, environment: pytest.MonkeyPatch
) -> None:
    set_database(environment, "postgresql://postgres@127.0.0.1:1/none")

    def both() -> None:
        assert is_honest_503(call_back(client, token, payloads.deepgram("short")))
        assert is_honest_503(post_as_twilio(client, SMS, MESSAGE))

    assert seconds(both) < FRONT.connect_s, "nobody waits as for one that hangs"


def test_hung_database_holds_one_request_and_the_others_are_answered_at_once(
    client: FlaskClient, token: JobToken, environment: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        set_database(environment, f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/none")

        def refused() -> None:
            assert is_honest_503(call_back(client, token, payloads.deepgram("short")))

        held, *others = [seconds(refused) for _ in range(21)]

    assert median(others) < held / 5


def test_locked_table_is_a_503_soon_and_nothing_is_half_stored(client: FlaskClient, token: JobToken) -> None:
    with connected(os.environ["DATABASE_URL"]) as other, other.cursor() as cursor:
        other.autocommit = False
        cursor.execute("LOCK TABLE webhook_events")
        took_s = seconds(lambda: is_honest_503(call_back(client, token, payloads.deepgram("short"))))
        assert took_s < WORK.lock_ms / 1_000 / 2, "not as patient as a worker"
        other.rollback()

    assert count("webhook_events") == 0
    assert row("SELECT status FROM transcripts")["status"] == "processing"


def test_a_locked_conversation_refuses_its_own_deliveries_and_nobody_elses(
    client: FlaskClient, organization: OrganizationRow, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(sender: str, sid: str) -> TestResponse:
        return post_as_twilio(client, SMS, changed(MESSAGE, From=sender, MessageSid=f"SM{sid:0>32}"))

    assert write("+15005550101", "1").status_code == 200
    with chain.holding("SELECT FROM conversations FOR UPDATE"):
        waited = seconds(lambda: is_honest_503(write("+15005550101", "2")))
        assert "database:LockNotAvailable:55P03" in capsys.readouterr().out, "a lock is called one"
        assert write("+15005550102", "3").status_code == 200
        assert seconds(lambda: is_honest_503(write("+15005550101", "4"))) < waited / 2, "one at a time finds out more"
        assert write("+15005550103", "5").status_code == 200
    assert count("webhook_events") == 3


def test_front_recovers_by_itself_when_the_database_is_back(client: FlaskClient, token: JobToken, environment: pytest.MonkeyPatch) -> None:
    real = os.environ["DATABASE_URL"]
    set_database(environment, "postgresql://postgres@127.0.0.1:1/none")
    assert is_honest_503(call_back(client, token, payloads.deepgram("short")))
    set_database(environment, real)

    deadline = time.monotonic() + 30
    while call_back(client, token, payloads.deepgram("short")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert count("webhook_events") == 1


def test_delivery_on_a_connection_that_a_failover_cut_is_stored_on_a_new_one(client: FlaskClient, organization: OrganizationRow) -> None:
    assert post_as_twilio(client, SMS, MESSAGE).status_code == 200
    with connected(os.environ["DATABASE_URL"]) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'hookline-front' AND datname = current_database()"
        )
        assert (cursor.fetchone() or (0,))[0] >= 1
    tenants.forget()  # as after five quiet seconds: the look-up meets the cut connection first

    assert post_as_twilio(client, SMS, changed(MESSAGE, MessageSid="SM" + "2" * 32)).status_code == 200
    assert count("webhook_events") == 2


def test_a_database_that_takes_no_writes_is_a_503_that_says_so(
    client: FlaskClient, organization: OrganizationRow, capsys: pytest.CaptureFixture[str]
) -> None:
    with read_only():
        assert is_honest_503(post_as_twilio(client, SMS, MESSAGE))
    assert "database:ReadOnlySqlTransaction:25006" in capsys.readouterr().out
    assert count("webhook_events") == 0


def test_delivery_on_a_connection_to_a_demoted_primary_is_stored_on_a_new_one(client: FlaskClient, organization: OrganizationRow) -> None:
    engine(FRONT).dispose()
    with engine(FRONT).begin() as demoted:
        demoted.execute(text(BECOMES_READ_ONLY))

    assert post_as_twilio(client, SMS, MESSAGE).status_code == 200
    assert count("webhook_events") == 1


def test_strangers_are_refused_without_asking_a_database_that_is_down(client: FlaskClient, environment: pytest.MonkeyPatch) -> None:
    set_database(environment, "postgresql://postgres@127.0.0.1:1/none")

    assert post_as_twilio(client, SMS, MESSAGE, secret="wrong").status_code == 403
    assert client.post("/callback/a.b", data=b"x").status_code == 403


def test_message_waits_as_pending_while_no_worker_runs(client: FlaskClient, organization: OrganizationRow) -> None:
    assert call_back(client, intake(organization.id), payloads.deepgram("short")).status_code == 200

    assert row("SELECT status, processing_status FROM transcripts") == {"status": "completed", "processing_status": "pending"}
    assert row("SELECT state, attempts, lease_token FROM runs") == {"state": "ready", "attempts": 0, "lease_token": None}


def test_burst_from_many_callers_is_answered_in_full(client: FlaskClient, organization: OrganizationRow) -> None:
    body = payloads.hour_of_speech(words=100)

    def post(number: int) -> int:
        keyed = payloads.keyed(body, f"00000000-0000-4000-8000-{number:012d}")
        return call_back(client.application.test_client(), intake(organization.id), keyed).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(200)))

    assert set(answers) == {200}
    assert count("runs") == 200
