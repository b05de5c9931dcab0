"""Whoever hears in a live call that a person will get back to them: one is told, in the same commit; else nothing is promised."""

from dataclasses import fields
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S
from domain.runs import EffectBell
from domain.telephony.call_flow import TURNS_AT_MOST, WAITS, Found, left_alone
from domain.telephony.call_phrases import PHRASES
from tasks import deliver
from tests.support.calling import DANGER, OURS, THEIRS, Caller, Heard, reply, work_off
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows
from webhooks import tenants
from webhooks.twilio import voice

ON_CALL, FRONT_DESK = "+15005550111", "+15005550122"
PROMISE = "A person will get back to you"
NO_ANSWER = ("no-answer", "busy", "failed", "canceled")

pytestmark = pytest.mark.usefixtures("stays_here")


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls an organization with a person on call and a front desk, and asked something."""
    wants(f'{{"on_call": "{ON_CALL}", "front_desk": "{FRONT_DESK}"}}')
    found = Caller(client)
    found.says("When do you open?")
    return found


@pytest.fixture
def nobody(caller: Caller) -> Caller:
    """The same, but nobody is named whom one could call."""
    rows("UPDATE organizations SET settings = settings - 'on_call' - 'front_desk' RETURNING id")
    tenants.forget()
    return caller


def wants(settings: str) -> None:
    """The organization has these settings, too."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", settings)
    tenants.forget()


def calls() -> list[dict[str, Any]]:
    """The calls for a person, and what each is for."""
    return rows("SELECT id, effect_key, target, sender, body, state FROM effects WHERE kind = 'escalation' ORDER BY created_at, id")


def reasons() -> list[str]:
    return [str(call["effect_key"]).split(":")[2] for call in calls()]


def conversation() -> dict[str, Any]:
    return row("SELECT phase, escalation_reason, escalated_at IS NOT NULL AS escalated FROM conversations")


ESCALATED = {"phase": "escalation", "escalation_reason": "promised_callback", "escalated": True}


def dialed(caller: Caller, status: str = "no-answer", turn: int = 1, **more: str) -> Heard:
    """The front desk's telephone rang."""
    return Heard(caller.post(f"/webhooks/twilio/dialed?turn={turn}&emergency=0", DialCallStatus=status, **more))


