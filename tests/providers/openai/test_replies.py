"""A model's reply leaves only if it may; in danger the approved words are said."""

from dataclasses import replace

import pytest

from domain.answering import replies
from domain.errors import UnusableAnswerError
from domain.organizations.organization import Organization, Persona
from domain.speech import Channel, Reply, Role, Urgency
from domain.telephony.threads import Message
from providers.local.replies import LocalReplyWriter
from providers.openai.replies import OpenAIReplyWriter
from tests.support.openai import BILLED, CALL, CLINIC, asked, body, document, given, model_at, says
from tests.support.recorded_server import RecordedServer, answer

GOOD = "Elm Street Clinic: thank you, we have your wish for an appointment tomorrow morning. Our team will confirm a time with you."


def _written(server: RecordedServer, text: str = GOOD, organization: Organization = CLINIC, **request: object) -> Reply:
    server.will(answer(200, says({"text": text})))
    return OpenAIReplyWriter(model_at(server), LocalReplyWriter()).write(asked(organization, **request))  # type: ignore[arg-type]  # a test's keywords


@pytest.mark.parametrize("channel", Channel)
def test_a_reply_goes_as_it_was_written(openai_server: RecordedServer, channel: Channel) -> None:
    reply = _written(openai_server, channel=channel)
    assert (reply.text, reply.channel, reply.template) == (GOOD, channel, None)
    assert (reply.engine.provider, reply.engine.model, reply.engine.prompt_version) == ("openai", "gpt-6-luna", "reply-4")
    assert dict(reply.engine.usage) == BILLED


def test_the_writer_is_told_what_it_may_say_and_how_long_it_may_be(openai_server: RecordedServer) -> None:
    _written(openai_server, organization=replace(CLINIC, persona=Persona(tone="warm and brief")), channel=Channel.VOICE)
    told = document(openai_server)
    assert "organization" not in told
    assert '"tone":"warm and brief"' in body(openai_server)["instructions"]
    assert (told["channel"], told["max_chars"], told["intent"], told["urgency"]) == ("voice", 600, "book_appointment", "normal")
    assert [said["role"] for said in told["utterances"]] == ["agent", "customer", "agent", "customer"]
    assert body(openai_server)["text"]["format"]["name"] == "reply"


def test_what_an_organization_did_not_say_is_not_made_up(openai_server: RecordedServer) -> None:
    _written(openai_server, organization=replace(CLINIC, hours="", services=()))
    told = body(openai_server)["instructions"]
    assert '"persona":{"locale":"en-US"}' in told
    assert [name for name in ("hours", "services", "goals", "ask_for", "never_promise") if f'"{name}":' in told] == []


@pytest.mark.parametrize(
    ("live", "is_critical", "model"),
    [
        (None, False, "gpt-6-luna"),
        ("gpt-fast", False, "gpt-fast"),
        ("gpt-fast", True, "gpt-6-sol"),
    ],
)
def test_who_is_on_the_line_is_answered_by_the_fast_model_if_there_is_one(
    openai_server: RecordedServer,
    live: str | None,
    is_critical: bool,  # noqa: FBT001 - a table's column
    model: str,
) -> None:
    openai_server.will(answer(200, says({"text": GOOD})))
    writer = OpenAIReplyWriter(model_at(openai_server, model_live=live), LocalReplyWriter())
    organization = replace(CLINIC, is_critical=is_critical)
    reply = writer.write(asked(organization, is_live=True))
    assert (body(openai_server)["model"], reply.engine.model) == (model, model)
    later = writer.write(asked(organization))
    assert later.engine.model == ("gpt-6-sol" if is_critical else "gpt-6-luna")


@pytest.mark.parametrize(("urgency", "template"), [(Urgency.EMERGENCY, "emergency"), (Urgency.HIGH, "person_calls_back")])
def test_in_danger_the_approved_words_are_said_and_no_model_is_asked(
    openai_server: RecordedServer, urgency: Urgency, template: str
) -> None:
    reply = _written(openai_server, urgency=urgency)
    assert (reply.template, reply.engine.provider) == (template, "local")
    assert openai_server.asked == []


