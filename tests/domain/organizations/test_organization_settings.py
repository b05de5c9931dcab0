"""What an organization may be told to be: good documents are kept as they are, and what is wrong with others is said by its path."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import FaultySettingsError
from domain.organizations import organization_settings
from domain.organizations.organization import DEFAULT_LOCALE, Organization, OwnIntent, Persona
from domain.organizations.organization_settings import Settings, accepted, changed
from domain.organizations.verticals import Vertical
from tests.architecture.source import ROOT
from tests.support.documents import CLINIC, clinic

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(("object", "string", "mon", "09:00", "")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(("type", "properties", "weekly")), inner, max_size=4)
    ),
    max_leaves=20,
)
ANY_SETTINGS = st.dictionaries(st.sampled_from(tuple(organization_settings.RULES)) | st.text(max_size=5), JSON, max_size=6)


def _faults(document: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(FaultySettingsError) as refused:
        accepted(document)
    return dict(refused.value.faults)


def _fate(document: dict[str, Any]) -> Settings | FaultySettingsError:
    try:
        return accepted(document)
    except FaultySettingsError as refused:
        return refused


def _read(document: dict[str, Any]) -> Organization:
    kept = accepted(document)
    return Organization.from_settings(UUID(int=1), "x", kept.name, kept.settings, vertical=kept.vertical)


def test_a_document_with_every_setting_is_kept_as_it_is() -> None:
    assert accepted(CLINIC).document == CLINIC
    assert set(CLINIC) == set(organization_settings.RULES), "the example shows all that there is"


def test_every_setting_reaches_whoever_answers() -> None:
    read = _read(CLINIC)
    assert read.hours == "Monday to Thursday, 9:00 to 12:30 and 13:30 to 17:00; Friday, 9:00 to 12:30"
    assert (read.persona, read.vertical) == (Persona("Maya", "warm and brief", "en-IN"), "medical")
    assert (read.on_call, read.front_desk, read.sends_from) == ("+15005550111", "+15005550112", "+15005550100")
    assert read.intents[0] == OwnIntent("refill", ("I need more of my pills", "can you renew my prescription"))
    assert (read.intake, read.never_promise, read.is_critical) == (CLINIC["intake"], ("same-day appointment", "refund"), True)
    assert (read.greeting, read.goals, read.alarm_words) == (CLINIC["greeting"], tuple(CLINIC["goals"]), ("insulin pump alarm",))
    assert (read.answers_calls_by_sms, read.texts_silent_callers, read.transcribes_live) == (True, False, True)


def test_a_name_is_enough() -> None:
    read = _read({"name": "Joe Pizza"})
    assert (read.name, read.vertical, read.hours, read.opening) == ("Joe Pizza", "general", "", None)
    assert (read.persona.locale, read.texts_silent_callers, read.transcribes_live) == (DEFAULT_LOCALE, True, False)


def test_words_are_enough_for_hours_and_persona() -> None:
    read = _read({"name": "Joe", "hours": "from noon on", "persona": "cheerful"})
    assert (read.hours, read.opening, read.persona) == ("from noon on", None, Persona(tone="cheerful"))


def test_what_says_nothing_is_as_if_it_were_not_there() -> None:
    """Null, and what is empty and of the setting's own kind."""
    for name, rule in organization_settings.RULES.items():
        for nothing in (None, *rule.nothing):
            if name != "name":
                assert accepted({"name": "Joe", name: nothing}).document == {"name": "Joe", "vertical": "general"}


@pytest.mark.parametrize(
    "document",
    [
        {"transcribes_live": ""}, {"transcribes_live": {}}, {"services": ""}, {"services": {}}, {"hours": []}, {"greeting": []},
        {"policy": {"critical": {}}}, {"policy": {"never_promise": {}}}, {"persona": {"locale": []}}, {"intents": []}, {"intake": ""},
    ],
)  # fmt: skip
def test_nothing_of_another_kind_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(FaultySettingsError):
        accepted({"name": "Joe", **document})


@pytest.mark.parametrize(
    ("wrong", "path", "right"),
    [
        ({"name": None}, "name", "is missing"),
        ({"name": "x" * 101}, "name", "1 to 100 characters"),
        ({"name": "Joe\nPizza"}, "name", "one line"),
        ({"name": "Joe\0"}, "name", "one line"),
        ({"name": "\ud800"}, "name", "one line"),
        ({"colour": "red"}, "colour", "is not known; there are name, vertical, hours"),
        ({"vertical": "starship"}, "vertical", "must be one of general, medical"),
        ({"hours": 9}, "hours", "must be an object with timezone, weekly, closed"),
        ({"hours": "x" * 301}, "hours", "1 to 300 characters"),
        ({"hours": {"weekly": {"mon": [["09:00", "17:00"]]}}}, "hours.timezone", "is missing"),
        ({"services": "cleaning"}, "services", "must be a list of 50 at most"),
        ({"services": ["x"] * 51}, "services", "must have 50 at most"),
        ({"services": ["ok", 7]}, "services.1", "one line of 1 to 80"),
        ({"persona": {"locale": "English"}}, "persona.locale", "must be a language tag such as en-IN"),
        ({"persona": {"locale": "en_IN"}}, "persona.locale", "en-IN"),
        ({"persona": {"mood": "bad"}}, "persona.mood", "is not known; there are name, tone, locale"),
        ({"persona": ["warm"]}, "persona", "must be an object with name, tone, locale"),
        ({"on_call": "the boss"}, "on_call", "must be a number such as +15551234567"),
        ({"front_desk": 15551234567}, "front_desk", "+15551234567"),
        ({"sends_from": "+15005550111"}, "sends_from", "must be another number than on_call and front_desk"),
        ({"alarm_words": ["!"]}, "alarm_words.0", "2 to 60"),
        ({"intents": ["refill"]}, "intents", "must be an object of 100 entries at most"),
        ({"intents": {"Refill!": ["x"]}}, "intents.Refill!", "must have a name such as order_status"),
        ({"intents": {"out_of_scope": ["x"]}}, "intents.out_of_scope", "not out_of_scope"),
        ({"intents": {"refill": "more pills"}}, "intents.refill", "must be a list of 50 at most"),
        ({"policy": {"critical": "yes"}}, "policy.critical", "must be true or false"),
        ({"policy": {"critical": 1}}, "policy.critical", "must be true or false"),
        ({"transcribes_live": "no"}, "transcribes_live", "must be true or false"),
        ({"greeting": "x" * 301}, "greeting", "1 to 300"),
    ],
)
def test_what_is_wrong_is_told_by_its_path_and_what_is_right(wrong: dict[str, Any], path: str, right: str) -> None:
    [(told_path, words)] = _faults(clinic(**wrong) if wrong != {"name": None} else {"hours": "x"}).items()
    assert told_path == path
    assert right in words[0]


