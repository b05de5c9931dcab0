"""Approved templates: for every intent, urgency and channel a text that may leave."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.answering import replies
from domain.answering.replies import ReplyRequest
from domain.emergencies import safety
from domain.organizations.opening_hours import DAYS, OpeningHours
from domain.organizations.organization import Organization, Persona
from domain.ports import ReplyWriter
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
from providers.local.replies import BOOKS, LocalReplyWriter
from providers.local.templates import BY_INTENT

CALM = (Urgency.NORMAL, Urgency.HIGH)

writer: ReplyWriter = LocalReplyWriter()
CLINIC = Organization(
    UUID(int=1), "clinic", "Elm Street Clinic", "Monday to Friday, 9:00 to 17:00", ("checkups", "vaccinations", "lab tests")
)


def _reply(
    intent: str, urgency: Urgency = Urgency.NORMAL, channel: Channel = Channel.SMS, of: Organization = CLINIC, at: datetime | None = None
) -> Reply:
    return writer.write(ReplyRequest(of, (), _analysis(intent, urgency), channel, at=at))


def _analysis(intent: str, urgency: Urgency) -> Analysis:
    understanding = Understanding(RoleVerdict({}, 1.0), Intent(intent, 0.9), Engine("local", "x"))
    return Analysis(understanding, (SafetyFinding("a_rule", urgency, 0),))


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


@pytest.mark.parametrize(
    ("locale", "channel", "number"),
    [
        ("en-US", Channel.SMS, "Call 911 now."),
        ("en-IE", Channel.SMS, "Call 112 now."),
        ("en-GB", Channel.VOICE, "call 9 9 9."),
        ("es-MX", Channel.SMS, "ahora al 911."),
        ("es-ES", Channel.VOICE, "ahora al 1 1 2."),
        # no region, a region of many countries, a country where no one number brings everybody
        ("en", Channel.SMS, "(911 in the US, 112 in Europe)"),
        ("es-419", Channel.SMS, "(911 en Estados Unidos, 112 en Europa)"),
        ("en-ZA", Channel.VOICE, "911 in the United States, 112 in Europe."),
        # nobody said where it is
        (None, Channel.SMS, "(911 in the US, 112 in Europe)"),
    ],
)
def test_the_emergency_number_is_that_of_the_region_which_the_organization_told(locale: str | None, channel: Channel, number: str) -> None:
    there = Organization.from_settings(UUID(int=1), "clinic", "Clinic", {"persona": {"locale": locale}} if locale else {})
    text = _reply("pay_bill", Urgency.EMERGENCY, channel, of=there).text
    assert number in text
    assert len(re.findall(r"\d(?: ?\d){2}", text)) == (2 if "911" in number and "112" in number else 1)


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


WEEK = OpeningHours.read({"timezone": "America/New_York", "weekly": {"mon": [["09:00", "17:00"]]}})
# 2026-11-23 is a Monday; New York is five hours behind
OPEN, CLOSED = datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(("locale", "said"), [("en-US", "We are closed right now."), ("es-US", "En este momento estamos cerrados.")])
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("intent", ["opening_hours", "book_appointment", OUT_OF_SCOPE])
def test_who_writes_when_nobody_is_there_is_told_so(intent: str, channel: Channel, locale: str, said: str) -> None:
    clinic = replace(CLINIC, opening=WEEK, persona=Persona(locale=locale))
    closed = _reply(intent, channel=channel, of=clinic, at=CLOSED)
    assert (said in closed.text, closed.template) == (True, intent)
    # a model may say so as well
    assert replies.checked(replace(closed, template=None), _asked(clinic, channel)).fault is None
    assert said not in _reply(intent, channel=channel, of=clinic, at=OPEN).text
    assert said not in _reply(intent, channel=channel, of=replace(clinic, opening=None), at=CLOSED).text, "of words nobody knows"


_minutes = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
_days = (
    st.lists(_minutes, min_size=2, max_size=8, unique=True)
    .map(sorted)
    .map(lambda clocks: [clocks[at : at + 2] for at in range(0, len(clocks) // 2 * 2, 2)])
)
_weeks = st.dictionaries(st.sampled_from(list(DAYS)), _days, min_size=1)


_MANY = [["00:00", "00:01"], ["00:02", "00:03"], ["00:04", "00:05"]]


@settings(deadline=None, max_examples=200)
@example(dict.fromkeys(("mon", "tue", "thu", "fri"), _MANY), "opening_hours", Channel.VOICE, "general", "es-MX")
@given(
    _weeks,
    st.sampled_from(sorted(BY_INTENT)),
    st.sampled_from(Channel),
    st.sampled_from(["general", "dental"]),
    st.sampled_from(["en-US", "es-MX"]),
)
def test_the_hours_of_any_week_may_be_told_by_anybody(
    weekly: dict[str, list[list[str]]], intent: str, channel: Channel, vertical: str, locale: str
) -> None:
    opening = OpeningHours.read({"timezone": "America/New_York", "weekly": weekly})
    assert opening
    house = replace(CLINIC, hours=opening.words, opening=opening, services=(), vertical=vertical, persona=Persona(locale=locale))
    reply = _reply(intent, channel=channel, of=house, at=CLOSED)
    # a model may say them as well
    assert replies.checked(replace(reply, template=None), _asked(house, channel)).fault in {None, "too_long"}, reply.text


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
    reply = _reply("opening_hours", of=Organization(UUID(int=1), "x", "Elm", "Monday " * 80))
    assert reply.template == replies.SAFE_TEMPLATE
    assert replies.fault(reply.text, Channel.SMS) is None


def test_words_of_the_organization_are_data_not_a_template() -> None:
    reply = _reply("greeting", of=Organization(UUID(int=1), "x", "{hours} {0.__class__}", "nine"))
    assert reply.template == replies.SAFE_TEMPLATE
    assert "{" not in reply.text


def _every(organization: Organization) -> list[Reply]:
    return [_reply(intent, urgency, channel, organization) for intent, urgency, channel in product(BY_INTENT, Urgency, Channel)]


def test_every_language_has_a_reply_for_every_intent() -> None:
    assert {language: sorted(book.by_intent) for language, book in BOOKS.items()} == dict.fromkeys(("en", "es"), sorted(BY_INTENT))


@pytest.mark.parametrize("vertical", ["general", "medical"])
@pytest.mark.parametrize("locale", ["es-US", "en-IN", "fr-CA"])
def test_every_template_of_every_language_may_leave_unchanged(locale: str, vertical: str) -> None:
    organization = replace(CLINIC, persona=Persona("Maya", locale=locale), vertical=vertical, on_call="+14155550100")
    found = _every(organization)
    assert [reply.text for reply in found if reply.template == replies.SAFE_TEMPLATE or replies.fault(reply.text, reply.channel)] == []
    assert all(CLINIC.name in reply.text for reply in found)


@pytest.mark.parametrize(("locale", "vertical"), list(product(["en-US", "es-US"], ["general", "medical"])))
def test_no_template_says_what_a_model_may_not_say(locale: str, vertical: str) -> None:
    """Approved words are not held to the rules for models; they would hold."""
    organization = replace(CLINIC, persona=Persona("Maya", locale=locale), vertical=vertical)
    said = [
        (reply.text, replies.checked(replace(reply, template=None), _asked(organization, reply.channel)).fault)
        for reply in _every(organization)
    ]
    assert [(text, fault) for text, fault in said if fault] == []


@pytest.mark.parametrize(("locale", "vertical"), list(product(["en-US", "es-US"], ["general", "medical"])))
def test_nobody_is_called_for_our_own_words(locale: str, vertical: str) -> None:
    """A call may be recorded: what we said in it is read by the rules like what the caller said."""
    organization = replace(CLINIC, persona=Persona("Maya", locale=locale), vertical=vertical)
    said = [_reply(intent, urgency, channel, organization) for intent, urgency, channel in product(BY_INTENT, CALM, Channel)]
    safe = [replies._safe(_asked(organization, channel), channel) for channel in Channel]
    assert [text for text in (*(reply.text for reply in said), *safe) if safety.emergency(text)] == []


def _asked(organization: Organization, channel: Channel) -> ReplyRequest:
    understanding = Understanding(RoleVerdict({}, 1.0), Intent(OUT_OF_SCOPE, 0.9), Engine("local", "x"))
    return ReplyRequest(organization, (), Analysis(understanding, ()), channel)


@pytest.mark.parametrize(
    ("locale", "words"), [("en-US", "please tell me how we can reach you"), ("es-US", "dígame cómo podemos localizarle")]
)
def test_who_hides_their_number_is_asked_for_one_before_a_call_back_is_promised(locale: str, words: str) -> None:
    organization = replace(CLINIC, persona=Persona(locale=locale))
    asked = replace(_asked(organization, Channel.VOICE), analysis=_analysis("speak_to_human", Urgency.HIGH))
    hidden = writer.write(replace(asked, is_hidden=True))
    assert (words in hidden.text, hidden.template, hidden.fault) == (True, "person_calls_back", None)
    assert words not in writer.write(asked).text


@pytest.mark.parametrize("channel", Channel)
def test_a_persona_says_its_name(channel: Channel) -> None:
    assert "this is Maya from Elm Street Clinic" in _reply("greeting", channel=channel, of=replace(CLINIC, persona=Persona("Maya"))).text
    assert "this is Elm Street Clinic." in _reply("greeting", channel=channel).text


@pytest.mark.parametrize("channel", Channel)
def test_who_speaks_spanish_is_answered_in_spanish(channel: Channel) -> None:
    text = _reply(
        "opening_hours", channel=channel, of=replace(CLINIC, hours="lunes a viernes, 9:00 a 17:00", persona=Persona(locale="es-MX"))
    ).text
    assert "Nuestro horario es lunes a viernes, 9:00 a 17:00. Podemos ayudarle con checkups, vaccinations y lab tests." in text.replace(
        "nuestro", "Nuestro"
    )


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(("intent", "urgency"), [(OUT_OF_SCOPE, Urgency.NORMAL), ("pay_bill", Urgency.HIGH)])
def test_where_words_could_be_taken_for_advice_a_clinic_says_that_they_are_none(intent: str, urgency: Urgency, channel: Channel) -> None:
    assert "cannot give medical advice" in _reply(intent, urgency, channel, replace(CLINIC, vertical="medical")).text
    assert "advice" not in _reply(intent, urgency, channel).text