@pytest.mark.parametrize("text", [" ", "x" * 460, "Dear [name], thank you.", "Hello {customer}", "TODO"])
def test_a_reply_that_may_not_leave_becomes_the_safe_one(openai_server: RecordedServer, text: str) -> None:
    reply = _written(openai_server, text)
    assert reply.template == replies.SAFE_TEMPLATE
    assert reply.fault in {"empty", "too_long", "unfilled_placeholder"}
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
    reply = _written(openai_server, text)
    assert (reply.template, reply.fault) == (replies.SAFE_TEMPLATE, "leads_elsewhere")


@pytest.mark.parametrize(
    "text", ["We are here Mon-Fri 8.00-16.30, see Elm.example or call 415 555 0199.", "We open at 8 a.m. on 21 November 2026 (2026-11-21)."]
)
def test_a_reply_may_say_what_the_organization_itself_says(openai_server: RecordedServer, text: str) -> None:
    organization = replace(CLINIC, hours="Mon-Fri 8.00-16.30, elm.example, 415 555 0199")
    assert _written(openai_server, text, organization).text == text


def test_lines_and_spaces_are_made_one_line(openai_server: RecordedServer) -> None:
    assert _written(openai_server, "Thank you.\n\n  We have  it.").text == "Thank you. We have it."


@pytest.mark.parametrize("text", ["\u0634\u0643\u0631\u0627 \u0644\u0643", "\u05ea\u05d5\u05d3\u05d4", "Thanks \U0001f600"])
def test_any_script_may_leave_to_whom_it_is_written_by(openai_server: RecordedServer, text: str) -> None:
    assert _written(openai_server, text, utterances=(replace(CALL[1], text=text),)).text == text


def test_a_model_may_ask_for_a_person(openai_server: RecordedServer) -> None:
    openai_server.will(answer(200, says({"text": GOOD, "escalate": True, "reason": "unsure"})))
    reply = OpenAIReplyWriter(model_at(openai_server), LocalReplyWriter()).write(asked())
    assert (reply.text, reply.escalates, reply.template) == (GOOD, True, None)


def test_a_server_that_leaves_out_what_is_not_the_text_asks_for_nobody(openai_server: RecordedServer) -> None:
    assert not _written(openai_server).escalates


def test_a_refused_reply_keeps_what_was_paid(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_refusal"))
    with pytest.raises(UnusableAnswerError, match=r"^openai:refused$") as raised:
        OpenAIReplyWriter(model_at(openai_server), LocalReplyWriter()).write(asked())
    assert dict(raised.value.usage) == BILLED


def test_the_writer_is_told_the_thread_and_what_came_with_the_message(openai_server: RecordedServer) -> None:
    history = (Message(Role.CUSTOMER, "When do you open?", ("image/png",)), Message(Role.AGENT, "At nine."))
    openai_server.will(answer(200, says({"text": GOOD})))
    request = replace(asked(CLINIC), history=history, media=("image/jpeg", "image/jpeg"))
    OpenAIReplyWriter(model_at(openai_server), LocalReplyWriter()).write(request)
    told = document(openai_server)
    assert told["history"] == [
        {"role": "customer", "text": "When do you open?", "media": {"image/png": 1}},
        {"role": "agent", "text": "At nine."},
    ]
    assert told["media"] == {"image/jpeg": 2}


def test_without_a_thread_and_pictures_nothing_is_said_of_them(openai_server: RecordedServer) -> None:
    _written(openai_server)
    assert {"history", "media"} & set(document(openai_server)) == set()


def test_history_leaves_room_for_the_words_that_are_answered(openai_server: RecordedServer) -> None:
    history = tuple(Message(Role.CUSTOMER, letter * 150) for letter in "abcdefghijklmnopqrst")
    openai_server.will(answer(200, says({"text": GOOD})))
    small = model_at(openai_server, context_tokens=3_000)
    OpenAIReplyWriter(small, LocalReplyWriter()).write(replace(asked(CLINIC), history=history))
    told = document(openai_server)
    assert [message["text"][0] for message in told["history"]] == ["r", "s", "t"]
    assert told["left_out"] == 0
