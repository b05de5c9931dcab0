"""What may be asked for: the part of JSON Schema that the house takes, and what it says to the rest."""

from typing import Any

import pytest

from domain.understanding import intake, intake_words
from domain.understanding.intake_schema import intake_rule
from tests.support.documents import CLINIC


def _form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TAKEN = [
    CLINIC["intake"],
    _form(when={"type": "string", "enum": ["morning", "evening"]}),
    _form(guests={"type": "integer", "minimum": 1, "maximum": 12}, budget={"type": "number", "minimum": 0.5}),
    _form(**{name.replace("-", "_"): {"type": "string", "format": name} for name in intake.FORMATS}),
    _form(**{f"f{number}": {"type": kind} for number, kind in enumerate([*intake.TYPES] * 5)}),
]


@pytest.mark.parametrize("schema", TAKEN)
def test_what_a_model_can_be_held_to_is_taken_and_asked_for(schema: dict[str, Any]) -> None:
    assert list(intake_rule("intake", schema)) == []
    asked: Any = intake.form(schema)["properties"]
    assert list(asked) == list(schema["properties"])
    assert list(intake_words.filled(schema, [])) == list(schema["properties"])


def test_every_format_that_is_taken_is_heard_in_words() -> None:
    assert {name for formats, _, _ in intake_words._READ.values() for name in formats} == set(intake.FORMATS)


@pytest.mark.parametrize(
    ("schema", "path", "right"),
    [
        ("full name", "intake", "must be an object with type"),
        ({"type": "string"}, "intake.type", 'must be "object"'),
        ({"properties": {"a": {"type": "string"}}}, "intake.type", 'must be "object"'),
        ({"type": "object"}, "intake.properties", "is missing"),
        (_form(a={}), "intake.properties.a.type", "is missing"),
        (_form(a={"type": "date"}), "intake.properties.a.type", "must be one of string, integer, number, boolean"),
        (_form(a={"type": ["string", "null"]}), "intake.properties.a.type", "must be one of string"),
        (_form(a="string"), "intake.properties.a", "must be an object with type"),
        (_form(a={"type": "string", "pattern": "(a+)+"}), "intake.properties.a.pattern", "is not known; there are type, title"),
        (_form(a={"type": "string", "format": "tel"}), "intake.properties.a.format", "must be one of date, time, date-time, email, phone"),
        (_form(a={"type": "string", "maxLength": 501}), "intake.properties.a.maxLength", "must be a whole number from 0 to 500"),
        (_form(a={"type": "integer", "enum": [1, 2]}), "intake.properties.a.enum", "is not known; there are type, title"),
        (_form(a={"type": "number", "minimum": float("inf")}), "intake.properties.a.minimum", "must be a number"),
        (_form(a={"type": "number", "minimum": True}), "intake.properties.a.minimum", "must be a number"),
        (_form(a={"type": "array", "items": {"type": "string"}}), "intake.properties.a.type", "must be one of string, integer"),
        (_form(a=_form(b={"type": "string"})), "intake.properties.a.type", "must be one of string, integer, number, boolean"),
        (_form(**{"Full Name": {"type": "string"}}), "intake.properties.Full Name", "must have a name such as date_of_birth"),
        ({**_form(a={"type": "string"}), "required": ["b"]}, "intake.required.0", "must be the name of one of the properties"),
        ({**_form(a={"type": "string"}), "additionalProperties": True}, "intake.additionalProperties", "must be false"),
        ({**_form(a={"type": "string"}), "$ref": "http://x"}, "intake.$ref", "is not known"),
        (_form(**{f"f{number}": {"type": "string"} for number in range(21)}), "intake.properties", "must have 20 entries at most"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(schema: object, path: str, right: str) -> None:
    [fault] = intake_rule("intake", schema)
    assert fault.path == path
    assert right in fault.right
