"""What may leave the house."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain import numbers
from domain.answering import replies
from domain.organizations.organization import Organization, Persona
from domain.speech import CallEvidence, Channel, Engine, Reply, Role, Urgency, Utterance
from domain.telephony.threads import Message
from tests.support.openai import asked

CLINIC = Organization(UUID(int=1), "clinic", "Elm Street Clinic", "Mon-Fri 9-17")


def _reply(text: str, channel: Channel = Channel.SMS) -> Reply:
    return Reply(text, channel, Engine("local", "test"), "opening_hours")


def test_a_good_reply_leaves_as_it_is() -> None:
    assert replies.checked(_reply("We open at nine."), asked(CLINIC)) == _reply("We open at nine.")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("x" * 460, "too_long"),
        ("\N{GREEK SMALL LETTER ALPHA}" * 336, "too_long"),
        ("Hello {name}", "unfilled_placeholder"),
        ("Dear [customer]", "unfilled_placeholder"),
        ("Thank you, None.", "unfilled_placeholder"),
        ("Thank you, (insert name)", "unfilled_placeholder"),
    ],
)
def test_a_reply_that_must_not_leave_becomes_the_safe_one(text: str, fault: str) -> None:
    assert replies.fault(text, Channel.SMS) == fault
    safe = replies.checked(_reply(text), asked(CLINIC))
    assert (safe.template, safe.fault) == (replies.SAFE_TEMPLATE, fault)
    assert "Elm Street Clinic" in safe.text
    assert replies.fault(safe.text, Channel.SMS) is None


def test_speech_may_be_longer_than_a_text_message() -> None:
    assert replies.fault("x" * 400, Channel.VOICE) is None
    assert replies.fault("x" * 601, Channel.VOICE) == "too_long"


@pytest.mark.parametrize("name", ["{evil}", "N" * 400])
def test_the_safe_reply_leaves_whatever_the_organization_is_called(name: str) -> None:
    safe = replies.checked(_reply(""), asked(Organization(UUID(int=1), "x", name, "")))
    assert replies.fault(safe.text, Channel.SMS) is None


@pytest.mark.parametrize(
    ("answers_by_sms", "number", "expected"),
    [
        (True, "+15005550199", Channel.SMS),
        (True, "anonymous", Channel.VOICE),
        (True, "+266696687", Channel.VOICE),
        (True, None, Channel.VOICE),
        (True, "+1", Channel.VOICE),
        (False, "+15005550199", Channel.VOICE),
    ],
)
def test_a_caller_is_answered_by_sms_only_where_one_can_arrive(
    answers_by_sms: bool,  # noqa: FBT001  # a table's column
    number: str | None,
    expected: Channel,
) -> None:
    organization = Organization(UUID(int=1), "test", "Test Clinic", "", answers_calls_by_sms=answers_by_sms)
    assert replies.channel_for(organization, CallEvidence(Channel.VOICE), number) is expected


@pytest.mark.parametrize(
    ("agent_channel", "heard_on", "expected"),
    [(1, {1}, Channel.VOICE), (1, {0, 1}, Channel.SMS), (1, {0}, Channel.SMS), (None, {1}, Channel.SMS), (1, set(), Channel.SMS)],
)
def test_a_caller_of_whom_nothing_was_heard_is_not_answered_as_if_they_had_asked(
    agent_channel: int | None, heard_on: set[int], expected: Channel
) -> None:
    organization = Organization(UUID(int=1), "test", "Test Clinic", "", answers_calls_by_sms=True)
    said = [Utterance(seq, channel, "hello", 0, 1_000, channel=channel) for seq, channel in enumerate(heard_on)]
    assert replies.channel_for(organization, CallEvidence(Channel.VOICE, None, agent_channel), "+15005550199", said) is expected


def test_the_numbers_that_hide_a_caller_spell_why() -> None:
    keys = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
    words = ("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE")
    assert {f"+{word.translate(keys)}" for word in words} <= numbers.NOBODYS


SPANISH = (Utterance(0, 1, "hola, quiero una cita para mi hijo con el doctor, por favor", 0, 1),)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(
    ("locale", "utterances", "first"),
    [("en-IN", (), "Thank"), ("es-MX", (), "Gracias"), ("fr-FR", (), "Thank"), ("en-US", SPANISH, "Gracias"), ("ja", SPANISH, "Gracias")],
)
def test_the_safe_reply_is_in_a_language_that_is_spoken_there(
    channel: Channel, locale: str, utterances: tuple[Utterance, ...], first: str
) -> None:
    request = asked(replace(CLINIC, persona=Persona(locale=locale)), utterances)
    safe = replies.checked(_reply("", channel), request)
    assert safe.text.split()[0] == first
    assert replies.fault(safe.text, channel) is None


@pytest.mark.parametrize("vertical", ["medical", "dental", "pharmacy", "veterinary", "mental_health"])
def test_where_health_is_the_business_the_safe_reply_says_what_it_is_not(vertical: str) -> None:
    safe = replies.checked(_reply(""), asked(replace(CLINIC, vertical=vertical)))
    assert "cannot give medical advice" in safe.text
    assert "emergency number" in safe.text


@pytest.mark.parametrize("text", ["", "Your refund is approved.", "We open at nine."])
def test_to_look_twice_is_as_to_look_once(text: str) -> None:
    once = replies.checked(replace(_reply(text), template=None), asked(CLINIC))
    assert replies.checked(once, asked(CLINIC)) == once


def test_a_reply_that_asks_for_a_person_does_so_whatever_becomes_of_its_words() -> None:
    safe = replies.checked(replace(_reply("Your refund is approved."), template=None, escalates=True), asked(CLINIC))
    assert (safe.template, safe.fault, safe.escalates) == ("safe", "promises", True)


def test_approved_words_are_not_held_to_what_a_model_may_say_but_to_what_the_organization_never_says() -> None:
    approved = _reply("Your refund is approved.")
    assert replies.checked(approved, asked(CLINIC)) == approved
    assert replies.checked(approved, asked(replace(CLINIC, never_promise=("Refund",)))).fault == "never_promised"


def test_in_danger_nothing_that_an_organization_wants_stands_in_the_way_of_the_approved_words() -> None:
    approved = _reply("Call your local emergency number now.")
    request = asked(replace(CLINIC, never_promise=("emergency",)), urgency=Urgency.EMERGENCY)
    assert replies.checked(approved, request) == approved


def test_what_was_heard_is_the_talk_and_what_came_before_it() -> None:
    request = replace(asked(CLINIC), history=(Message(Role.CUSTOMER, "earlier words"),))
    assert request.utterances[1].text in request.heard
    assert "earlier words" in request.heard
    assert len(replace(request, history=(Message(Role.CUSTOMER, "x" * 100_000),)).heard) <= 20_000
