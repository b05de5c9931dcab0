"""What is said and done next: pure rules of a live call."""

from uuid import UUID

import pytest

from domain.organizations.organization import Organization, Persona
from domain.telephony import call_flow
from domain.telephony.call_flow import Dial, Found, HandOver, HangUp, Listen, Pause, Redirect, Say, Script


def clinic(**more: object) -> Organization:
    return Organization.from_settings(UUID(int=1), "test", "Test Clinic", more)


def said(script: Script) -> str:
    texts = [each for act in script for each in (act.says if isinstance(act, Listen) else (act,)) if isinstance(each, Say)]
    return " ".join(each.text for each in texts)


def test_a_silent_intro_ends_politely() -> None:
    assert [type(act) for act in call_flow.silent(clinic(), 1, 0)] == [Say, HangUp]
    assert call_flow.is_last_silence(1, 0)


def test_a_later_silence_is_asked_about_once() -> None:
    [again] = call_flow.silent(clinic(), 4, 0)
    assert isinstance(again, Listen)
    assert (again.turn, again.silences) == (5, 1)
    assert [type(act) for act in call_flow.silent(clinic(), 5, 1)] == [Say, HangUp]


@pytest.mark.parametrize(
    ("locale", "number"),
    [
        ("en-US", "9 1 1"),
        ("en-GB", "9 9 9"),
        ("de-DE", "1 1 2"),
        ("en-IN", "1 1 2"),
        ("zh-Hant-HK", "9 9 9"),
        ("xx", "your local emergency number"),
    ],
)
def test_the_number_of_help_is_the_one_of_the_place(locale: str, number: str) -> None:
    script = call_flow.heard(clinic(persona={"locale": locale}), 1, HandOver("not_breathing", None, is_emergency=True))
    assert number in said(script)
    assert isinstance(script[-1], HangUp)


@pytest.mark.parametrize("turn", [1, call_flow.TURNS_AT_MOST])
def test_whoever_is_in_danger_is_told_whom_to_call_after_a_talk_too(turn: int) -> None:
    script = call_flow.taken(clinic(), turn, is_emergency=True)
    assert "call 9 1 1" in said(script)
    assert isinstance(script[-1], Listen if turn == 1 else HangUp)
    assert call_flow.taken(clinic(), turn, is_emergency=False) == (HangUp(),)


@pytest.mark.parametrize(("locale", "spoken_in"), [("en-GB", "en-GB"), ("sv-SE", "en-US")])
def test_our_own_sentences_are_spoken_by_an_english_voice(locale: str, spoken_in: str) -> None:
    [filler, *_] = call_flow.heard(clinic(persona={"locale": locale}), 1, None)
    assert isinstance(filler, Say)
    assert filler.locale == spoken_in
    reply = call_flow.replied("Vi öppnar klockan nio.", 1, locale)
    assert isinstance(reply[0], Listen)
    assert reply[0].says == (Say("Vi öppnar klockan nio.", locale),)


@pytest.mark.parametrize("settings", [{"front_desk": "+15005550122", "on_call": "+15005550111"}, {"on_call": "+15005550122"}])
def test_a_reply_whose_writer_asks_for_a_person_puts_through(settings: dict[str, object]) -> None:
    script = call_flow.redirected(clinic(**settings), 2, 1, Found("Let me get somebody.", escalates=True))
    assert script == (Say("Let me get somebody."), Dial("+15005550122", 2, is_emergency=False))
    assert isinstance(call_flow.redirected(clinic(), 2, 1, Found("Let me get somebody.", escalates=True))[0], Listen)


def test_whoever_is_in_danger_is_put_through_to_the_front_desk_if_nobody_is_on_call() -> None:
    danger = "My father has chest pain and can't breathe"
    to = call_flow.hand_over(clinic(front_desk="+15005550122"), danger)
    assert to is not None
    assert (to.number, to.is_emergency) == ("+15005550122", True)
    script = call_flow.heard(clinic(front_desk="+15005550122"), 1, to)
    assert script[-1] == Dial("+15005550122", 1, is_emergency=True)


def test_waiting_lasts_about_twenty_seconds() -> None:
    waited, seconds = 1, float(call_flow.FIRST_PAUSE_S)
    while True:
        script = call_flow.redirected(clinic(), 1, waited, Found())
        if not isinstance(script[-1], Redirect):
            break
        assert isinstance(script[0], Pause)
        seconds += script[0].seconds
        waited = script[-1].waited
    assert 15 <= seconds <= 20
    assert call_flow.gives_up(waited)


def test_a_talk_without_end_ends() -> None:
    script = call_flow.replied("Yes.", call_flow.TURNS_AT_MOST, "en-US")
    assert isinstance(script[-1], HangUp)
    assert isinstance(call_flow.silent(clinic(), call_flow.TURNS_AT_MOST, 0)[-1], HangUp)


def test_what_names_nobody_shows_no_number_and_no_word() -> None:
    shown = repr((Dial("+15005550111", 1, is_emergency=True), Say("secret words"), Found("secret words")))
    assert "5005550111" not in shown
    assert "secret" not in shown


def test_a_persona_without_a_language_speaks_english() -> None:
    assert clinic().persona == Persona()
