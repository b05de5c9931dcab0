"""`replay` works a stored delivery off again: enters what is missing, frees what is stuck, and repeats nothing."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text

from db.engine import engine
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import LeaseLost
from tasks.commands.replay import replay
from tests.support import chain
from tests.support.factories import THEIR_NUMBER, EffectFactory, OrganizationFactory, RunStepFactory
from tests.support.invariants import assert_they_hold
from tests.support.plant_factories import WorkerFactory
from tests.support.signing import post_as_twilio
from tests.support.stored import count, row, rows
from webhooks import tenants

SID = f"SM{'b' * 32}"
LEASED = "lease_token = gen_random_uuid(), lease_until = clock_timestamp() + interval '{}'"


_STEP_BEGUN = """
INSERT INTO run_steps (run_id, stage, organization_id, attempts, started_at, worker)
SELECT id, stage, organization_id, 1, clock_timestamp(), 'test' FROM runs WHERE id = :run
"""


def _replayed(name: object, *, exits: int = 0) -> str:
    result = CliRunner().invoke(replay, [str(name), "--org", "test"])
    assert result.exit_code == exits, result.output
    return result.output


def _sms(client: FlaskClient) -> UUID:
    fields = [("MessageSid", SID), ("From", THEIR_NUMBER), ("To", "+15005550100"), ("Body", "I would like to book a cleaning")]
    assert post_as_twilio(client, "/webhooks/twilio/sms", fields).status_code == 200
    return UUID(str(row("SELECT id FROM webhook_events")["id"]))


def _lose_the_rows() -> None:
    rows("UPDATE webhook_events SET transcript_id = NULL, conversation_id = NULL RETURNING id")
    rows("DELETE FROM runs RETURNING id")
    rows("DELETE FROM transcripts RETURNING id")
    rows("DELETE FROM conversations RETURNING id")


def test_what_the_front_would_have_entered_is_entered_from_the_stored_bytes(organization: OrganizationRow, client: FlaskClient) -> None:
    tenants.forget()
    event = _sms(client)
    before = row("SELECT source, source_ref, status, keyword, turn FROM transcripts")
    thread = row("SELECT provider_ref, channel, our_number, their_number FROM conversations")
    stored = row("SELECT id, dedupe_key, body, received_at FROM webhook_events")
    _lose_the_rows()
    assert "it is now, as run" in _replayed(event)
    assert row("SELECT source, source_ref, status, keyword, turn FROM transcripts") == before
    assert row("SELECT provider_ref, channel, our_number, their_number FROM conversations") == thread
    assert row("SELECT id, dedupe_key, body, received_at FROM webhook_events") == stored, "the delivery is its own, once"
    assert row("SELECT said_at FROM transcripts")["said_at"] == stored["received_at"]
    assert_they_hold()

    assert count("runs") == 1
    _replayed(event)
    _replayed(SID)
    assert (count("runs"), count("transcripts"), count("webhook_events")) == (1, 1, 1)


def test_a_run_that_is_missing_is_opened(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    rows("DELETE FROM runs RETURNING id")
    assert "had no run" in _replayed(stored.event_id)
    assert row("SELECT state, stage FROM runs") == {"state": "ready", "stage": "transcribe"}
    assert_they_hold()


def test_what_is_done_stays_as_it_is_and_nothing_is_sent_again(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    assert stored.transcript_id
    for stage in Stage:
        chain.record(chain.claim(stored.run_id, stage), effects=(chain.sms(stored.transcript_id),) if stage is Stage.PERSIST else ())
    rows("UPDATE effects SET state = 'sent', provider = 'twilio', provider_ref = 'SM9', finished_at = clock_timestamp() RETURNING id")
    before = chain.whole("effects"), chain.whole("runs")
    assert "is done; nothing to do" in _replayed(stored.event_id)
    assert (chain.whole("effects"), chain.whole("runs")) == before


def test_a_lease_of_somebody_who_is_gone_is_taken_away(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    held = chain.claim(stored.run_id)
    assert "its lease is taken away" in _replayed(stored.run_id)
    with pytest.raises(LeaseLost):
        chain.record(held)
    assert count("utterances") == 0, "who was taken for gone and came back writes nothing"
    chain.record(chain.claim(stored.run_id))


def test_who_is_at_work_is_left_alone(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    WorkerFactory.create(name="test")
    held = chain.claim(stored.run_id)
    assert "is being worked on" in _replayed(stored.run_id)
    chain.record(held)


def test_who_claims_it_in_this_moment_is_left_alone(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    WorkerFactory.create(name="test")
    with ThreadPoolExecutor(1) as beside, engine().begin() as claiming:
        claiming.exec_driver_sql(f"UPDATE runs SET {LEASED.format('30 seconds')}, attempts = 1")  # noqa: S608 - our own words
        claiming.execute(text(_STEP_BEGUN), {"run": stored.run_id})
        replayed = beside.submit(_replayed, stored.run_id)
        chain.until_blocked()
        claiming.commit()
        assert "is being worked on" in replayed.result()
    assert row("SELECT lease_token FROM runs")["lease_token"]


def test_a_lease_that_no_claim_gave_is_taken_away_though_its_worker_lives(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    WorkerFactory.create(name="worker@test")
    RunStepFactory.create(run_id=stored.run_id, finished_at=None)
    rows(f"UPDATE runs SET {LEASED.format('30 minutes')} RETURNING id")  # noqa: S608 - our own words
    assert "its lease is taken away" in _replayed(stored.run_id)


def test_a_dead_run_is_for_retry(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    rows("UPDATE runs SET state = 'dead', last_error = 'worker_lost', finished_at = clock_timestamp() RETURNING id")
    assert f"celery -A tasks retry {stored.run_id} --org test" in _replayed(stored.event_id, exits=1)
    assert row("SELECT state FROM runs")["state"] == "dead"


def test_an_effect_that_may_have_left_keeps_its_lease_and_one_that_has_not_is_due_now(organization: OrganizationRow) -> None:
    later = "clock_timestamp() + interval '5 minutes'"
    waits = EffectFactory.create(organization_id=organization.id)
    sending = EffectFactory.create(organization_id=organization.id, state="sending", attempts=1)
    rows(f"UPDATE effects SET not_before = {later}, next_publish_at = {later} WHERE id = %s RETURNING id", str(waits.id))  # noqa: S608 - our own words
    rows(f"UPDATE effects SET {LEASED.format('2 days')} WHERE id = %s RETURNING id", str(sending.id))  # noqa: S608 - our own words
    assert "is due now" in _replayed(waits.id)
    assert "when its sender is surely gone" in _replayed(sending.id)
    now = row("SELECT next_publish_at <= clock_timestamp() AS due, state, lease_until FROM effects WHERE id = %s", str(waits.id))
    assert now == {"due": True, "state": "pending", "lease_until": None}, "nobody has it, so it is not leased"
    left = "EXTRACT(EPOCH FROM lease_until - clock_timestamp())::float AS left_s"
    kept = row(f"SELECT state, {left} FROM effects WHERE id = %s", str(sending.id))  # noqa: S608 - our own words
    assert kept["state"] == "sending"
    assert 30 < kept["left_s"] < 3_600


def test_what_nobody_has_heard_of_and_what_is_somebody_elses(organization: OrganizationRow) -> None:
    other = chain.store_sms(OrganizationFactory.create().id)
    rows("DELETE FROM runs RETURNING id")
    for name in (uuid4(), other.event_id, SID):
        assert "nothing by that name" in _replayed(name, exits=2)
    assert count("runs") == 0
