"""What every writer of replies promises the chain, whoever stands behind the port."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from domain.answering import replies
from domain.organizations.organization import Organization
from domain.ports import ReplyWriter
from domain.speech import OUT_OF_SCOPE, Channel, Reply, Urgency, Utterance
from domain.vendors import Vendor
from tests.support import engines
from tests.support.openai import CLINIC, asked

RECORDED = {"text": "Elm Street Clinic: thank you, we have your message. Our team will get back to you."}


@pytest.fixture(scope="module", params=engines.ENGINES)
def writer(request: pytest.FixtureRequest) -> Iterator[ReplyWriter]:
    """One after the other."""
    with engines.reply_writer(request.param, RECORDED) as found:
        yield found


def _assert_sound(reply: Reply, channel: Channel) -> None:
    assert replies.fault(reply.text, channel) is None
    assert "\0" not in reply.text
    assert reply.channel is channel
    assert reply.engine.provider
    assert reply.engine.model


def test_it_says_whom_it_asks(writer: ReplyWriter) -> None:
    assert writer.vendor in {None, *Vendor}


@pytest.mark.parametrize(
    ("intent", "urgency", "channel"), list(product(["book_appointment", "opening_hours", OUT_OF_SCOPE], Urgency, Channel))
)
def test_every_reply_may_leave(writer: ReplyWriter, intent: str, urgency: Urgency, channel: Channel) -> None:
    _assert_sound(writer.write(asked(intent=intent, urgency=urgency, channel=channel)), channel)


@pytest.mark.parametrize("channel", Channel)
def test_danger_is_answered_with_the_approved_words(writer: ReplyWriter, channel: Channel) -> None:
    reply = writer.write(asked(urgency=Urgency.EMERGENCY, channel=channel))
    assert reply.template == "emergency"
    assert "local emergency number" in reply.text


@pytest.mark.parametrize("channel", Channel)
def test_where_a_person_must_look_one_is_promised(writer: ReplyWriter, channel: Channel) -> None:
    reply = writer.write(asked(urgency=Urgency.HIGH, channel=channel))
    assert reply.template == "person_calls_back"
    assert "will call you back" in reply.text


@pytest.mark.parametrize(
    "organization",
    [
        Organization(CLINIC.id, "x", "Elm", "always"),
        replace(CLINIC, hours="Monday " * 60),
        replace(CLINIC, name="{hours} {0.__class__}"),
        replace(CLINIC, name="\u05de\u05e8\u05e4\u05d0\u05d4 \U0001f3e5", services=tuple(f"service {number}" for number in range(200))),
    ],
    ids=["bare", "long hours", "braces", "scripts"],
)
def test_whatever_an_organization_is_called_its_reply_may_leave(writer: ReplyWriter, organization: Organization) -> None:
    _assert_sound(writer.write(asked(organization)), Channel.SMS)


@pytest.mark.parametrize("text", [None, "???", "\u0645\u0631\u062d\u0628\u0627", "\U0001f600", "a\0b", "0" * 10_000])
def test_strange_words_are_answered_too(writer: ReplyWriter, text: str | None) -> None:
    utterances = () if text is None else (Utterance(0, 1, text, 0, 1),)
    _assert_sound(writer.write(asked(utterances=utterances)), Channel.SMS)
