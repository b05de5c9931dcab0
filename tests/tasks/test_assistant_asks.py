"""Who writes a reply and is not sure asks for a person, and so may the customer: once, and in nobody's way."""

from typing import Any
from uuid import UUID

import pytest

from db.tables.organizations import OrganizationRow
from db.told_roles import Teller, tell
from domain.chain import Stage
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S
from domain.speech import Role
from tasks import deliver
from tests.support import chain
from tests.support.factories import OptOutFactory
from tests.support.invariants import assert_they_hold
from tests.support.model_house import ModelHouse as House
from tests.support.stored import row, rows

ON_CALL = "+15005550111"

pytestmark = pytest.mark.usefixtures("stays_here")


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> House:
    """A model that is not sure of what it says."""
    rows("UPDATE organizations SET settings = settings || jsonb_build_object('on_call', %s) RETURNING id", ON_CALL)
    found = House(organization, monkeypatch)
    found.model.escalates = True
    return found


def _say(house: House, text: str, ref: str) -> UUID:
    """Another message of the same thread, worked off but for what it sends."""
    stored = chain.receive_sms(house.organization_id, text, ref)
    assert stored.run_id
    for stage in Stage:
        assert house.work(stage, stored.run_id) == "done"
    return stored.run_id


def _made() -> None:
    """Every call for a person has left."""
    for call in rows("SELECT id FROM effects WHERE kind = 'escalation' AND state = 'pending'"):
        assert deliver.deliver(call["id"]) == "sent"


def _calls() -> list[dict[str, Any]]:
    return rows("SELECT effect_key, target, body, state FROM effects WHERE kind = 'escalation' ORDER BY created_at")


def _conversation() -> dict[str, Any]:
    return row("SELECT phase, escalation_reason, escalated_at IS NOT NULL AS escalated FROM conversations ORDER BY id DESC LIMIT 1")


def test_a_person_is_told_and_the_reply_goes_all_the_same(house: House) -> None:
    house.work_off()
    [call] = _calls()
    assert (call["target"], call["effect_key"]) == (ON_CALL, f"transcript:{house.transcript_id}:assistant_asks")
    assert call["body"].startswith("Test Clinic: our assistant is not sure in conversation ")
    assert _conversation() == {"phase": "escalation", "escalation_reason": "assistant_asks", "escalated": True}
    assert row("SELECT escalates FROM replies") == {"escalates": True}
    assert row("SELECT state FROM effects WHERE kind = 'sms'") == {"state": "sent"}
    assert_they_hold()


def test_without_anybody_to_call_the_conversation_says_so(house: House) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
    house.work_off()
    assert _calls() == []
    assert _conversation()["phase"] == "escalation"


def test_a_model_that_is_sure_calls_nobody(house: House) -> None:
    house.model.escalates = False
    house.work_off()
    assert (_calls(), _conversation()["escalated"]) == ([], False)