def test_all_that_is_wrong_is_told_at_once_but_not_without_end() -> None:
    assert set(_faults(clinic(on_call="x", vertical="y"))) == {"on_call", "vertical"}
    assert len(_faults(clinic(**{f"setting {number}": 1 for number in range(1_000)}))) == organization_settings.MAX_FAULTS


def test_no_fault_repeats_what_was_written() -> None:
    secret = "my chest hurts " * 20
    told = _faults({"name": secret, "hours": {"timezone": secret}, "persona": {"locale": secret}, secret: 1})
    assert secret.strip() not in json.dumps(told)


def test_a_document_is_bounded_as_a_whole() -> None:
    intents = {f"intent_{number}": ["x" * 200] * 50 for number in range(10)}
    assert _faults(clinic(intents=intents)) == {"settings": ["must be 65536 bytes at most as JSON"]}


@given(ANY_SETTINGS)
def test_any_json_is_kept_or_refused_by_paths(document: dict[str, Any]) -> None:
    told = _fate({"name": "Joe", **document})
    if isinstance(told, FaultySettingsError):
        assert 0 < len(told.faults) <= organization_settings.MAX_FAULTS
        assert all(path and words for path, words in told.faults.items())
        return
    as_sent = json.dumps(told.document, allow_nan=False)
    assert len(json.dumps(told.document, ensure_ascii=False).encode()) <= organization_settings.MAX_BYTES
    assert "\\u0000" not in as_sent
    Organization.from_settings(UUID(int=1), "x", told.name, told.settings, vertical=told.vertical)


@given(ANY_SETTINGS, st.text())
def test_whatever_stands_in_an_old_row_can_be_read(settings: dict[str, Any], vertical: str) -> None:
    read = Organization.from_settings(UUID(int=1), "x", "Joe", settings, vertical=vertical)
    assert read.vertical == vertical
    assert isinstance(read.hours, str)


def test_a_change_leaves_the_rest_alone() -> None:
    after = changed(CLINIC, {"greeting": "Hello.", "goals": [], "on_call": None})
    assert after.document == clinic(greeting="Hello.", goals=None, on_call=None)


def test_what_an_earlier_release_let_in_keeps_nobody_from_changing_something_else() -> None:
    old = {"name": "Joe", "vertical": "starship", "hours": "x" * 5_000, "colour": "red"}
    assert changed(old, {"greeting": "Hello."}).document == {**old, "greeting": "Hello."}
    with pytest.raises(FaultySettingsError) as refused:
        changed(old, {"hours": "y" * 5_000})
    assert set(refused.value.faults) == {"hours"}


def test_a_change_that_makes_something_else_wrong_is_refused() -> None:
    with pytest.raises(FaultySettingsError) as refused:
        changed(CLINIC, {"on_call": CLINIC["sends_from"]})
    assert set(refused.value.faults) == {"sends_from"}


class TestDocument:
    """docs/organizations.md tells people what there is."""

    TEXT = (ROOT / "docs" / "organizations.md").read_text(encoding="utf-8")

    def test_its_example_is_accepted(self) -> None:
        assert json.loads(self.TEXT.partition("```json")[2].partition("```")[0]) == CLINIC

    def test_it_has_every_setting_and_no_other(self) -> None:
        rows = re.findall(r"^\| `([a-z_.]+)` \|", self.TEXT, flags=re.MULTILINE)
        assert {name.partition(".")[0] for name in rows} == set(organization_settings.RULES)

    def test_it_has_every_vertical(self) -> None:
        listed = self.TEXT.partition("### Verticals")[2].partition("The first five")[0]
        assert set(re.findall(r"`([a-z_]+)`", listed)) == set(Vertical)


@pytest.mark.parametrize("document", [[1, 2], None, "settings", 7])
def test_what_is_no_settings_at_all_is_as_if_nothing_had_been_said(document: object) -> None:
    """Each message to that organization was answered with an error."""
    assert Organization.from_settings(UUID(int=1), "x", "Joe", document) == Organization.from_settings(UUID(int=1), "x", "Joe", {})
