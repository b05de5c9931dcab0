"""``celery -A tasks why`` of a call: what left the house about it, and who took it when it was put through."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tasks.commands.why import why
from tasks.doctor import front
from tests.support.calling import DANGER, Caller
from tests.support.factories import THEIR_NUMBER
from tests.support.plant_factories import WorkerFactory
from tests.support.stored import row, rows
from webhooks import tenants

ON_CALL = "+15005550111"


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """Somebody who calls a house with a person on call and a worker."""
    monkeypatch.setattr(front, "look", list)
    rows("UPDATE organizations SET settings = settings || jsonb_build_object('on_call', %s::text) RETURNING id", ON_CALL)
    tenants.forget()
    WorkerFactory.create(queues=["deliver_now", "live", "speech", "language", "records", "deliver"])
    return Caller(client)


def _told(caller: Caller) -> dict[str, Any]:
    result = CliRunner().invoke(why, [caller.sid, "--org", "test", "--json"])
    told: dict[str, Any] = json.loads(result.output)
    assert not any(number in result.output for number in (ON_CALL, THEIR_NUMBER))
    return told


def _all_of(told: dict[str, Any]) -> str:
    return " ".join([str(told["sentence"]), *told["others"]])


def _puts_through(caller: Caller, status: str) -> None:
    assert caller.post("/webhooks/twilio/dialed?turn=1&emergency=1", DialCallStatus=status).status_code == 200


def test_a_call_for_help_is_told_with_how_it_stands(caller: Caller) -> None:
    caller.rings()
    assert caller.post("/webhooks/twilio/gather-partial?turn=1", UnstableSpeechResult=DANGER, SequenceNumber="1").status_code == 204
    effect = row("SELECT id FROM effects WHERE kind = 'escalation' AND transcript_id IS NULL")["id"]
    assert _told(caller)["code"] == "retry_pending"
    rows(
        "UPDATE effects SET state = 'sent', provider = 'twilio', provider_ref = 'SM9', delivery = 'delivered', "
        "finished_at = clock_timestamp() RETURNING id"
    )
    _puts_through(caller, "no-answer")
    told = _told(caller)
    assert f"{caller.sid}: the call for help was sent, delivered by what the network says (effect {effect})" in _all_of(told)
    assert "it was put through to a person, who did not answer (no-answer)" in _all_of(told)
    assert "is what we sent" not in _all_of(told)


@pytest.mark.parametrize(
    ("status", "said"), [("completed", "who answered, or their voicemail (completed)"), ("busy", "who did not answer (busy)")]
)
def test_a_call_that_was_put_through_says_how_that_ended(caller: Caller, status: str, said: str) -> None:
    caller.says(DANGER)
    _puts_through(caller, status)
    told = _told(caller)
    assert f"it was put through to a person, {said}" in _all_of(told)
    rows("DELETE FROM effects RETURNING id")
    rows("DELETE FROM runs RETURNING id")
    rows("UPDATE webhook_events SET transcript_id = NULL RETURNING id")
    rows("DELETE FROM transcripts RETURNING id")
    assert any(f"put through: {status}" in fact for fact in _told(caller)["evidence"])


def test_a_word_that_is_none_of_twilios_is_not_told(caller: Caller) -> None:
    caller.says(DANGER)
    _puts_through(caller, "completed")
    event = row("SELECT id FROM webhook_events WHERE kind = 'dialed'")["id"]
    rows("UPDATE webhook_events SET body = '' WHERE id = %s RETURNING id", str(event))
    assert "put through" not in str(_told(caller))
