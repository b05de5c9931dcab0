"""Forms for a model, and which of its answers fit an organization's schema."""

from typing import Any

import pytest

from domain.understanding import intake

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "species": {"type": "string", "enum": ["dog", "cat"]},
        "age": {"type": "integer", "minimum": 0, "maximum": 40},
        "weight": {"type": "number", "description": "In kilograms."},
        "is_insured": {"type": "boolean"},
        "born": {"type": "string", "format": "date"},
        "email": {"type": "string", "format": "email"},
        "phone": {"type": "string", "format": "phone"},
        "owner": {"type": "object", "properties": {}},
    },
}
NAMES = ["name", "species", "age", "weight", "is_insured", "born", "email", "phone"]


def test_a_form_asks_for_every_plain_field_and_lets_each_be_unsaid() -> None:
    form: Any = intake.form(SCHEMA)
    assert list(form["properties"]) == form["required"] == NAMES
    assert form["additionalProperties"] is False
    assert form["properties"]["species"] == {"type": ["string", "null"], "enum": ["dog", "cat", None]}
    assert form["properties"]["weight"] == {"type": ["number", "null"], "description": "In kilograms."}
    assert form["properties"]["born"]["description"] == "Format: date."


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"properties": {"a": 1}}, {"properties": {"a": {"type": "array"}}}])
def test_a_schema_that_asks_for_nothing_plain_has_an_empty_form(schema: dict[str, Any]) -> None:
    assert intake.form(schema)["properties"] == {}
    assert intake.accepted(schema, {"a": 1}) == {}


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("name", " Rex ", "Rex"),
        ("name", "", None),
        ("name", "x" * 21, None),
        ("name", "a\0b", None),
        ("name", 7, None),
        ("species", "dog", "dog"),
        ("species", "fish", None),
        ("age", 3, 3),
        ("age", 3.5, None),
        ("age", True, None),
        ("age", 41, None),
        ("age", -1, None),
        ("weight", 3, 3),
        ("weight", float("nan"), None),
        ("weight", "3", None),
        ("is_insured", False, False),
        ("is_insured", "yes", None),
        ("born", "2024-02-29", "2024-02-29"),
        ("born", "2023-02-29", None),
        ("born", "yesterday", None),
        ("email", "ann@example.com", "ann@example.com"),
        ("email", "ann at example", None),
        ("phone", "+1 (500) 555-0199", "+15005550199"),
        ("phone", "555", None),
        ("phone", None, None),
    ],
)
def test_only_what_fits_is_kept(name: str, value: object, kept: object) -> None:
    found = intake.accepted(SCHEMA, {name: value, "stranger": "x"})
    assert list(found) == NAMES
    assert found[name] == kept
    assert type(found[name]) is type(kept)


def test_an_endless_schema_is_a_form_of_bounded_length() -> None:
    endless = {"properties": {f"f{number}": {"type": "string"} for number in range(1_000)}}
    assert len(intake.fields(endless)) == intake.MAX_FIELDS
