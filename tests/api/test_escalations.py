"""An escalation of a live call: whether a person was reached, by a message or by a call that the caller was put through to."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from db import live
from db.tables.organizations import OrganizationRow
from domain.telephony.twilio_voice import TAKEN, Dialed
from tests.support import chain
from tests.support.calling import DANGER, OURS, THEIRS, Caller, work_off
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows
from webhooks import tenants

ON_CALL, FRONT_DESK = "+15005550111", "+15005550122"
A_PERSON = "I want to talk to a real person"
NO_ANSWER = ("no-answer", "busy", "failed", "canceled")


@pytest.fixture
def caller(api_client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls an organization with a person on call and a front desk."""
    staffed = f'{{"on_call": "{ON_CALL}", "front_desk": "{FRONT_DESK}"}}'
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) WHERE id = %s RETURNING id", staffed, str(organization.id))
    tenants.forget()
    return Caller(api_client)


def _dialed(caller: Caller, status: str, turn: int = 1, emergency: int = 0) -> None:
    assert caller.post(f"/webhooks/twilio/dialed?turn={turn}&emergency={emergency}", DialCallStatus=status).status_code == 200


def _escalation(caller: Caller) -> dict[str, Any]:
    [shown] = caller.client.get("/v1/escalations").get_json()["items"]
    assert caller.client.get(f"/v1/escalations?status={shown['status']}").get_json()["items"] == [shown]
    found: dict[str, Any] = shown
    return found


def _calls_for_help_become(state: str) -> None:
    rows("UPDATE effects SET state = %s, finished_at = clock_timestamp() WHERE kind = 'escalation' RETURNING id", state)


@pytest.mark.parametrize("status", sorted(TAKEN))
def test_who_asked_for_a_person_and_was_connected_was_answered(caller: Caller, status: str) -> None:
    caller.says(A_PERSON)
    assert (_escalation(caller)["status"], _escalation(caller)["dials"]) == ("open", []), "it rings"
    for _ in range(2):
        _dialed(caller, status)
    shown = _escalation(caller)
    assert (shown["status"], shown["reason"], shown["calls"]) == ("answered", "asked_for_person", [])
    turn = row("SELECT t.id, e.id AS effect FROM transcripts AS t JOIN effects AS e ON e.transcript_id = t.id")
    [dial] = shown["dials"]
    assert (dial["id"], dial["transcript_id"], dial["outcome"]) == (str(turn["effect"]), str(turn["id"]), status)
    assert row("SELECT delivery FROM effects WHERE kind = 'call_update'")["delivery"] == f"dialed:{status}"
    work_off()
    assert _escalation(caller)["status"] == "answered"
    assert_they_hold()


@pytest.mark.parametrize("status", NO_ANSWER)
def test_a_call_that_nobody_took_leaves_it_open_until_somebody_was_told_by_message(caller: Caller, status: str) -> None:
    caller.says(A_PERSON)
    _dialed(caller, status)
    shown = _escalation(caller)
    assert (shown["status"], [dial["outcome"] for dial in shown["dials"]]) == ("open", [status])
    assert [call["reason"] for call in shown["calls"]] == ["promised_callback"]
    _calls_for_help_become("sent")
    assert _escalation(caller)["status"] == "answered"


def test_the_last_call_counts_not_an_earlier_one(caller: Caller) -> None:
    caller.says(A_PERSON)
    _dialed(caller, "completed")
    caller.says(A_PERSON, 2)
    assert _escalation(caller)["status"] == "open", "it rings again"
    _dialed(caller, "busy", 2)
    assert _escalation(caller)["status"] == "open"


@pytest.mark.parametrize(("dial", "status"), [("completed", "answered"), ("no-answer", "open")])
def test_in_danger_a_person_on_the_line_counts_though_the_message_failed(caller: Caller, dial: str, status: str) -> None:
    caller.says(DANGER)
    _calls_for_help_become("failed")
    _dialed(caller, dial, emergency=1)
    shown = _escalation(caller)
    assert (shown["status"], [call["state"] for call in shown["calls"]]) == (status, ["failed"])


def test_an_emergency_after_the_talk_is_open_until_somebody_hears_of_it(caller: Caller) -> None:
    caller.says(A_PERSON)
    _dialed(caller, "completed")
    caller.says(DANGER, 2)
    assert _escalation(caller)["status"] == "open"
    _calls_for_help_become("failed")
    assert _escalation(caller)["status"] == "open"
    _dialed(caller, "completed", 2, emergency=1)
    assert _escalation(caller)["status"] == "answered"


def test_what_was_only_heard_partly_takes_nothing_back(caller: Caller) -> None:
    caller.says(A_PERSON)
    _dialed(caller, "completed")
    heard = {"SequenceNumber": "1", "UnstableSpeechResult": DANGER}
    assert caller.post("/webhooks/twilio/gather-partial?turn=2", **heard).status_code == 204
    assert _escalation(caller)["status"] == "open", "nobody knows yet what the turn says"
    _calls_for_help_become("superseded")
    assert _escalation(caller)["status"] == "answered"


def test_a_turn_that_nobody_knows_makes_nothing(organization: OrganizationRow) -> None:
    event = Dialed(f"CA{'0' * 32}", "in-progress", "inbound", THEIRS, OURS, dial_call_status="completed")
    live.store_dialed(organization.id, chain.envelope("dialed", f"{event.call_sid}:1"), event, promises=False)
    assert (count("webhook_events"), count("effects")) == (1, 0)
