"""A turn of a talk that somebody else leads: what is asked, what is answered, and which models there are."""

import re
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from api.act_schemas import MAX_HISTORY, GeneratedReplyV1, words
from api.strict import Flag, spelled
from domain.speech import Channel

MAX_GOALS, MAX_TOOLS = 20, 32
LOCALE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)", re.ASCII)
_TOOL = re.compile(r"^[A-Za-z0-9_.-]{1,64}$(?!\n)", re.ASCII)
_SHORT = [validate.Length(max=200), validate.ContainsNoneOf("\0")]


class TurnPersonaV1(Schema):
    """Who speaks; what is left out is as the organization's settings have it."""

    name = fields.String(validate=_SHORT)
    tone = fields.String(validate=_SHORT)
    locale = fields.String(validate=spelled(LOCALE, "en-US"), metadata={"description": "BCP 47, such as en-US"})


class TurnMessageV1(Schema):
    """One message. There is no ``system``: persona and goals say how to answer, and our own rules cannot be talked away."""

    role = fields.String(required=True, validate=validate.OneOf(["user", "assistant"]))
    content = words(required=True)


class TurnToolV1(Schema):
    """Something that whoever asks could do. ``escalate`` is the one that is ever called; others are taken and told to nobody."""

    name = fields.String(required=True, validate=spelled(_TOOL, "book_appointment"))
    description = fields.String(validate=[validate.Length(max=1_000), validate.ContainsNoneOf("\0")])
    parameters = fields.Dict(keys=fields.String())

    @post_load
    def _without_parameters(self, tool: dict[str, Any], **_: Any) -> dict[str, Any]:
        """They are told to nobody, so nobody keeps them."""
        return {name: value for name, value in tool.items() if name != "parameters"}


class TurnPolicyV1(Schema):
    """``critical`` asks the better model; ``temperature`` is sent along if it is given: newer models refuse it."""

    critical = Flag(allow_none=True)
    temperature = fields.Float(allow_none=True, validate=validate.Range(0, 2))


class NextTurnV1(Schema):
    """The talk so far. What the user said last is answered."""

    conversation_id = fields.String(
        load_default=None, allow_none=True, validate=[validate.Length(1, 128), validate.ContainsNoneOf("\0")],
        metadata={"description": "Your own name of the talk; it comes back with the answer"},
    )  # fmt: skip
    persona = fields.Nested(TurnPersonaV1, load_default=dict)
    goals = fields.List(words(300), load_default=list, validate=validate.Length(max=MAX_GOALS))
    messages = fields.List(fields.Nested(TurnMessageV1), required=True, validate=validate.Length(1, MAX_HISTORY))
    tools = fields.List(fields.Nested(TurnToolV1), load_default=list, validate=validate.Length(max=MAX_TOOLS))
    policy = fields.Nested(TurnPolicyV1, load_default=dict)
    channel = fields.String(load_default=Channel.VOICE.value, validate=validate.OneOf([channel.value for channel in Channel]))


class TurnToolCallV1(Schema):
    """A tool that the answer asks for."""

    name = fields.String(required=True)
    arguments = fields.Dict(keys=fields.String(), required=True)


class TurnAnswerV1(GeneratedReplyV1):
    """What to say next."""

    conversation_id = fields.String(required=True, allow_none=True)
    tool_calls = fields.List(fields.Nested(TurnToolCallV1), required=True)


class ModelPolicyV1(Schema):
    """When a model is asked: ``critical`` for those who want the better one, ``live`` while a caller is on the line."""

    critical = fields.Boolean(required=True)
    live = fields.Boolean(required=True)
    temperature = fields.Boolean(required=True, metadata={"description": "Whether a wish for one is sent along"})


class ModelV1(Schema):
    """Somebody who can be asked. ``is_asked``: it is, as the installation is configured now."""

    id = fields.String(required=True)
    provider = fields.String(required=True)
    tier = fields.String(required=True, validate=validate.OneOf(["cheap", "critical", "live", "offline"]))
    is_asked = fields.Boolean(required=True)
    policy = fields.Nested(ModelPolicyV1, required=True)


class ModelsV1(Schema):
    """All of them."""

    items = fields.List(fields.Nested(ModelV1), required=True)
