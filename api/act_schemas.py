"""What may be asked about words, and what is answered."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.strict import Whole, spelled
from domain.speech import Channel, Role, Urgency

MAX_TEXT, MAX_SAID, MAX_STRETCH, MAX_HISTORY, MAX_SPEAKER = 20_000, 500, 5_000, 50, 32_767
ABOUT = ("text", "utterances", "transcript_id")
_NO_NUL = validate.ContainsNoneOf("\0")
_CHANNELS = [channel.value for channel in Channel]
_INTENT = re.compile(r"^[a-z0-9_]{1,64}$(?!\n)", re.ASCII)

# what marshmallow cannot say of a schema as a whole, for the OpenAPI document
EXACTLY_ONE: Mapping[str, tuple[str, ...]] = {
    "ClassifyIntentV1": ABOUT,
    "GenerateReplyV1": ABOUT,
    "TranscribeV1": ("audio", "recording_sid", "recording_url"),
}


def words(most: int = MAX_TEXT, **more: Any) -> fields.String:
    """A text that says something."""
    return fields.String(validate=[validate.Length(1, most), _NO_NUL], **more)


def exactly_one(asked: object, names: tuple[str, ...]) -> None:
    """Raises ValidationError unless one of these is given, and no other, in what was sent: what is wrong beside that is told, too."""
    if isinstance(asked, Mapping) and sum(asked.get(name) is not None for name in names) != 1:
        raise ValidationError(f"give exactly one of {', '.join(names)}", names[0])


class SpokenUtteranceV1(Schema):
    """One stretch of speech. ``role`` is told by whoever knows it; it holds for the speaker."""

    text = words(MAX_STRETCH, required=True)
    speaker = Whole(load_default=0, validate=validate.Range(0, MAX_SPEAKER))
    role = fields.String(validate=validate.OneOf([Role.AGENT.value, Role.CUSTOMER.value]))


class ClassifyIntentV1(Schema):
    """What was said: a text of the customer's, utterances, or a stored transcript; exactly one of them."""

    text = words()
    utterances = fields.List(fields.Nested(SpokenUtteranceV1), validate=validate.Length(1, MAX_SAID))
    transcript_id = fields.UUID()
    channel = fields.String(
        validate=validate.OneOf(_CHANNELS), metadata={"description": "voice if nothing is said; a transcript has its own"}
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _one_thing(self, _read: dict[str, Any], asked: object, **_: Any) -> None:
        exactly_one(asked, ABOUT)


class EarlierMessageV1(Schema):
    """An earlier message of the same talk."""

    role = fields.String(required=True, validate=validate.OneOf([Role.AGENT.value, Role.CUSTOMER.value]))
    text = words(required=True)


class GenerateReplyV1(ClassifyIntentV1):
    """The same, with what went before. Who gives the ``intent`` spares asking for it."""

    history = fields.List(fields.Nested(EarlierMessageV1), validate=validate.Length(max=MAX_HISTORY))
    intent = fields.String(validate=spelled(_INTENT, "book_appointment"))


class TokensV1(Schema):
    """What a language model took, in tokens; nothing for an answer of this house, or for one that was paid for before."""

    prompt_tokens = fields.Integer(required=True)
    completion_tokens = fields.Integer(required=True)
    total_tokens = fields.Integer(required=True)


class AnsweredV1(Schema):
    """Who answered. ``stands_in_for`` is the code of why the model did not; ``cached``: the same was asked, and paid for, before."""

    engine = fields.String(required=True)
    model = fields.String(required=True)
    cached = fields.Boolean(required=True)
    stands_in_for = fields.String(required=True, allow_none=True)
    usage = fields.Nested(TokensV1, required=True)
    urgency = fields.String(required=True, validate=validate.OneOf(list(Urgency)))


class SafetyFoundV1(Schema):
    """A safety rule that fired, and the utterance that made it, counted from 0."""

    rule = fields.String(required=True)
    urgency = fields.String(required=True, validate=validate.OneOf(list(Urgency)))
    seq = fields.Integer(required=True)


class ClassifiedV1(AnsweredV1):
    """What the customer wants; confidences are 0..1. Nobody is called for what the safety rules found: that is yours to do."""

    intent = fields.String(required=True)
    confidence = fields.Float(required=True)
    sentiment = fields.String(required=True, allow_none=True)
    summary = fields.String(required=True, allow_none=True)
    roles = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    role_confidence = fields.Float(required=True)
    intake = fields.Dict(keys=fields.String(), required=True)
    safety = fields.List(fields.Nested(SafetyFoundV1), required=True)


class GeneratedReplyV1(AnsweredV1):
    """What we would answer; it is sent to nobody. ``escalate``: a person should take over. ``fault``: the rule that refused other words."""

    text = fields.String(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(_CHANNELS))
    template = fields.String(required=True, allow_none=True)
    fault = fields.String(required=True, allow_none=True)
    escalate = fields.Boolean(required=True)
    intent = fields.String(required=True)
    confidence = fields.Float(required=True)
