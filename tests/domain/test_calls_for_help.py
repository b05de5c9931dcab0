"""What a person is told who is called: whom to help, where to look, in one segment."""

from uuid import UUID

import pytest

from domain.answering import segments
from domain.emergencies import escalation
from domain.organizations.organization import Organization

CONVERSATION = UUID(int=7)
LONGEST = "+123456789012345"
WORDS = (escalation.CALL_FOR_HELP, escalation.TOO_MANY, escalation.PLEASE_LOOK, escalation.PLEASE_ANSWER, escalation.PLEASE_CALL)


def organization(**settings: object) -> Organization:
    return Organization.from_settings(UUID(int=1), "test", "Test Clinic", settings)


@pytest.mark.parametrize("words", WORDS)
def test_it_names_the_customer_and_the_conversation_in_one_segment(words: str) -> None:
    told = escalation.worded(words, "N" * 100, CONVERSATION, LONGEST)
    assert told.endswith(f" Call them back: {LONGEST}")
    assert str(CONVERSATION) in told
    assert segments.count(told) == 1, len(told)


@pytest.mark.parametrize("number", [None, "", "anonymous", "client:ann", "sip:ann@example.com", "12345"])
@pytest.mark.parametrize("words", WORDS)
def test_who_cannot_be_called_back_is_not_named(words: str, number: str | None) -> None:
    told = escalation.worded(words, "Test Clinic", CONVERSATION, number)
    assert "Call them back" not in told
    assert told.endswith(".")


def test_a_name_with_braces_is_only_a_name() -> None:
    assert escalation.worded(escalation.CALL_FOR_HELP, "{number} {name}", CONVERSATION, None).startswith("{number} {name}: an emergency")


@pytest.mark.parametrize(
    ("settings", "helper"),
    [
        ({"on_call": "+15005550111", "front_desk": "+15005550122"}, "+15005550111"),
        ({"front_desk": "+15005550122"}, "+15005550122"),
        ({"on_call": "", "front_desk": "+15005550122"}, "+15005550122"),
        ({}, None),
    ],
)
def test_whoever_is_on_call_is_called_and_else_the_front_desk(settings: dict[str, object], helper: str | None) -> None:
    assert organization(**settings).helper == helper


def test_the_organizations_own_people_are_known_by_their_numbers() -> None:
    told = organization(on_call="+15005550111", front_desk="+15005550122")
    assert [told.is_helper(number) for number in ("+15005550111", "+15005550122", "+15005550199", None)] == [True, True, False, False]
    assert not organization().is_helper(None)
