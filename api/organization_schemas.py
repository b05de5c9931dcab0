"""What /v1/organization takes and gives, version 1. The rules are the domain's; here stands what a reader of the document needs."""

from typing import Any

from marshmallow import Schema, fields, validate

from domain.organizations.opening_hours import CLOSED_DAYS, DAYS, SPANS
from domain.organizations.verticals import Vertical

MAX_LIMIT = 100

# what domain/checks.py lets into a line of text, in the spelling of JSON Schema; what is empty says nothing
_UNFIT = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_ANY, _VISIBLE = f"[^{_UNFIT}]*", rf"[^\s{_UNFIT}]"
_LINE, _TWO = f"^{_ANY}{_VISIBLE}{_ANY}$", f"^{_ANY}{_VISIBLE}{_ANY}{_VISIBLE}{_ANY}$"


def _line(most: int, *, may_be_empty: bool = False) -> dict[str, Any]:
    return {"type": "string", "maxLength": most, "pattern": f"^$|{_LINE}" if may_be_empty else _LINE}


def _lines(most: int, each: int) -> dict[str, Any]:
    return {"type": "array", "items": _line(each), "maxItems": most}


def _or_null(shape: dict[str, Any]) -> dict[str, Any]:
    return shape | {"type": [shape["type"], "null"]}


def _nothing_or(*shapes: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [{"type": "null"}, *shapes]}


_E164 = {"type": "string", "pattern": r"^(\+[1-9][0-9]{6,14})?$"}
_NUMBER, _SENDER = _E164 | {"example": "+15551234567"}, _E164 | {"example": "+15557654321"}
_FLAG = {"type": "boolean"}
_CLOCK = {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
_SPANS = {"type": "array", "maxItems": SPANS, "items": {"type": "array", "items": _CLOCK, "minItems": 2, "maxItems": 2}}
_WEEK = {
    "type": "object",
    "required": ["timezone", "weekly"],
    "properties": {
        "timezone": {"type": "string", "pattern": "^(UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){1,2})$"},
        "weekly": {
            "type": "object",
            "properties": dict.fromkeys(DAYS, _or_null(_SPANS)),
            "additionalProperties": False,
            "minProperties": 1,
        },
        "closed": {"type": ["array", "null"], "items": {"type": "string", "format": "date"}, "maxItems": CLOSED_DAYS},
    },
    "additionalProperties": False,
    "example": {"timezone": "America/New_York", "weekly": {"mon": [["09:00", "17:00"]]}},
}
_PERSONA = {
    "type": "object",
    "properties": {
        "name": _or_null(_line(60, may_be_empty=True)),
        "tone": _or_null(_line(200, may_be_empty=True)),
        "locale": {"type": ["string", "null"], "pattern": "^([a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?)?$"},
    },
    "additionalProperties": False,
}
_POLICY = {"critical": _or_null(_FLAG), "never_promise": _or_null(_lines(50, 80))}


def _is(description: str, shape: dict[str, Any]) -> fields.Raw:
    # anything goes in here: what is wrong with it, the domain says in one shape for whoever writes it, here or in a file
    return fields.Raw(allow_none=True, metadata={"description": description, **shape})


class OrganizationV1(Schema):
    """How an organization wants its callers answered. What is left out is as nobody said it; docs/organizations.md has all bounds."""

    name = fields.Raw(
        required=True,
        error_messages=dict.fromkeys(("required", "null"), "is missing"),
        metadata={"description": "The name that callers hear"} | _line(100),
    )
    vertical = _is("What kind of business it is; without it: general", {"type": "string", "enum": ["", *(each.value for each in Vertical)]})
    hours = _is("Opening times in words, or by the clocks of the place", _nothing_or(_line(300, may_be_empty=True), _WEEK))
    services = _is("What callers can get", _lines(50, 80))
    persona = _is("Who speaks; a text alone is the tone", _nothing_or(_line(200, may_be_empty=True), _PERSONA))
    greeting = _is("What a caller hears first", _line(300, may_be_empty=True))
    goals = _is("What a talk shall reach", _lines(10, 200))
    on_call = _is("Who gets a message in an emergency", _NUMBER)
    front_desk = _is("Who takes over when a caller asks for a person", _NUMBER)
    sends_from = _is("The organization's number that a call for help comes from where the conversation names none", _SENDER)
    alarm_words = _is(
        "Phrases that call a person, beside the rules that all organizations share",
        {"type": "array", "items": _line(60) | {"pattern": _TWO}, "maxItems": 50},
    )
    intents = _is(
        "What callers want, under the organization's own names, each with utterances",
        {
            "type": "object",
            "keys": "^(?!out_of_scope$)[a-z][a-z0-9_]{0,39}$",
            "additionalProperties": _lines(50, 200),
            "maxProperties": 100,
        },
    )
    intake = _is("A JSON Schema of what to ask for", {"type": "object"})
    policy = _is(
        "critical: use the better model; never_promise: words that no reply may use",
        {"type": "object", "properties": _POLICY, "additionalProperties": False},
    )
    answers_calls_by_sms = _is("Send callers the reply", _FLAG)
    texts_silent_callers = _is("Write to callers who said nothing; without it: true", _FLAG)
    transcribes_live = _is("Let Twilio transcribe while people talk", _FLAG)


class VersionQueryV1(Schema):
    """Which versions to list."""

    before = fields.Integer(validate=validate.Range(1, 2**31 - 1), metadata={"description": "only versions before this one"})
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MAX_LIMIT))


class VersionV1(Schema):
    """One version, without what it says."""

    version = fields.Integer(required=True)
    changed_by = fields.String(required=True, metadata={"description": "the id of an API key, or a login on the command line"})
    created_at = fields.AwareDateTime(required=True)


class VersionPageV1(Schema):
    """The newest versions first."""

    items = fields.List(fields.Nested(VersionV1), required=True)
    next_before = fields.Integer(required=True, allow_none=True, metadata={"description": "ask for those before it; null: there are none"})
