"""Approved templates: for every intent, urgency and channel a text that may leave."""

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest

from domain import replies
from domain.organization import Organization
from domain.ports import ReplyWriter
from domain.replies import ReplyRequest
from domain.speech import (
    OUT_OF_SCOPE,
    Analysis,
    Channel,
    Engine,
    Intent,
    Reply,
    RoleVerdict,
    SafetyFinding,
    Understanding,
    Urgency,
)
from providers.local.replies import LocalReplyWriter
from providers.local.templates import BY_INTENT

writer: ReplyWriter = LocalReplyWriter()
CLINIC = Organization(
    UUID(int=1), "clinic", "Elm Street Clinic", "Monday to Friday, 9:00 to 17:00", ("checkups", "vaccinations", "lab tests")
)


def _reply(intent: str, urgency: Urgency = Urgency.NORMAL, channel: Channel = Channel.SMS, of: Organization = CLINIC) -> Reply:
    understanding = Understanding(RoleVerdict({}, 1.0), Intent(intent, 0.9), Engine("local", "x"))
    analysis = Analysis(understanding, (SafetyFinding("a_rule", urgency, 0),))
    return writer.write(ReplyRequest(of, (), analysis, channel))


@pytest.mark.parametrize(("intent", "urgency", "channel"), list(product(BY_INTENT, Urgency, Channel)))
def test_every_template_may_leave_unchanged_and_names_the_organization(intent: str, urgency: Urgency, channel: Channel) -> None:
    reply = _reply(intent, urgency, channel)
    assert replies.fault(reply.text, channel) is None
    assert reply.template != replies.SAFE_TEMPLATE
    assert CLINIC.name in reply.text
    assert (reply.channel, reply.engine.provider) == (channel, "local")


def test_hours_and_services_are_filled_in() -> None:
    text = _reply("opening_hours").text
    assert "Monday to Friday, 9:00 to 17:00" in text
    assert "checkups, vaccinations and lab tests" in text


@pytest.mark.parametrize("channel", Channel)
def test_danger_is_answered_with_the_emergency_number_whatever_the_intent(channel: Channel) -> None:
    reply = _reply("pay_bill", Urgency.EMERGENCY, channel)
    assert reply.template == "emergency"
    assert "local emergency number" in reply.text


@pytest.mark.parametrize("channel", Channel)
def test_a_person_is_said_to_be_alerted_only_where_one_is(channel: Channel) -> None:
    staffed = _reply("pay_bill", Urgency.EMERGENCY, channel, of=replace(CLINIC, on_call="+14155550100"))
    assert "being alerted" in staffed.text
    assert "being alerted" not in _reply("pay_bill", Urgency.EMERGENCY, channel).text


@pytest.mark.parametrize(("intent", "urgency"), [("pay_bill", Urgency.HIGH), ("speak_to_human", Urgency.NORMAL)])
def test_a_person_calls_back_when_one_is_needed(intent: str, urgency: Urgency) -> None:
    reply = _reply(intent, urgency)
    assert reply.template == "person_calls_back"
    assert "will call you back" in reply.text


@pytest.mark.parametrize("intent", [OUT_OF_SCOPE, "an_intent_that_nobody_wrote_a_template_for"])
def test_what_is_out_of_scope_is_answered_politely(intent: str) -> None:
    reply = _reply(intent)
    assert reply.template == OUT_OF_SCOPE
    assert "get back to you" in reply.text


def test_an_organization_without_services_gets_no_gap() -> None:
    text = _reply("opening_hours", of=Organization(UUID(int=1), "x", "Elm", "always")).text
    assert text == "Elm: our hours are always."


@pytest.mark.parametrize(("intent", "channel"), list(product(BY_INTENT, Channel)))
def test_hours_that_nobody_set_are_not_told(intent: str, channel: Channel) -> None:
    text = _reply(intent, channel=channel, of=replace(CLINIC, hours="")).text
    assert replies.fault(text, channel) is None
    assert "We are here" not in text
    assert "hours are" not in text


def test_who_asks_for_hours_that_nobody_set_is_sent_to_the_team() -> None:
    text = _reply("opening_hours", of=replace(CLINIC, hours="", services=())).text
    assert text == "Elm Street Clinic: thank you for asking about our opening hours. Our team will send them to you."


def test_hours_that_do_not_fit_a_text_message_give_the_safe_reply() -> None:
    reply = _reply("opening_hours", of=Organization(UUID(int=1), "x", "Elm", "Monday " * 60))
    assert reply.template == replies.SAFE_TEMPLATE
    assert replies.fault(reply.text, Channel.SMS) is None


def test_words_of_the_organization_are_data_not_a_template() -> None:
    reply = _reply("greeting", of=Organization(UUID(int=1), "x", "{hours} {0.__class__}", "nine"))
    assert reply.template == replies.SAFE_TEMPLATE
    assert "{" not in reply.text
