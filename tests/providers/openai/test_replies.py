"""A model's reply leaves only if it may; in danger the approved words are said."""

from dataclasses import replace

import pytest

from domain import replies
from domain.errors import UnusableAnswerError
from domain.organization import Organization
from domain.speech import Channel, Reply, Urgency
from providers.local.replies import LocalReplyWriter
from providers.openai.replies import OpenAIReplyWriter
from tests.support.openai import BILLED, CLINIC, asked, body, document, given, model_at, says
from tests.support.recorded_server import RecordedServer, answer

GOOD = "Elm Street Clinic: thank you, we have your wish for an appointment tomorrow morning. Our team will confirm a time with you."


def _written(server: RecordedServer, text: str = GOOD, organization: Organization = CLINIC, **request: object) -> Reply:
    server.will(answer(200, says({"text": text})))
    return OpenAIReplyWriter(model_at(server), LocalReplyWriter()).write(asked(organization, **request))  # type: ignore[arg-type]  # a test's keywords


@pytest.mark.parametrize("channel", Channel)
def test_a_reply_goes_as_it_was_written(openai_server: RecordedServer, channel: Channel) -> None:
    reply = _written(openai_server, channel=channel)
    assert (reply.text, reply.channel, reply.template) == (GOOD, channel, None)
    assert (reply.engine.provider, reply.engine.model, reply.engine.prompt_version) == ("openai", "gpt-6-luna", "reply-1")
    assert dict(reply.engine.usage) == BILLED


def test_the_writer_is_told_what_it_may_say_and_how_long_it_may_be(openai_server: RecordedServer) -> None:
    _written(openai_server, organization=replace(CLINIC, persona="warm and brief"), channel=Channel.VOICE)
    told = document(openai_server)
    assert told["organization"] == {
        "name": CLINIC.name,
        "hours": CLINIC.hours,
        "services": list(CLINIC.services),
        "persona": "warm and brief",
    }
    assert (told["channel"], told["max_chars"], told["intent"], told["urgency"]) == ("voice", 600, "book_appointment", "normal")
    assert [said["role"] for said in told["utterances"]] == ["agent", "customer", "agent", "customer"]
    assert body(openai_server)["text"]["format"]["name"] == "reply"


def test_an_organization_without_a_persona_has_none_made_up(openai_server: RecordedServer) -> None:
    _written(openai_server)
    assert "persona" not in document(openai_server)["organization"]


def test_a_model_is_told_no_hours_where_nobody_set_them(openai_server: RecordedServer) -> None:
    _written(openai_server, organization=replace(CLINIC, hours=""))
    assert "hours" not in document(openai_server)["organization"]


@pytest.mark.parametrize(("urgency", "template"), [(Urgency.EMERGENCY, "emergency"), (Urgency.HIGH, "person_calls_back")])
def test_in_danger_the_approved_words_are_said_and_no_model_is_asked(
    openai_server: RecordedServer, urgency: Urgency, template: str
) -> None:
    reply = _written(openai_server, urgency=urgency)
    assert (reply.template, reply.engine.provider) == (template, "local")
    assert openai_server.asked == []


@pytest.mark.parametrize("text", [" ", "x" * 321, "Dear [name], thank you.", "Hello {customer}", "TODO"])
def test_a_reply_that_may_not_leave_becomes_the_safe_one(openai_server: RecordedServer, text: str) -> None:
    reply = _written(openai_server, text)
    assert reply.template == replies.SAFE_TEMPLATE
    assert replies.fault(reply.text, reply.channel) is None
    assert dict(reply.engine.usage) == BILLED


@pytest.mark.parametrize(
    "text",
    [
        "Please confirm at https://elm-clinic.example/pay",
        "Please go to www.elm-street.test",
        "See elm-clinic.co/pay today",
        "Write to doctor@elm.test",
        "Call us at +1 (415) 555-0123",
        "Call 4155550123 now",
    ],
)
def test_a_reply_that_sends_people_elsewhere_becomes_the_safe_one(openai_server: RecordedServer, text: str) -> None:
    assert _written(openai_server, text).template == replies.SAFE_TEMPLATE


@pytest.mark.parametrize(
    "text", ["We are here Mon-Fri 8.00-16.30, see Elm.example or call 415 555 0199.", "We open at 9 a.m. on 21 November 2026. See you!"]
)
def test_a_reply_may_say_what_the_organization_itself_says(openai_server: RecordedServer, text: str) -> None:
    organization = replace(CLINIC, hours="Mon-Fri 8.00-16.30, elm.example, 415 555 0199")
    assert _written(openai_server, text, organization).text == text


def test_lines_and_spaces_are_made_one_line(openai_server: RecordedServer) -> None:
    assert _written(openai_server, "Thank you.\n\n  We have  it.").text == "Thank you. We have it."


@pytest.mark.parametrize("text", ["\u0634\u0643\u0631\u0627 \u0644\u0643", "\u05ea\u05d5\u05d3\u05d4", "Thanks \U0001f600"])
def test_any_script_may_leave(openai_server: RecordedServer, text: str) -> None:
    assert _written(openai_server, text).text == text


def test_a_refused_reply_keeps_what_was_paid(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_refusal"))
    with pytest.raises(UnusableAnswerError, match=r"^openai:refused$") as raised:
        OpenAIReplyWriter(model_at(openai_server), LocalReplyWriter()).write(asked())
    assert dict(raised.value.usage) == BILLED
