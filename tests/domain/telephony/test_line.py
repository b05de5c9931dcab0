"""The two ends of a call: which number is shown to who takes over, who that cannot be, and where help comes from."""

from uuid import UUID

import pytest

from domain.numbers import NOBODYS
from domain.organizations.organization import Organization
from domain.telephony import call_flow
from domain.telephony.call_flow import Dial, Found, HangUp, Listen
from domain.telephony.line import Line

OURS, THEIRS, ON_CALL, FRONT_DESK = "+15005550100", "+15005550199", "+15005550111", "+15005550122"
DANGER, PERSON = "My father has chest pain and can't breathe", "I want to talk to a real person"


def clinic(**more: object) -> Organization:
    return Organization.from_settings(UUID(int=1), "test", "Test Clinic", more)


@pytest.mark.parametrize("theirs", ["sip:ann@example.com", "client:ann", "anonymous", "Restricted", "12345", None, *sorted(NOBODYS)])
def test_who_has_no_number_to_show_is_put_through_under_ours(theirs: str | None) -> None:
    assert Line(OURS, theirs).shows == OURS
    assert Line("sip:us@example.com", theirs).shows is None


@pytest.mark.parametrize(
    ("theirs", "is_hidden"), [("anonymous", True), ("+266696687", True), (THEIRS, False), ("sip:ann@example.com", False)]
)
def test_nobody_is_promised_a_call_back_whose_number_nobody_sees(theirs: str, is_hidden: bool) -> None:  # noqa: FBT001 - a case of the table
    line, asked = Line(OURS, theirs), "please tell me how we can reach you"
    late = call_flow.redirected(clinic(), 1, call_flow.MOST_WAITS, Found(is_told=True), line)
    unanswered = call_flow.unanswered(clinic(), 1, is_emergency=False, is_told=True, line=line)
    for script in (late, unanswered):
        [listen] = script
        assert isinstance(listen, Listen)
        assert (asked in listen.says[0].text) == is_hidden
        assert "A person will get back to you" in listen.says[0].text


def test_who_has_a_number_shows_it() -> None:
    assert Line(OURS, THEIRS).shows is None


@pytest.mark.parametrize("line", [Line(ON_CALL, THEIRS), Line(OURS, ON_CALL)])
def test_nobody_is_put_through_to_an_end_of_their_own_call(line: Line) -> None:
    to = call_flow.hand_over(clinic(on_call=ON_CALL, front_desk=FRONT_DESK), DANGER, line)
    assert to is not None
    assert to.number == FRONT_DESK
    alone = call_flow.hand_over(clinic(on_call=ON_CALL), DANGER, line)
    assert alone is not None
    assert isinstance(call_flow.heard(clinic(on_call=ON_CALL), 1, alone, line)[-1], HangUp)
    assert call_flow.hand_over(clinic(front_desk=ON_CALL), PERSON, line) is None
    told = call_flow.redirected(clinic(on_call=ON_CALL), 1, 1, Found("Let me see.", escalates=True), line)
    assert not any(isinstance(act, Dial) for act in told)


@pytest.mark.parametrize(
    ("line", "locale", "number"),
    [
        (Line(OURS, THEIRS), "es", "9 1 1"),
        (Line("+442079460000", "+447700900000"), "en-US", "9 9 9"),
        (Line("+442079460000", "anonymous"), "en-US", "9 9 9"),
        (Line("+4930000000", "+442079460000"), "de-DE", "your local emergency number"),
        (Line("+4930000000", "+33100000000"), "de-DE", "1 1 2"),
        (Line("sip:us@example.com", "+266696687"), "en-GB", "9 9 9"),
        (Line(), "es", "your local emergency number"),
        (Line(), "ca", "your local emergency number"),
        (Line(), "zh-Hant-TW", "your local emergency number"),
        (Line("+81312345678", "+81312345679"), "en-US", "your local emergency number"),
    ],
)
def test_the_number_of_help_is_the_one_of_where_the_call_is(line: Line, locale: str, number: str) -> None:
    assert line.help_number(locale) == number
