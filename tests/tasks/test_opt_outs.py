"""Who wants no messages gets none: looked up when a reply is planned, when it is claimed, and learnt from the vendor's refusal."""

from urllib.parse import urlencode

import pytest

from db import resends
from db.plant import effects
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from domain.deliveries import Stored
from domain.errors import OptedOutError
from domain.ports import ReplyWriter
from providers import registry
from tasks import app, deliver
from tests.support import chain
from tests.support.factories import OUR_NUMBER, THEIR_NUMBER, EffectFactory, OptOutFactory
from tests.support.fake_messenger import FakeMessenger
from tests.support.stored import count, row

REFUSED = OptedOutError("twilio:21610")


def _said(organization: OrganizationRow, text: str, ref: str, told: str | None = None) -> Stored:
    return chain.receive_sms(organization.id, text, ref, told)


def _work_off(stored: Stored) -> None:
    app.loader.import_default_modules()
    for stage in STAGES:
        assert app.tasks[TASK_NAMES[stage]](str(stored.run_id)) == "done"


def _answered(organization: OrganizationRow, text: str, ref: str, told: str | None = None) -> tuple[str, str | None]:
    """How the reply to a message stands once it is planned."""
    stored = _said(organization, text, ref, told)
    _work_off(stored)
    found = row("SELECT state, last_error FROM effects WHERE transcript_id = %s AND kind = 'sms'", str(stored.transcript_id))
    return found["state"], found["last_error"]


@pytest.mark.parametrize("word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"])
def test_after_a_stop_nothing_is_answered_until_a_start(organization: OrganizationRow, word: str) -> None:
    assert _answered(organization, word, "SM1") == ("suppressed", "opted_out")
    assert _answered(organization, "When do you open?", "SM2") == ("suppressed", "opted_out")
    assert _answered(organization, "START", "SM3") == ("suppressed", "twilio_answers")
    assert _answered(organization, "When do you open?", "SM4") == ("pending", None)


@pytest.mark.parametrize("word", ["HELP", "info", "START", "UNSTOP"])
def test_what_twilio_answers_itself_we_do_not(organization: OrganizationRow, word: str) -> None:
    assert _answered(organization, word, "SM1") == ("suppressed", "twilio_answers")


def test_a_word_of_the_accounts_own_is_a_stop_if_twilio_says_so(organization: OrganizationRow) -> None:
    assert _answered(organization, "ARRET", "SM1", "STOP") == ("suppressed", "opted_out")
    assert _answered(organization, "hello", "SM2") == ("suppressed", "opted_out")


def test_yes_is_answered_unless_it_ends_an_opt_out(organization: OrganizationRow) -> None:
    assert _answered(organization, "yes", "SM1") == ("pending", None)
    _answered(organization, "STOP", "SM2")
    assert _answered(organization, "yes", "SM3") == ("suppressed", "twilio_answers")
    assert _answered(organization, "yes", "SM4") == ("pending", None)