class TestTheReplyIsNotThere:
    """The caller waited for it."""

    def test_whoever_is_on_call_is_told_whom_to_call_back(self, caller: Caller) -> None:
        assert PROMISE in caller.asks(waited=WAITS).words
        [call] = calls()
        conversation_id = row("SELECT id FROM conversations")["id"]
        assert (call["effect_key"], call["state"]) == (f"conversation:{conversation_id}:promised_callback", "pending")
        assert (call["target"], call["sender"]) == (ON_CALL, OURS)
        assert call["body"] == (
            f"Test Clinic: a call back was promised in conversation {conversation_id}. Please call. Call them back: {THEIRS}"
        )
        assert conversation() == ESCALATED
        assert (reply()["state"], reply()["last_error"]) == ("superseded", "waited_too_long")
        work_off()
        assert reasons() == ["promised_callback"]
        assert_they_hold()

    def test_it_leaves_the_house(self, caller: Caller) -> None:
        caller.asks(waited=WAITS)
        [call] = calls()
        assert deliver.deliver(str(call["id"])) == "sent"
        assert_they_hold()

    def test_the_bell_rings_for_it_once(self, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        rung: list[UUID] = []

        def announced(bells: list[EffectBell]) -> None:
            rung.extend(bell.effect_id for bell in bells)

        monkeypatch.setattr("webhooks.twilio.voice.dispatch.announce_effects", announced)
        for waited in range(1, WAITS + 3):
            caller.asks(waited=waited)
        assert [str(effect) for effect in rung] == [str(call["id"]) for call in calls()]
        assert len(rung) == 1

    @pytest.mark.parametrize("waited", [1, WAITS])
    def test_a_run_that_died_has_somebody_told_too(self, caller: Caller, waited: int) -> None:
        rows("UPDATE runs SET state = 'dead', last_error = 'x', finished_at = clock_timestamp() RETURNING id")
        assert PROMISE in caller.asks(waited=waited).words
        assert (reasons(), conversation()) == (["promised_callback"], ESCALATED)

    @pytest.mark.parametrize("state", ["failed", "unknown", "superseded"])
    def test_so_has_a_reply_that_is_never_said(self, caller: Caller, state: str) -> None:
        work_off()
        rows("UPDATE effects SET state = %s, last_error = 'x', finished_at = clock_timestamp() RETURNING id", state)
        assert PROMISE in caller.asks(waited=1).words
        assert reasons() == ["promised_callback"]

    def test_nobody_is_told_of_who_still_waits_or_is_answered(self, caller: Caller) -> None:
        for waited in range(1, WAITS):
            caller.asks(waited=waited)
        work_off()
        assert caller.asks(waited=WAITS).words == reply()["body"]
        assert caller.asks(waited=WAITS).words == reply()["body"], "the same request, the same words"
        assert (calls(), conversation()["escalated"]) == ([], False)

    def test_the_same_request_again_gets_the_same_promise_and_calls_nobody_again(self, caller: Caller) -> None:
        assert {caller.asks(waited=WAITS).words for _ in range(3)} == {PHRASES.late.format(next=PHRASES.anything_else)}
        assert len(calls()) == 1

    def test_a_call_is_called_for_once_however_often_it_is_promised(self, caller: Caller) -> None:
        caller.asks(waited=WAITS)
        rows("UPDATE effects SET created_at = created_at - %s * interval '1 second' RETURNING id", CALLS_AGAIN_AFTER_S + 60)
        caller.says("And on Friday?", 2)
        assert PROMISE in caller.asks(2, WAITS).words
        assert reasons() == ["promised_callback"]

    def test_where_the_call_for_a_person_failed_nothing_is_promised_again(self, caller: Caller) -> None:
        caller.asks(waited=WAITS)
        rows("UPDATE effects SET state = 'failed', last_error = 'x', finished_at = clock_timestamp()"
             " WHERE kind = 'escalation' RETURNING id")  # fmt: skip
        assert PROMISE not in caller.asks(waited=WAITS).words

    @pytest.mark.parametrize("happens", ["hangs up", "says more"])
    def test_a_request_that_comes_too_late_promises_nothing(self, caller: Caller, happens: str) -> None:
        caller.hangs_up() if happens == "hangs up" else caller.says("And on Friday?", 2)
        assert PROMISE not in caller.asks(waited=WAITS).words
        assert (calls(), conversation()["escalated"]) == ([], False)

    def test_what_was_promised_stays_so_when_the_caller_hangs_up(self, caller: Caller) -> None:
        caller.asks(waited=WAITS)
        caller.hangs_up()
        [call] = calls()
        assert deliver.deliver(str(call["id"])) == "sent"
        assert conversation() == ESCALATED
        work_off()
        assert_they_hold()

    def test_of_a_turn_that_nobody_knows_nothing_is_promised(self, caller: Caller) -> None:
        assert PROMISE not in caller.asks(7, WAITS).words
        assert calls() == []


class TestTheFrontDeskDoesNotAnswer:
    """The caller asked for a person."""

    @pytest.mark.parametrize("status", NO_ANSWER)
    def test_whoever_is_on_call_is_told(self, caller: Caller, status: str) -> None:
        caller.says("I want to talk to a real person", 2)
        heard = dialed(caller, status, 2)
        assert PROMISE in heard.words
        assert heard.goes_to("Gather", "action") == ("gather", {"turn": "3", "silent": "0"})
        assert [(call["target"], call["sender"]) for call in calls()] == [(ON_CALL, OURS)]
        assert reasons() == ["promised_callback"]
        assert conversation() == {**ESCALATED, "escalation_reason": "asked_for_person"}, "for what it was escalated first"
        work_off()
        assert_they_hold()

    def test_where_nobody_is_on_call_the_front_desk_finds_a_message(self, caller: Caller) -> None:
        rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
        tenants.forget()
        assert PROMISE in dialed(caller).words
        assert [call["target"] for call in calls()] == [FRONT_DESK]

    @pytest.mark.parametrize("status", ["completed", "answered"])
    def test_one_that_answers_promises_nothing(self, caller: Caller, status: str) -> None:
        assert dialed(caller, status).verbs == ["Hangup"]
        assert (calls(), conversation()["escalated"]) == ([], False)

    def test_one_event_calls_once_and_answers_alike(self, caller: Caller) -> None:
        assert {dialed(caller).words for _ in range(3)} == {PHRASES.unanswered.format(next=PHRASES.anything_else)}
        assert (len(calls()), conversation()) == (1, ESCALATED)

    def test_before_the_calls_own_events_it_calls_all_the_same(self, caller: Caller) -> None:
        early = Caller(caller.client)
        assert PROMISE in dialed(early).words
        assert row("SELECT phase, escalation_reason FROM conversations WHERE provider_ref = %s", early.sid) == {
            "phase": "escalation", "escalation_reason": "promised_callback",
        }  # fmt: skip
        assert len(calls()) == 1

    @pytest.mark.parametrize("known_by", ["an event before", "this event"])
    def test_nobody_hears_it_who_has_hung_up(self, caller: Caller, known_by: str) -> None:
        if known_by == "an event before":
            caller.hangs_up()
        heard = dialed(caller, CallStatus="completed" if known_by == "this event" else "in-progress")
        assert PROMISE not in heard.words
        assert (calls(), conversation()) == ([], {"phase": "completed", "escalation_reason": None, "escalated": False})
        assert_they_hold()


class TestDanger:
    """An emergency waits for nobody's promise."""

    def test_it_calls_although_a_call_back_was_promised(self, caller: Caller) -> None:
        caller.asks(waited=WAITS)
        assert caller.says(DANGER, 2).number == ON_CALL
        assert reasons() == ["promised_callback", "escalation"]
        assert conversation()["escalation_reason"] != "promised_callback"
        work_off()
        assert_they_hold()

    def test_who_was_called_for_one_looks_at_the_call_already(self, caller: Caller) -> None:
        caller.says(DANGER, 2)
        assert PROMISE in dialed(caller, turn=3).words
        caller.says("And on Friday?", 4)
        assert PROMISE in caller.asks(4, WAITS).words
        assert reasons() == ["escalation"]
        work_off()
        assert_they_hold()

    def test_nobody_who_takes_it_is_another_persons_business(self, caller: Caller) -> None:
        caller.says(DANGER, 2)
        answer = caller.post("/webhooks/twilio/dialed?turn=2&emergency=1", DialCallStatus="no-answer")
        assert "9 1 1" in answer.text
        assert PROMISE not in answer.text
        assert reasons() == ["escalation"]


class TestNobodyIsNamed:
    """Nothing is promised that nobody will do."""

    @pytest.mark.parametrize("how", ["late", "not answered"])
    def test_the_caller_hears_what_they_can_do(self, nobody: Caller, how: str, capsys: pytest.CaptureFixture[str]) -> None:
        heard = nobody.asks(waited=WAITS) if how == "late" else dialed(nobody)
        assert PROMISE not in heard.words
        assert "Please call us again later. Our hours are: Monday to Friday, 8:00 to 18:00." in heard.words
        assert heard.goes_to("Gather", "action") == ("gather", {"turn": "2", "silent": "0"})
        assert count("effects WHERE kind = 'escalation'") == 0
        assert conversation() == ESCALATED, "somebody may look all the same"
        said = capsys.readouterr().out
        assert "nobody_to_call" in said
        assert THEIRS[1:] not in said
        assert_they_hold()

    def test_whoever_waits_or_is_answered_is_no_news(self, nobody: Caller, capsys: pytest.CaptureFixture[str]) -> None:
        nobody.asks(waited=1)
        work_off()
        nobody.asks(waited=2)
        assert "nobody_to_call" not in capsys.readouterr().out

    def test_somebody_is_told_of_it(self, nobody: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[object] = []
        monkeypatch.setattr("webhooks.calls_for_help.tell_somebody", lambda *about, seldom: told.append((*about[:2], seldom)))
        nobody.asks(waited=WAITS)
        assert told == [("nobody_to_call", "promised_callback", True)]


def test_no_words_of_ours_promise_a_person_but_those_two_that_somebody_is_told_of() -> None:
    promising = {each.name for each in fields(PHRASES) if "person will" in getattr(PHRASES, each.name)}
    assert promising == {"late", "unanswered"}


def test_without_the_database_nobody_is_promised(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = tenants.organization_of(next(iter(tenants._known.values())).tenant)
    monkeypatch.setattr(voice, "take_reply", lambda *_, **__: Found())
    assert PROMISE not in caller.asks(waited=WAITS).words
    assert "call us again" in left_alone(organization)[0].text  # type: ignore[union-attr]  # it is said


def test_the_last_turn_of_a_call_promises_what_is_told_and_ends(caller: Caller) -> None:
    caller.says("And on Friday?", TURNS_AT_MOST)
    heard = caller.asks(TURNS_AT_MOST, WAITS)
    assert heard.verbs == ["Say", "Say", "Hangup"]
    assert heard.words.count(PROMISE) == len(calls()) == 1
