"""A live call: greeted, heard, and answered by the chain's reply; whoever is in danger is put through at once."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.emergencies.escalation import LESSER_REASONS
from domain.telephony import twiml
from domain.telephony.call_flow import Dial, Listen, Redirect, Transcribe
from tasks import deliver
from tests.support.calling import DANGER, OURS, THEIRS, Caller, Heard, reply, work_off
from tests.support.invariants import assert_they_hold
from tests.support.signing import PUBLIC_BASE_URL
from tests.support.stored import count, row, rows
from webhooks import tenants

ON_CALL, FRONT_DESK = "+15005550111", "+15005550122"


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls the test's organization."""
    return Caller(client)


def wants(settings: str) -> None:
    """The organization has these settings, too."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", settings)
    tenants.forget()


class TestTheGreeting:
    """Somebody calls."""

    @pytest.mark.parametrize("path", ["/webhooks/twilio/voice", "/voice"])
    def test_a_call_is_greeted_and_listened_to(self, caller: Caller, path: str) -> None:
        answer = caller.post(path, CallStatus="ringing")
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        heard = caller.rings()
        assert heard.verbs == ["Gather"]
        assert heard.words == "Hello, you have reached Test Clinic. How can I help you?"
        assert heard.goes_to("Gather", "action") == ("gather", {"turn": "1", "silent": "0"})
        gather = heard.root.find("Gather")
        assert gather is not None
        assert (gather.get("timeout"), gather.get("actionOnEmptyResult")) == ("10", "true")

    def test_it_is_kept_with_its_numbers_and_its_status(self, caller: Caller) -> None:
        caller.rings()
        call = row("SELECT channel, status, phase, our_number, their_number, direction FROM conversations")
        assert (call["channel"], call["status"], call["phase"]) == ("voice", "ringing", "greeting")
        assert (call["our_number"], call["their_number"], call["direction"]) == (OURS, THEIRS, "inbound")
        assert row("SELECT kind, dedupe_key FROM webhook_events") == {"kind": "voice", "dedupe_key": caller.sid}

    def test_the_organization_words_its_own_greeting_in_its_own_language(self, caller: Caller) -> None:
        wants('{"greeting": "God dag!", "persona": {"locale": "sv-SE"}, "transcribes_live": true}')
        heard = caller.rings()
        assert heard.verbs == ["Start", "Gather"]
        [said] = heard.root.iter("Say")
        assert (said.text, said.get("language")) == ("God dag!", "sv-SE")

    def test_a_repeated_call_is_the_same_call(self, caller: Caller) -> None:
        for _ in range(3):
            caller.rings()
        assert count("conversations") == 1
        assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 2

    @pytest.mark.parametrize("settings", ['{"persona": {"name": "Ada"}}'])
    def test_who_speaks_says_its_name(self, caller: Caller, settings: str) -> None:
        wants(settings)
        assert "Ada, Test Clinic" in caller.rings().words


class TestATurn:
    """The caller speaks."""

    def test_words_are_kept_and_worked_on_while_the_caller_waits(self, caller: Caller) -> None:
        caller.rings()
        heard = caller.says("When do you open?")
        assert heard.verbs == ["Say", "Pause", "Redirect"]
        assert heard.goes_to("Redirect") == ("turn", {"turn": "1", "waited": "1"})
        said = row("SELECT source, source_ref, status, turn FROM transcripts")
        assert said == {"source": "live_turn", "source_ref": f"{caller.sid}:1", "status": "completed", "turn": 1}
        assert row("SELECT status, phase FROM conversations") == {"status": "in_progress", "phase": "intake"}
        assert row("SELECT state, stage FROM runs") == {"state": "ready", "stage": "transcribe"}

    def test_the_reply_is_handed_over_when_the_call_asks_for_it(self, caller: Caller) -> None:
        caller.rings()
        caller.says("When do you open?")
        work_off()
        heard = caller.asks()
        assert heard.verbs == ["Gather"]
        assert heard.words == reply()["body"]
        assert heard.goes_to("Gather", "action") == ("gather", {"turn": "2", "silent": "0"})
        assert (reply()["state"], reply()["provider"], reply()["provider_ref"]) == ("sent", "twilio", "redirect:1")
        assert deliver.deliver(str(reply()["id"])).startswith("nothing to do")
        assert_they_hold()

    def test_the_caller_is_the_customer_and_earlier_turns_are_known(self, caller: Caller) -> None:
        caller.says("When do you open?")
        work_off()
        caller.asks()
        caller.says("And on Friday?", 2)
        work_off()
        assert row("SELECT DISTINCT roles, role_confidence FROM analyses") == {"roles": {"0": "customer"}, "role_confidence": 1.0}
        assert row("SELECT confidence FROM utterances LIMIT 1")["confidence"] == pytest.approx(0.94)

    def test_pressed_keys_are_words(self, caller: Caller) -> None:
        caller.post("/webhooks/twilio/gather?turn=1&silent=0", Digits="12#")
        work_off()
        assert row("SELECT text FROM utterances")["text"] == "12#"

    def test_a_repeated_turn_is_worked_on_once_and_answered_alike(self, caller: Caller) -> None:
        assert {tuple(caller.says("When do you open?").verbs) for _ in range(3)} == {("Say", "Pause", "Redirect")}
        assert (count("runs"), row("SELECT turns FROM conversations")["turns"]) == (1, 1)

    def test_the_same_request_for_a_reply_gets_the_same_words_and_another_none(self, caller: Caller) -> None:
        caller.says("When do you open?")
        work_off()
        assert caller.asks(waited=3).words == caller.asks(waited=3).words != ""
        assert caller.asks(waited=4).verbs == ["Pause", "Redirect"]

    @pytest.mark.parametrize("turn", ["", "0", "101", "x", "-1"])
    def test_an_impossible_turn_is_refused(self, caller: Caller, turn: str) -> None:
        answer = caller.post(f"/webhooks/twilio/gather?turn={turn}", SpeechResult="Hello")
        assert answer.status_code == 400
        assert count("webhook_events") == 0

    def test_the_turn_is_part_of_what_is_signed(self, caller: Caller) -> None:
        answer = caller.client.post("/webhooks/twilio/gather?turn=2", headers={"X-Twilio-Signature": "x"}, data={"CallSid": caller.sid})
        assert answer.status_code == 403


class TestWaiting:
    """The reply is not there yet."""

    def test_the_call_asks_again_and_then_no_more(self, caller: Caller) -> None:
        caller.says("When do you open?")
        waits = [caller.asks(waited=waited) for waited in range(1, 10)]
        assert [heard.verbs for heard in waits] == [["Pause", "Redirect"]] * 8 + [["Gather"]]
        assert waits[0].goes_to("Redirect") == ("turn", {"turn": "1", "waited": "2"})
        assert waits[-1].words.startswith("Thank you for waiting.")
        assert waits[-1].goes_to("Gather", "action") == ("gather", {"turn": "2", "silent": "0"})

    def test_a_reply_that_comes_after_that_is_never_said(self, caller: Caller) -> None:
        caller.says("When do you open?")
        caller.asks(waited=9)
        work_off()
        assert (reply()["state"], reply()["last_error"]) == ("superseded", "waited_too_long")
        assert caller.asks(waited=9).words.startswith("Thank you for waiting.")
        assert_they_hold()

    def test_a_reply_that_is_being_pushed_is_waited_for_a_little_longer(self, caller: Caller) -> None:
        caller.says("When do you open?")
        work_off()
        rows("UPDATE effects SET state = 'sending', attempts = 1, lease_until = clock_timestamp() + interval '1 minute',"
             " lease_token = gen_random_uuid() RETURNING id")  # fmt: skip
        assert caller.asks(waited=9).verbs == ["Pause", "Redirect"]
        assert caller.asks(waited=15).verbs == ["Gather"]
        assert reply()["state"] == "sending"

    def test_a_chain_that_died_is_not_waited_for(self, caller: Caller) -> None:
        caller.says("When do you open?")
        rows("UPDATE runs SET state = 'dead', last_error = 'x', finished_at = clock_timestamp() RETURNING id")
        assert caller.asks(waited=1).verbs == ["Gather"]
        assert reply()["state"] == "superseded"

    def test_a_turn_that_nobody_knows_is_waited_for_no_longer_than_others(self, caller: Caller) -> None:
        assert caller.asks(waited=1).verbs == ["Pause", "Redirect"]
        assert caller.asks(waited=9).verbs == ["Gather"]
        assert count("effects") == 0


class TestDanger:
    """An emergency reaches a person before anybody works on it."""

    def test_it_is_put_through_and_called_for_in_the_same_commit(self, caller: Caller) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        heard = caller.says(DANGER)
        assert (heard.verbs, heard.number) == (["Say", "Dial"], ON_CALL)
        assert heard.goes_to("Dial", "action") == ("dialed", {"turn": "1", "emergency": "1"})
        conversation = row("SELECT id, phase, escalated_at IS NOT NULL AS escalated FROM conversations")
        assert (conversation["phase"], conversation["escalated"]) == ("escalation", True)
        help_ = row("SELECT effect_key, target, sender, state FROM effects WHERE kind = 'escalation'")
        assert help_ == {
            "effect_key": f"conversation:{conversation['id']}:escalation", "target": ON_CALL, "sender": OURS, "state": "pending",
        }  # fmt: skip

    def test_nothing_is_said_into_the_talk_with_the_person(self, caller: Caller) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        caller.says(DANGER)
        work_off()
        assert (reply()["state"], reply()["last_error"]) == ("suppressed", "put_through")
        assert count("effects WHERE kind = 'escalation'") == 1
        assert_they_hold()

    def test_without_a_person_to_call_they_are_told_whom_to_call(self, caller: Caller) -> None:
        heard = caller.says(DANGER)
        assert heard.verbs == ["Say", "Hangup"]
        assert "call 9 1 1" in heard.words
        assert row("SELECT phase FROM conversations")["phase"] == "escalation"

    def test_where_nobody_is_on_call_the_front_desk_is_dialled_and_told(self, caller: Caller) -> None:
        wants(f'{{"front_desk": "{FRONT_DESK}"}}')
        assert caller.says(DANGER).number == FRONT_DESK
        told = row("SELECT target, body FROM effects WHERE kind = 'escalation'")
        assert told["target"] == FRONT_DESK
        assert told["body"].endswith(f"Call them back: {THEIRS}")

    def test_nobody_to_call_is_told_to_whoever_reads_the_log(self, caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
        caller.says(DANGER)
        said = capsys.readouterr().out
        assert "nobody_to_call" in said
        assert THEIRS[1:] not in said

    @pytest.mark.parametrize("reason", LESSER_REASONS)
    def test_an_emergency_after_a_lesser_call_calls_at_once(self, caller: Caller, reason: str) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        caller.says("When do you open?")
        rows("UPDATE conversations SET phase = 'escalation', escalated_at = clock_timestamp(), escalation_reason = %s RETURNING id", reason)
        assert caller.says(DANGER, 2).number == ON_CALL
        assert row("SELECT escalation_reason FROM conversations")["escalation_reason"] not in LESSER_REASONS

    def test_the_organizations_own_words_count_too(self, caller: Caller) -> None:
        wants(f'{{"on_call": "{ON_CALL}", "alarm_words": ["gas leak"]}}')
        assert caller.says("There is a gas leak in my kitchen").number == ON_CALL

    @pytest.mark.parametrize("status", ["completed", "answered", "no-answer", "busy"])
    def test_however_the_call_to_a_person_ends_the_number_of_help_is_named(self, caller: Caller, status: str) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        caller.says(DANGER)
        answer = caller.post("/webhooks/twilio/dialed?turn=1&emergency=1", DialCallStatus=status)
        assert answer.status_code == 200
        assert "9 1 1" in answer.text
        assert ("gather?turn=2" in answer.text) == (status in {"completed", "answered"})

    def test_whoever_is_still_in_danger_after_that_is_put_through_again(self, caller: Caller) -> None:
        wants(f'{{"on_call": "{ON_CALL}"}}')
        caller.says(DANGER)
        caller.post("/webhooks/twilio/dialed?turn=1&emergency=1", DialCallStatus="completed", DialCallDuration="2")
        assert caller.says(DANGER, 2).number == ON_CALL
        assert count("effects WHERE kind = 'escalation'") == 1

    def test_a_talk_with_the_front_desk_ends_the_call(self, caller: Caller) -> None:
        answer = caller.post("/webhooks/twilio/dialed?turn=1&emergency=0", DialCallStatus="completed")
        assert Heard(answer).verbs == ["Hangup"]

    def test_an_emergency_after_a_wish_for_a_person_calls_all_the_same(self, caller: Caller) -> None:
        wants(f'{{"on_call": "{ON_CALL}", "front_desk": "{FRONT_DESK}"}}')
        assert caller.says("I want to talk to a real person").number == FRONT_DESK
        assert row("SELECT escalation_reason FROM conversations")["escalation_reason"] == "asked_for_person"
        assert count("effects WHERE kind = 'escalation'") == 0
        assert caller.says(DANGER, 2).number == ON_CALL
        assert row("SELECT escalation_reason FROM conversations")["escalation_reason"] != "asked_for_person"
        assert count("effects WHERE kind = 'escalation'") == 1
        work_off()
        assert_they_hold()

    def test_without_a_front_desk_a_wish_for_a_person_goes_its_usual_way(self, caller: Caller) -> None:
        assert caller.says("I want to talk to a real person").verbs == ["Say", "Pause", "Redirect"]

    def test_a_front_desk_that_does_not_answer_leaves_the_caller_with_us(self, caller: Caller) -> None:
        wants(f'{{"front_desk": "{FRONT_DESK}"}}')
        caller.says("I want to talk to a real person")
        answer = caller.post("/webhooks/twilio/dialed?turn=1&emergency=0", DialCallStatus="no-answer")
        assert "turn=2" in answer.text
        assert "A person will get back to you" in answer.text


def test_every_address_that_we_give_is_one_of_ours(app: Flask) -> None:
    acts = (Transcribe("en-US"), Listen(1, "en-US"), Dial(ON_CALL, 1, is_emergency=True), Redirect(1, 1))
    document = twiml.render(acts, PUBLIC_BASE_URL)
    paths = set(re.findall(rf"{PUBLIC_BASE_URL}([^?#\"<]+)", document))
    assert len(paths) == 5
    routes = app.url_map.bind("hookline.example")
    assert all(routes.match(path, method="POST") for path in paths)
