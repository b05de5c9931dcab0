"""What may leave the house."""

from uuid import UUID

import pytest

from domain import replies
from domain.organization import Organization
from domain.speech import CallEvidence, Channel, Engine, Reply

CLINIC = Organization(UUID(int=1), "clinic", "Elm Street Clinic", "Mon-Fri 9-17")


def _reply(text: str, channel: Channel = Channel.SMS) -> Reply:
    return Reply(text, channel, Engine("local", "test"), "opening_hours")


def test_a_good_reply_leaves_as_it_is() -> None:
    assert replies.checked(_reply("We open at nine."), CLINIC) == _reply("We open at nine.")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("x" * 321, "too_long"),
        ("Hello {name}", "unfilled_placeholder"),
        ("Dear [customer]", "unfilled_placeholder"),
    ],
)
def test_a_reply_that_must_not_leave_becomes_the_safe_one(text: str, fault: str) -> None:
    assert replies.fault(text, Channel.SMS) == fault
    safe = replies.checked(_reply(text), CLINIC)
    assert safe.template == replies.SAFE_TEMPLATE
    assert "Elm Street Clinic" in safe.text
    assert replies.fault(safe.text, Channel.SMS) is None


def test_speech_may_be_longer_than_a_text_message() -> None:
    assert replies.fault("x" * 400, Channel.VOICE) is None
    assert replies.fault("x" * 601, Channel.VOICE) == "too_long"


@pytest.mark.parametrize("name", ["{evil}", "N" * 400])
def test_the_safe_reply_leaves_whatever_the_organization_is_called(name: str) -> None:
    safe = replies.checked(_reply(""), Organization(UUID(int=1), "x", name, ""))
    assert replies.fault(safe.text, Channel.SMS) is None


@pytest.mark.parametrize(
    ("answers_by_sms", "number", "expected"),
    [
        (True, "+15005550199", Channel.SMS),
        (True, "anonymous", Channel.VOICE),
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