@pytest.mark.parametrize("text", ["STOP", "help"])
def test_no_model_is_asked_for_what_we_do_not_answer(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    def nobody() -> ReplyWriter:
        raise AssertionError("a model was asked")

    stored = _said(organization, text, "SM1")
    app.loader.import_default_modules()
    for stage in STAGES[:2]:
        app.tasks[TASK_NAMES[stage]](str(stored.run_id))
    monkeypatch.setattr(registry, "reply_writer", nobody)
    monkeypatch.setattr("settings.Settings.reply_when_down", "stand_in", raising=False)
    assert app.tasks["reply.generate"](str(stored.run_id)) == "done"


def test_a_reply_that_was_planned_before_the_stop_does_not_leave(organization: OrganizationRow, vendor: FakeMessenger) -> None:
    stored = _said(organization, "When do you open?", "SM1")
    _work_off(stored)
    effect = row("SELECT id, state FROM effects")
    assert effect["state"] == "pending"
    _said(organization, "STOP", "SM2")

    assert deliver.deliver(effect["id"]).startswith("nothing to do")
    assert vendor.sent == []
    assert row("SELECT state, last_error, finished_at IS NOT NULL AS ended FROM effects") == {
        "state": "suppressed", "last_error": "opted_out", "ended": True,
    }  # fmt: skip


def test_a_refusal_of_the_vendors_is_a_stop(organization: OrganizationRow, vendor: FakeMessenger) -> None:
    stored = _said(organization, "When do you open?", "SM1")
    _work_off(stored)
    vendor.fails = REFUSED
    assert deliver.deliver(row("SELECT id FROM effects")["id"]) == "suppressed: opted_out"
    assert row("SELECT state, last_error FROM effects") == {"state": "suppressed", "last_error": "opted_out"}
    assert _answered(organization, "hello?", "SM2") == ("suppressed", "opted_out")
    assert _answered(organization, "START", "SM3") == ("suppressed", "twilio_answers")
    assert _answered(organization, "hello!", "SM4") == ("pending", None)


def test_a_refusal_takes_no_start_back_that_came_while_it_was_written_down(organization: OrganizationRow, vendor: FakeMessenger) -> None:
    stored = _said(organization, "When do you open?", "SM2")
    _work_off(stored)
    vendor.fails = REFUSED
    vendor.before_answer = lambda: _said(organization, "START", "SM3")
    deliver.deliver(row("SELECT id FROM effects")["id"])
    assert row("SELECT stopped FROM opt_outs") == {"stopped": False}


def test_a_call_for_help_that_the_vendor_refuses_has_failed_and_somebody_is_told(vendor: FakeMessenger) -> None:
    effect = EffectFactory.create(kind="escalation")
    vendor.fails = REFUSED
    assert deliver.deliver(str(effect.id)) == "failed: twilio:21610"
    assert row("SELECT state, last_error FROM effects") == {"state": "failed", "last_error": "twilio:21610"}


def test_a_call_for_help_is_not_held_back_by_our_own_list(vendor: FakeMessenger) -> None:
    effect = EffectFactory.create(kind="escalation")
    OptOutFactory.create(organization_id=effect.organization_id)
    assert deliver.deliver(str(effect.id)) == "sent"


def test_what_a_person_sends_again_is_held_back_too(vendor: FakeMessenger) -> None:
    effect = EffectFactory.create(state="failed", last_error="twilio:30003")
    again = resends.enter_again(effect.organization_id, effect.id, by="me")
    OptOutFactory.create(organization_id=effect.organization_id)
    assert deliver.deliver(str(again)).startswith("nothing to do")
    assert vendor.sent == []


@pytest.mark.parametrize("other", ["sender", "target", "organization"])
def test_an_opt_out_concerns_one_organization_one_sender_and_one_number(vendor: FakeMessenger, other: str) -> None:
    changes = {"sender": {"sender": "+15005550101"}, "target": {"target": "+15005550198"}, "organization": {}}[other]
    effect = EffectFactory.create(**changes)
    OptOutFactory.create(**{} if other == "organization" else {"organization_id": effect.organization_id})
    assert deliver.deliver(str(effect.id)) == "sent"


def test_what_may_have_left_is_looked_up_all_the_same(vendor: FakeMessenger) -> None:
    effect = EffectFactory.create(state="sending", attempts=1)
    OptOutFactory.create(organization_id=effect.organization_id)
    granted = effects.claim(effect.id, lease_s=30)
    assert granted is not None
    assert granted.interrupted


def test_stop_and_start_count_in_the_order_in_which_they_were_said(organization: OrganizationRow) -> None:
    chain.receive_sms(organization.id, "START", "SM2")
    chain.receive_sms(organization.id, "STOP", "SM1", said_s_ago=3_600)
    assert row("SELECT stopped FROM opt_outs") == {"stopped": False}
    assert count("transcripts") == 2


def test_words_and_numbers_are_in_no_log(organization: OrganizationRow, vendor: FakeMessenger, capsys: pytest.CaptureFixture[str]) -> None:
    _work_off(_said(organization, urlencode({"canary": "toothache"}), "SM1"))
    vendor.fails = REFUSED
    deliver.deliver(row("SELECT id FROM effects")["id"])
    shown = "".join(capsys.readouterr())
    assert [word for word in ("canary", OUR_NUMBER, THEIR_NUMBER) if word in shown] == []
