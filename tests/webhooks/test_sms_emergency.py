"""Whoever writes that they are in danger is not kept waiting: the front calls for a person in the commit that stores the message."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import work
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from domain.emergencies import escalation
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S
from domain.runs import EffectBell
from tasks import app as celery_app
from tasks import deliver, dispatch
from tests.support import chain, payloads
from tests.support.invariants import assert_they_hold, broken
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import count, row, rows

PATH = "/webhooks/twilio/sms"
MESSAGE = payloads.twilio("sms_incoming").fields or ()
DANGER = "My father has chest pain and can't breathe"
WINDOW = timedelta(seconds=CALLS_AGAIN_AFTER_S)

pytestmark = pytest.mark.usefixtures("stays_here")


@pytest.fixture(autouse=True)
def _on_call(organization: OrganizationRow) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')


def _send(client: FlaskClient, number: int, text: str = DANGER) -> None:
    assert post_as_twilio(client, PATH, changed(MESSAGE, MessageSid=f"SM{number:032x}", Body=text)).status_code == 200


def _calls() -> list[dict[str, Any]]:
    return rows("SELECT * FROM effects WHERE kind = 'escalation' ORDER BY created_at")


def _time_passes(by: timedelta) -> None:
    """Everything was so much earlier, and calls were made at once."""
    for call in _calls():
        deliver.deliver(call["id"])
    rows("UPDATE conversations SET escalated_at = escalated_at - %s * interval '1 second' RETURNING id", by.total_seconds())
    rows("UPDATE transcripts SET created_at = created_at - %s * interval '1 second' RETURNING id", by.total_seconds())
    rows("UPDATE effects SET created_at = created_at - %s * interval '1 second' RETURNING id", by.total_seconds())


def _work_off() -> None:
    celery_app.loader.import_default_modules()
    for run in rows("SELECT id FROM runs WHERE state = 'ready' ORDER BY turn"):
        assert [celery_app.tasks[TASK_NAMES[stage]](run["id"]) for stage in STAGES] == ["done"] * 4


def test_an_emergency_is_called_for_before_anybody_works_on_it(client: FlaskClient) -> None:
    _send(client, 1)
    transcript = row("SELECT id, conversation_id FROM transcripts")
    [call] = _calls()
    assert (call["state"], call["target"], call["sender"]) == ("pending", "+15005550111", "+14155550199")
    assert call["effect_key"] == f"transcript:{transcript['id']}:escalation"
    assert call["body"] == (
        f"Test Clinic: an emergency in conversation {transcript['conversation_id']}. Please look at it now. Call them back: +14155550123"
    )
    found = row("SELECT phase, escalation_reason, escalated_at IS NOT NULL AS escalated FROM conversations")
    assert found["phase"] == "escalation"
    assert found["escalated"]
    assert found["escalation_reason"] in {"heart_or_stroke", "not_breathing"}
    assert call["run_id"] == row("SELECT id FROM runs")["id"]
    assert_they_hold()


def test_the_bell_is_rung_by_the_front(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[EffectBell] = []
    monkeypatch.setattr(dispatch, "announce_effects", rung.extend)
    _send(client, 1)
    assert [str(bell.effect_id) for bell in rung] == [_calls()[0]["id"]]


def test_a_call_leaves_although_no_step_was_worked_off(client: FlaskClient) -> None:
    _send(client, 1)
    assert deliver.deliver(_calls()[0]["id"]) == "sent"
    assert row("SELECT state, stage FROM runs") == {"state": "ready", "stage": "transcribe"}


def test_the_chain_calls_nobody_again_for_the_same_message(client: FlaskClient) -> None:
    _send(client, 1)
    _work_off()
    assert len(_calls()) == 1
    assert_they_hold()


def test_the_chain_calls_nobody_again_however_late_it_comes(client: FlaskClient) -> None:
    _send(client, 1)
    _send(client, 2, f"{DANGER}, please hurry")
    _time_passes(10 * WINDOW)
    _work_off()
    assert len(_calls()) == 1


def test_a_message_that_is_delivered_again_calls_nobody_again(client: FlaskClient) -> None:
    _send(client, 1)
    _time_passes(2 * WINDOW)
    _send(client, 1)
    assert len(_calls()) == 1


def test_the_same_message_at_the_same_moment_calls_once(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _send(app.test_client(), 1), range(16)))
    assert len(_calls()) == 1


def test_several_emergencies_at_the_same_moment_call_once(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _send(app.test_client(), number), range(16)))
    assert len(_calls()) == 1
    assert count("runs") == 16


@pytest.mark.parametrize(("later", "calls"), [(WINDOW - timedelta(seconds=60), 1), (WINDOW + timedelta(seconds=60), 2)])
def test_a_later_emergency_calls_again_when_the_last_call_is_long_ago(client: FlaskClient, later: timedelta, calls: int) -> None:
    _send(client, 1)
    _work_off()
    _time_passes(later)
    _send(client, 2)
    _work_off()
    assert len(_calls()) == calls
    assert_they_hold()


@pytest.mark.parametrize("became", ["state = 'failed'", "state = 'sent', delivery = 'undelivered'"])
def test_a_later_emergency_calls_again_when_the_last_call_reached_nobody(client: FlaskClient, became: str) -> None:
    _send(client, 1)
    rows(f"UPDATE effects SET {became} WHERE kind = 'escalation' RETURNING id")  # noqa: S608 - the test's own words
    _time_passes(timedelta(minutes=1))
    _send(client, 2)
    _send(client, 3)
    assert len(_calls()) == 2
    _time_passes(timedelta(minutes=1))
    _send(client, 4)
    assert len(_calls()) == 2
    assert "I4.once" not in broken()


def test_a_later_emergency_calls_when_somebody_was_named_only_since(client: FlaskClient) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
    _send(client, 1)
    _time_passes(timedelta(minutes=1))
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')
    _send(client, 2)
    assert [call["target"] for call in _calls()] == ["+15005550111"]


def test_the_chain_calls_again_too_if_the_front_did_not_look(organization: OrganizationRow) -> None:
    for ref in ("SM1", "SM2"):
        chain.store_sms(organization.id, ref, body=f"Body={DANGER}".encode())
        _work_off()
        _time_passes(WINDOW + timedelta(seconds=60))
    assert [call["effect_key"].startswith("transcript:") for call in _calls()] == [True, True]


def test_one_that_was_missed_and_is_covered_by_a_later_call_calls_nobody(organization: OrganizationRow) -> None:
    chain.receive_sms(organization.id, DANGER, "SM2")
    chain.receive_sms(organization.id, DANGER, "SM1", said_s_ago=2 * CALLS_AGAIN_AFTER_S)
    assert len(_calls()) == 1


def test_a_thread_that_called_under_the_old_key_calls_again(client: FlaskClient) -> None:
    _send(client, 1)
    rows("UPDATE effects SET effect_key = 'conversation:' || conversation_id || ':escalation' RETURNING id")
    _time_passes(2 * WINDOW)
    _send(client, 2)
    assert len(_calls()) == 2


@pytest.mark.parametrize("text", ["hello", "I am not in danger", "STOP", ""])
def test_nobody_is_called_for_an_ordinary_message(client: FlaskClient, text: str) -> None:
    _send(client, 1, text)
    assert row("SELECT phase, escalated_at FROM conversations") == {"phase": "greeting", "escalated_at": None}
    assert _calls() == []


@pytest.mark.parametrize("on_call", ["null", '""'])
def test_without_somebody_to_call_the_thread_and_the_log_say_it(
    client: FlaskClient, on_call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(f"UPDATE organizations SET settings = settings || '{{\"on_call\": {on_call}}}' RETURNING id")  # noqa: S608 - the test's own words
    _send(client, 1)
    said = capsys.readouterr().out
    assert "nobody_to_call" in said
    assert "5550123" not in said
    _work_off()
    assert row("SELECT phase FROM conversations") == {"phase": "escalation"}
    assert _calls() == []
    assert "nobody_to_call" in capsys.readouterr().out


@pytest.mark.parametrize("on_call", ["null", '""'])
def test_where_nobody_is_on_call_the_front_desk_is_called(client: FlaskClient, on_call: str) -> None:
    rows(
        f'UPDATE organizations SET settings = settings || \'{{"on_call": {on_call}, "front_desk": "+15005550122"}}\' RETURNING id'  # noqa: S608 - the test's own words
    )
    _send(client, 1)
    _work_off()
    assert [call["target"] for call in _calls()] == ["+15005550122"]
    assert_they_hold()


def test_the_front_and_the_chain_say_the_same_words(client: FlaskClient, organization: OrganizationRow) -> None:
    _send(client, 1)
    [fronts] = _calls()
    told = escalation.worded(escalation.CALL_FOR_HELP, organization.name, UUID(fronts["conversation_id"]), "+14155550123")
    assert fronts["body"] == told


def test_no_log_and_no_message_to_a_worker_has_the_number_that_the_call_names(
    client: FlaskClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[EffectBell] = []
    monkeypatch.setattr(dispatch, "announce_effects", rung.extend)
    _send(client, 1)
    [call] = _calls()
    assert "+14155550123" in call["body"]
    outcome = deliver.deliver(call["id"])
    told = f"{rung} {outcome} {''.join(capsys.readouterr())}"
    assert call["id"] in told
    assert [word for word in ("5550123", "Call them back", "emergency in conversation") if word in told] == []


def test_who_cannot_be_called_back_is_not_named(client: FlaskClient) -> None:
    assert post_as_twilio(client, PATH, changed(MESSAGE, From="12345", Body=DANGER)).status_code == 200
    assert _calls()[0]["body"].endswith("Please look at it now.")


class TestOurOwnPeople:
    """Whoever is called for help writes back to the number that called them."""

    @pytest.mark.parametrize("name", ["on_call", "front_desk"])
    def test_what_they_write_is_kept_and_calls_nobody(self, client: FlaskClient, name: str) -> None:
        rows("UPDATE organizations SET settings = settings || jsonb_build_object(%s, '+15005550133') RETURNING id", name)
        for _ in range(2):
            answer = post_as_twilio(client, PATH, changed(MESSAGE, From="+15005550133", Body=f"{DANGER}? I am on my way"))
            assert (answer.status_code, answer.text) == (200, "<Response></Response>")
        assert (count("webhook_events"), count("conversations"), count("runs"), count("effects")) == (1, 0, 0, 0)
        assert_they_hold()

    @pytest.mark.parametrize(("text", "is_told"), [("STOP", True), ("Stop.", True), ("please stop calling", False), ("START", False)])
    def test_who_wants_no_more_messages_is_told_of_before_somebody_needs_them(
        self, client: FlaskClient, capsys: pytest.CaptureFixture[str], text: str, *, is_told: bool
    ) -> None:
        assert post_as_twilio(client, PATH, changed(MESSAGE, From="+15005550111", Body=text)).status_code == 200
        said = capsys.readouterr().out
        assert ("helper_takes_no_messages" in said) == is_told
        assert "5550111" not in said

    def test_everybody_else_is_a_customer(self, client: FlaskClient) -> None:
        _send(client, 1)
        assert (count("runs"), len(_calls())) == (1, 1)


def test_a_name_with_braces_is_only_a_name(client: FlaskClient) -> None:
    rows("UPDATE organizations SET name = '{conversation} {name} Clinic' RETURNING id")
    _send(client, 1)
    assert _calls()[0]["body"].startswith("{conversation} {name} Clinic: an emergency")


def test_a_calm_message_takes_no_call_back(client: FlaskClient) -> None:
    _send(client, 1)
    _send(client, 2, "thank you, all is well")
    assert row("SELECT phase FROM conversations") == {"phase": "escalation"}
    assert work.load(chain.claim(_run_of(1))).keyword is None


def _run_of(number: int) -> Any:
    return row("SELECT r.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id WHERE source_ref = %s", f"SM{number:032x}")["id"]


def test_a_word_that_the_organization_named_calls_for_a_person(client: FlaskClient) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"alarm_words": ["code red"]}\' RETURNING id')
    _send(client, 1, "no code red today")
    assert _calls() == []
    _send(client, 2, "Code RED in the lobby")
    assert len(_calls()) == 1
    assert row("SELECT escalation_reason FROM conversations")["escalation_reason"] == "alarm_word"
