"""The demo posts as the vendors post, and is not satisfied easily."""

from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from scripts.demo import __main__ as play
from scripts.demo import calls, story, vendors, verdict
from scripts.stack import local_settings, places
from scripts.stack.card import Card


def _transcript(call: calls.Call) -> dict[str, Any]:
    steps = [{"stage": stage, "state": "done"} for stage in verdict.STEPS]
    return {"status": "completed", "processing_status": "completed", "analysis": {"roles": dict(call.roles)}, "run": {"steps": steps}}


def test_five_calls_ship_and_each_is_new_each_time() -> None:
    first, second = calls.deepgram_calls(), calls.deepgram_calls()
    assert len(first) == 5
    assert {call.ref for call in first}.isdisjoint(call.ref for call in second)
    assert all(call.payload["metadata"]["request_id"] == call.ref for call in first)


def test_the_text_message_is_signed_as_twilio_signs() -> None:
    message = calls.text_message("AC" + "0" * 32)
    url = "https://hookline.example/webhooks/twilio/sms"
    signature = vendors.sign(url, {name: str(value) for name, value in message.payload.items()}, "token")
    assert RequestValidator("token").validate(url, dict(message.payload), signature)


def test_what_came_out_right_has_no_fault() -> None:
    call = calls.deepgram_calls()[0]
    assert verdict.faults(call, _transcript(call)) == []


@pytest.mark.parametrize(("intent", "told"), [("pay_bill", "as it should be"), ("out_of_scope", "intent differs from the label")])
def test_praise_is_for_a_call_whose_intent_is_its_labels(capsys: pytest.CaptureFixture[str], intent: str, told: str) -> None:
    call = next(call for call in calls.deepgram_calls() if call.intent == "pay bill")
    found = _transcript(call)
    found["analysis"]["intent"] = intent
    story.tell(vendors.Posted(call, 200, 1.0, {}), found, [])
    last = capsys.readouterr().out.splitlines()[-1]
    assert told in last
    assert ("as it should be" in last) is (intent == "pay_bill")
    assert "the roles are those of the label" in last or "roles and intent are those of the label" in last


@pytest.mark.parametrize(
    "damage",
    [
        {"processing_status": "pending"},
        {"status": "failed", "status_reason": "unknown_shape"},
        {"analysis": None},
        {"analysis": {"roles": {"0": "customer", "1": "agent"}}},
        {"run": {"steps": []}},
        {"run": None},
    ],
)
def test_what_came_out_wrong_is_named(damage: dict[str, Any]) -> None:
    call = calls.deepgram_calls()[0]
    assert len(verdict.faults(call, {**_transcript(call), **damage})) == 1


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ({"last_error": "openai:invalid_key", "next_look_at": "2026-11-21T10:05:00+00:00"},
         "openai:invalid_key, looked at again at 2026-11-21T10:05:00+00:00"),
        ({"last_error": None, "waiting_for": "no_transcriber"}, "waiting for no_transcriber"),
        ({}, "no reason given"),
    ],
)  # fmt: skip
def test_what_is_not_done_is_named_with_what_holds_it_up(run: dict[str, Any], told: str) -> None:
    call = calls.deepgram_calls()[0]
    found = {**_transcript(call), "processing_status": "pending"}
    found["run"] = {**found["run"], **run}
    assert verdict.faults(call, found) == [f"processing_status is pending ({told})"]


def test_an_unknown_call_is_a_fault() -> None:
    assert verdict.faults(calls.text_message("AC"), None)


@pytest.mark.parametrize(
    ("twin_url", "account", "costs_nobody"),
    [("http://127.0.0.1:8900", "AC-of-a-person", True), ("", "AC-invented", True), ("", "AC-of-a-person", False)],
)
def test_nobodys_own_account_sends_an_sms_of_the_demo(
    here: places.Places, monkeypatch: pytest.MonkeyPatch, twin_url: str, account: str, *, costs_nobody: bool
) -> None:
    local_settings.keep(here, TWILIO_ACCOUNT_SID="AC-invented")
    monkeypatch.setattr(places, "of", lambda: here)
    told = Card("", "", "", "", "", "", account, "", "", "", twin_url, {})
    assert play._costs_nobody_a_message(told) is costs_nobody
