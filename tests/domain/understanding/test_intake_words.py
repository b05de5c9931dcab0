"""An intake filled from what was said, and from nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.speech import Role, RoleVerdict, Utterance
from domain.understanding import intake_words
from domain.understanding.intake_words import Exchange

VERDICT = RoleVerdict({0: Role.AGENT, 1: Role.CUSTOMER}, 0.9)
TEXT, DATE, NUMBER, FLAG = {"type": "string"}, {"type": "string", "format": "date"}, {"type": "integer"}, {"type": "boolean"}
SPECIES = {"type": "string", "enum": ["dog", "cat", "guinea_pig", "other"]}


def _filled(name: str, about: dict[str, Any], said: str, asked: str = "") -> object:
    return intake_words.filled({"properties": {name: about}}, [Exchange(asked, said)])[name]


@pytest.mark.parametrize(
    ("name", "about", "said", "asked", "value"),
    [
        ("name", TEXT, "Hi, my name is Ann Lee and I need a visit.", "", "Ann Lee"),
        ("customer_name", TEXT, "my name is ann lee", "", "Ann Lee"),
        ("name", TEXT, "this is Ann Lee calling about my bill", "", "Ann Lee"),
        ("name", TEXT, "this is ridiculous", "", None),
        ("name", TEXT, "I'm calling about my bill", "", None),
        ("name", TEXT, "sure, it's Ann Lee", "May I have your name, please?", "Ann Lee"),
        ("name", TEXT, "why do you ask?", "What is your name?", None),
        ("name", TEXT, "Ann Lee", "What day would you like?", None),
        ("first_name", TEXT, "my name is Ann Lee", "", "Ann"),
        ("lastName", TEXT, "my name is Ann Lee", "", "Lee"),
        ("last_name", TEXT, "my name is Ann", "", None),
        ("pet_name", TEXT, "my name is Ann Lee", "", None),
        ("pet_name", TEXT, "my pet's name is Rex", "", "Rex"),
        ("phone", TEXT, "call me at (500) 555-0199", "", "5005550199"),
        ("callback_phone", TEXT, "it's +1 500 555 0199 thanks", "", "+15005550199"),
        ("phone", TEXT, "five zero zero five five five oh one nine nine", "", "5005550199"),
        ("phone", TEXT, "room 12 in 2026", "", None),
        ("email", TEXT, "write to Ann.Lee@example.com.", "", "Ann.Lee@example.com"),
        ("contact", {"type": "string", "format": "email"}, "ann dot lee at example dot com", "", "ann.lee@example.com"),
        ("born", DATE, "she was born on March 5th, 2019", "", "2019-03-05"),
        ("born", DATE, "the 5th of march 2019", "", "2019-03-05"),
        ("born", DATE, "2019-03-05", "", "2019-03-05"),
        ("born", DATE, "25/12/2019", "", "2019-12-25"),
        ("born", DATE, "03/04/2019", "", None),
        ("born", DATE, "next monday, march 5th", "", None),
        ("at", {"type": "string", "format": "time"}, "at half past or 3:30 pm", "", "15:30"),
        ("at", {"type": "string", "format": "time"}, "noon is fine", "", "12:00"),
        ("guests", NUMBER, "a table for four guests please", "", 4),
        ("party_size", NUMBER, "a party of twenty five", "", 25),
        ("guests", NUMBER, "we will be 6", "How many guests will there be?", 6),
        ("guests", NUMBER, "between 4 and 6", "How many guests?", None),
        ("guests", NUMBER, "at 7 o'clock", "", None),
        ("weight", {"type": "number"}, "his weight is 3.5 kilos", "", 3.5),
        ("species", SPECIES, "it's about my dog", "", "dog"),
        ("species", SPECIES, "I have a guinea pig", "", "guinea_pig"),
        ("species", SPECIES, "a cat and a dog", "", None),
        ("species", SPECIES, "it's not a dog, it's a cat", "", "cat"),
        ("species", SPECIES, "I was there the other day", "", None),
        ("species", SPECIES, "hotdogs and concatenation", "", None),
        ("is_new_patient", FLAG, "hi I'm a new patient", "", True),
        ("is_new_patient", FLAG, "I'm not a new patient", "", False),
        ("is_new_patient", FLAG, "do you take a new patient?", "", None),
        ("is_new_patient", FLAG, "yes", "Are you a new patient?", True),
        ("is_new_patient", FLAG, "no I've been before", "Are you a new patient with us?", False),
        ("is_new_patient", FLAG, "yes", "Do you have a minute?", None),
        ("has_insurance", FLAG, "I don't have insurance", "", False),
        ("policy_number", TEXT, "My policy number is AB 1234, thanks", "", "AB 1234"),
        ("address", TEXT, "sure, 12 Elm Street", "What is your address?", "12 Elm Street"),
        ("address", TEXT, "I don't know", "What is your address?", None),
        ("reason", TEXT, "hello there", "", None),
    ],
)
def test_a_field_holds_what_was_said_of_it(name: str, about: dict[str, Any], said: str, asked: str, value: object) -> None:
    found = _filled(name, about, said, asked)
    assert found == value
    assert type(found) is type(value)


def test_two_fields_of_one_kind_are_told_apart_by_their_words() -> None:
    schema = {"properties": {"birth_date": DATE, "visit_date": DATE}}
    talk = [
        Exchange("What is your date of birth?", "March 5th 1990"),
        Exchange("And the visit date?", "May 2 2026"),
        Exchange("", "June 1 2026"),
    ]
    assert intake_words.filled(schema, talk) == {"birth_date": "1990-03-05", "visit_date": "2026-05-02"}


def test_what_is_said_first_stands() -> None:
    talk = [Exchange("", "my name is Ann"), Exchange("", "my name is Bob")]
    assert intake_words.filled({"properties": {"name": TEXT}}, talk) == {"name": "Ann"}


def test_only_the_customer_fills_it_and_only_the_agent_asks() -> None:
    lines = [(0, "my name is Carol, what is your name?"), (1, "Ann"), (1, "Lee"), (0, "thank you")]
    said = tuple(Utterance(seq, speaker, text, 0, 0) for seq, (speaker, text) in enumerate(lines))
    assert intake_words.exchanges(said, VERDICT) == (Exchange("my name is Carol, what is your name?", "Ann"), Exchange("", "Lee"))


def test_everybody_fills_it_when_nobody_is_known_to_be_the_customer() -> None:
    said = (Utterance(0, 0, "my name is Ann", 0, 0),)
    assert intake_words.exchanges(said, RoleVerdict({0: Role.UNSURE}, 0.5)) == (Exchange("", "my name is Ann"),)


EVERYTHING = {
    "properties": {
        "name": TEXT, "phone": TEXT, "email": TEXT, "born": DATE, "guests": NUMBER, "is_new": FLAG, "species": SPECIES, "note": TEXT,
        "at": {"type": "string", "format": "time"}, "is_": FLAG, "\u00e9": NUMBER, "": TEXT,
    }
}  # fmt: skip


@given(st.text(), st.text())
def test_strange_words_are_no_failure(asked: str, said: str) -> None:
    assert set(intake_words.filled(EVERYTHING, [Exchange(asked, said)])) == set(EVERYTHING["properties"])
