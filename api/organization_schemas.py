"""What /v1/organization takes and gives, version 1. The rules are the domain's; here stands what a reader of the document needs."""

from marshmallow import Schema, fields, validate

from domain.organizations.opening_hours import DAYS
from domain.organizations.verticals import Vertical

MAX_LIMIT = 100

_NUMBER = {"type": "string", "example": "+15551234567"}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_FLAG = {"type": "boolean"}
_SPANS = {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "example": ["09:00", "17:00"]}}
_WEEK = {
    "type": "object",
    "properties": {
        "timezone": {"type": "string", "example": "America/New_York"},
        "weekly": {"type": "object", "properties": dict.fromkeys(DAYS, _SPANS)},
        "closed": {"type": "array", "items": {"type": "string", "format": "date"}},
    },
}
_PERSONA = {"type": "object", "properties": {name: {"type": "string"} for name in ("name", "tone", "locale")}}


def _is(description: str, **shape: object) -> fields.Raw:
    # anything goes in here: what is wrong with it, the domain says in one shape for whoever writes it, here or in a file
    return fields.Raw(allow_none=True, metadata={"description": description, **shape})


class OrganizationV1(Schema):
    """How an organization wants its callers answered. What is left out is as nobody said it; docs/organizations.md has all bounds."""

    name = _is("The name that callers hear; must be there", type="string")
    vertical = _is("What kind of business it is; without it: general", type="string", enum=[each.value for each in Vertical])
    hours = _is("Opening times in words, or by the clocks of the place", oneOf=[{"type": "string"}, _WEEK])
    services = _is("What callers can get", **_TEXTS)
    persona = _is("Who speaks; a text alone is the tone", oneOf=[{"type": "string"}, _PERSONA])
    greeting = _is("What a caller hears first", type="string")
    goals = _is("What a talk shall reach", **_TEXTS)
    on_call = _is("Who gets a message in an emergency", **_NUMBER)
    front_desk = _is("Who takes over when a caller asks for a person", **_NUMBER)
    sends_from = _is("The organization's number that a call for help comes from where the conversation names none", **_NUMBER)
    alarm_words = _is("Phrases that call a person, beside the rules that all organizations share", **_TEXTS)
    intents = _is("What callers want, under the organization's own names, each with utterances", type="object", additionalProperties=_TEXTS)
    intake = _is("A JSON Schema of what to ask for", type="object")
    policy = _is(
        "critical: use the better model; never_promise: words that no reply may use",
        type="object",
        properties={"critical": _FLAG, "never_promise": _TEXTS},
    )
    answers_calls_by_sms = _is("Send callers the reply", **_FLAG)
    texts_silent_callers = _is("Write to callers who said nothing; without it: true", **_FLAG)
    transcribes_live = _is("Let Twilio transcribe while people talk", **_FLAG)


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