def test_an_organization_that_named_nobody_is_told_of_in_the_log(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
    house.work_off()
    assert "nobody_to_call" in capsys.readouterr().out


def test_a_reprocess_run_calls_nobody(house: House) -> None:
    rows("UPDATE runs SET purpose = 'reprocess' RETURNING id")
    house.work_off()
    assert (_calls(), _conversation()["escalated"]) == ([], False)


@pytest.mark.parametrize(
    "as_it_is",
    [
        "UPDATE replies SET channel = 'voice'",
        "UPDATE transcripts SET created_at = created_at - interval '61 minutes'",
        "UPDATE conversations SET their_number = '+266696687'",
    ],
    ids=["of a recording", "too late", "to a hidden number"],
)
def test_about_an_answer_that_nobody_hears_now_nobody_is_asked(house: House, as_it_is: str) -> None:
    house.bring_to(Stage.PERSIST)
    rows(f"{as_it_is} RETURNING 1")
    assert house.work(Stage.PERSIST) == "done"
    assert (_calls(), _conversation()["escalated"]) == ([], False)


def test_who_has_opted_out_is_not_answered_and_nobody_is_asked(house: House) -> None:
    OptOutFactory.create(organization_id=house.organization_id)
    house.work_off()
    assert (_calls(), _conversation()["escalated"]) == ([], False)


def test_who_is_on_the_line_hears_it_and_a_person_is_asked(house: House) -> None:
    house.bring_to(Stage.PERSIST)
    rows("UPDATE transcripts SET source = 'live_turn', source_ref = 'CA1:1' RETURNING 1")
    assert house.work(Stage.PERSIST) == "done"
    assert [call["effect_key"].split(":")[2] for call in _calls()] == ["assistant_asks"]


def test_a_run_that_only_puts_another_right_asks_nobody(house: House) -> None:
    house.model.escalates = False
    house.work_off()
    house.model.escalates = True
    told = tell(house.organization_id, house.transcript_id, {0: Role.AGENT}, Teller("key", None, "trace"))
    assert told
    house.work(Stage.CLASSIFY_SPEAKERS, told.run_id)
    rows("UPDATE runs SET stage = 'persist' WHERE id = %s RETURNING 1", str(told.run_id))
    rows("INSERT INTO replies (run_id, organization_id, text, channel, escalates, engine, model)"
         " SELECT %s, organization_id, text, channel, true, engine, model FROM replies RETURNING 1", str(told.run_id))  # fmt: skip
    assert house.work(Stage.PERSIST, told.run_id) == "done"
    assert (_calls(), _conversation()["escalated"]) == ([], False)


def test_who_looks_at_a_thread_is_not_called_again_soon_but_later(house: House) -> None:
    for number in range(3):
        _say(house, "and another thing", f"SMa{number}")
    assert len(_calls()) == 1
    _made()
    rows("UPDATE effects SET created_at = created_at - %s * interval '1 second' RETURNING id", CALLS_AGAIN_AFTER_S + 60)
    _say(house, "still nobody", "SMb")
    assert len(_calls()) == 2
    assert_they_hold()


def test_an_emergency_calls_although_the_assistant_asked_before(house: House) -> None:
    _say(house, "and another thing", "SMa")
    _say(house, "My father has chest pain and can't breathe", "SMb")
    assert sorted(call["effect_key"].split(":")[2] for call in _calls()) == ["assistant_asks", "escalation"]
    assert _conversation()["escalation_reason"] not in {None, "assistant_asks"}
    assert_they_hold()


@pytest.mark.parametrize(
    ("change", "calls"),
    [
        ("state = 'failed', last_error = 'x', finished_at = clock_timestamp()", 2),
        ("state = 'unknown', last_error = 'x', finished_at = clock_timestamp()", 2),
        ("state = 'suppressed', last_error = 'x', finished_at = clock_timestamp()", 2),
        ("state = 'sent', provider_ref = 'SM1', delivery = 'undelivered', finished_at = clock_timestamp()", 2),
        ("state = 'sent', provider_ref = 'SM1', delivery = 'delivered', finished_at = clock_timestamp()", 1),
        ("state = 'pending'", 1),
    ],
)
def test_who_was_never_reached_is_called_again(house: House, change: str, calls: int) -> None:
    _say(house, "and another thing", "SMa")
    rows(f"UPDATE effects SET {change} WHERE kind = 'escalation' RETURNING id")  # noqa: S608 - the table's own words
    _say(house, "still nobody", "SMb")
    assert len(_calls()) == calls


class TestWhatIsPromised:
    """Approved words say that a person will call back."""

    @pytest.fixture(autouse=True)
    def _sure(self, house: House) -> None:
        house.model.escalates = False

    def test_whoever_is_on_call_is_told_whom_to_call_back(self, house: House) -> None:
        _say(house, "This is urgent, there is a burst pipe in my kitchen", "SMa")
        assert row("SELECT template FROM replies")["template"] == "person_calls_back"
        [call] = _calls()
        assert (call["target"], call["effect_key"].split(":")[2]) == (ON_CALL, "promised_callback")
        assert call["body"].startswith("Test Clinic: a call back was promised in conversation ")
        assert call["body"].endswith("Please call. Call them back: +15005550199")
        assert _conversation() == {"phase": "escalation", "escalation_reason": "promised_callback", "escalated": True}
        assert_they_hold()

    def test_an_emergency_calls_all_the_same(self, house: House) -> None:
        _say(house, "This is urgent, there is a burst pipe in my kitchen", "SMa")
        _say(house, "My father has chest pain and can't breathe", "SMb")
        assert sorted(call["effect_key"].split(":")[2] for call in _calls()) == ["escalation", "promised_callback"]
        assert_they_hold()


class TestTheCustomerAsks:
    def test_whoever_is_on_call_is_told_that_somebody_wants_a_person(self, house: House) -> None:
        house.model.escalates = False
        _say(house, "I want to talk to a real person please", "SMa")
        [call] = _calls()
        assert (call["target"], call["effect_key"].split(":")[2]) == (ON_CALL, "asked_for_person")
        assert call["body"].startswith("Test Clinic: somebody asks for a person in conversation ")
        assert _conversation() == {"phase": "escalation", "escalation_reason": "asked_for_person", "escalated": True}
        assert_they_hold()

    def test_the_front_desk_is_told_where_nobody_is_on_call(self, house: House) -> None:
        rows("UPDATE organizations SET settings = settings - 'on_call' || jsonb_build_object('front_desk', '+15005550112') RETURNING id")
        _say(house, "can I speak to a manager", "SMa")
        assert [call["target"] for call in _calls()] == ["+15005550112"]

    def test_who_asks_again_soon_calls_nobody_again(self, house: House) -> None:
        for number in range(3):
            _say(house, "give me a real person", f"SMc{number}")
        assert len(_calls()) == 1
        assert_they_hold()

    def test_an_emergency_calls_all_the_same(self, house: House) -> None:
        _say(house, "give me a real person", "SMa")
        _say(house, "My father has chest pain and can't breathe", "SMb")
        assert sorted(call["effect_key"].split(":")[2] for call in _calls()) == ["asked_for_person", "escalation"]
        assert_they_hold()


def test_after_an_emergency_nobody_is_asked_to_look_for_less(house: House) -> None:
    _say(house, "My father has chest pain and can't breathe", "SMa")
    reason = _conversation()["escalation_reason"]
    _say(house, "and another thing", "SMb")
    assert [call["effect_key"].split(":")[2] for call in _calls()] == ["escalation"]
    assert _conversation()["escalation_reason"] == reason


def test_a_refused_reply_says_which_rule_it_broke_and_what_was_sent_instead(house: House) -> None:
    house.model.says = "Your appointment is confirmed."
    house.work_off()
    found = row("SELECT text, template, fault, escalates, engine FROM replies")
    assert (found["template"], found["fault"], found["engine"]) == ("safe", "promises", "openai")
    assert "confirmed" not in found["text"]
    assert row("SELECT body FROM effects WHERE kind = 'sms'") == {"body": found["text"]}


@pytest.mark.parametrize(("source", "is_live"), [("sms", False), ("live_turn", True)])
def test_a_model_is_told_that_somebody_is_on_the_line(house: House, source: str, is_live: bool) -> None:  # noqa: FBT001 - a table's column
    house.bring_to(Stage.CLASSIFY_SPEAKERS)
    rows("UPDATE transcripts SET source = %s RETURNING id", source)
    assert house.work(Stage.CLASSIFY_SPEAKERS) == "done"
    assert house.work(Stage.GENERATE_REPLY) == "done"
    assert house.model.lines == [is_live, is_live]
