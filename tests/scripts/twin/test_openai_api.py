"""OpenAI's API through its own SDK, in both of its dialects."""

import json
from typing import Any, Literal

import openai as sdk
import pytest
from openai import OpenAI
from pydantic import BaseModel

from domain.understanding import intake
from scripts.twin.client import TwinClient
from scripts.twin.deepgram.hearing import DIALOGUE

MODEL = "gpt-6-luna"
CALL = json.dumps({"utterances": [{"seq": seq, "speaker": speaker, "text": text} for seq, (speaker, text) in enumerate(DIALOGUE)]})


class Roled(BaseModel):
    """Who a speaker is."""

    speaker: int
    role: Literal["agent", "customer", "unsure"]


class Understood(BaseModel):
    """What a prompt of ours asks for."""

    roles: list[Roled]
    role_confidence: float
    intent: Literal["out_of_scope", "book_appointment"]
    intent_confidence: float
    sentiment: Literal["positive", "neutral", "negative"]
    summary: str


class Replied(BaseModel):
    """A reply."""

    text: str


class Escalating(Replied):
    """A reply that may call a person."""

    escalate: bool
    reason: Literal["danger", "upset", "asks_for_person", "unsure", "none"]


class Intake(BaseModel):
    """What an organization wants to be told."""

    name: str | None
    pets: int | None


class Asking(BaseModel):
    """An understanding with an intake."""

    intent: Literal["cancel_or_change_booking", "book_appointment"]
    intake: Intake


class Other(BaseModel):
    """A schema that the twin has no rules for."""

    kind: Literal["a", "b"]
    names: list[str]
    inner: Replied
    number: float | None


def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    schema = kind.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        part["additionalProperties"] = False
    return schema


def _format(name: str, kind: type[BaseModel]) -> Any:
    return {"type": "json_schema", "name": name, "strict": True, "schema": _schema(kind)}


def _ask(openai: OpenAI, name: str, kind: type[BaseModel], user: str = CALL, **more: Any) -> Any:
    return openai.responses.create(model=MODEL, instructions="Be brief.", input=user, text={"format": _format(name, kind)}, **more)


def _chat(openai: OpenAI, name: str, kind: type[BaseModel], user: str = CALL) -> Any:
    form: Any = {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": _schema(kind)}}
    messages: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": user}]
    return openai.chat.completions.create(model=MODEL, messages=messages, response_format=form)


def test_a_call_is_understood_as_well_as_the_offline_engine_does(t: TwinClient, openai: OpenAI) -> None:
    answer = _ask(openai, "understanding", Understood)
    found = Understood.model_validate_json(answer.output_text)
    assert [(each.speaker, each.role) for each in found.roles] == [(0, "agent"), (1, "customer")]
    assert found.intent == "book_appointment"
    assert found.sentiment == "positive"
    assert found.summary.startswith("Book appointment: Hi, I would like")
    [entry] = t.log(vendor="openai")
    assert (entry.paid, entry.about) == (True, {"model": MODEL, "schema": "understanding"})


def test_usage_counts_the_words(openai: OpenAI) -> None:
    answer = _ask(openai, "understanding", Understood)
    assert answer.usage.input_tokens == len(f"Be brief. {CALL}".split())
    assert answer.usage.output_tokens == len(answer.output_text.split())
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.usage.input_tokens_details.cache_write_tokens == 0
    assert answer._request_id.startswith("req_")


def test_chat_completions_say_the_same(openai: OpenAI) -> None:
    said, told = _chat(openai, "understanding", Understood), _ask(openai, "understanding", Understood)
    assert json.loads(said.choices[0].message.content) == json.loads(told.output_text)
    assert (said.choices[0].finish_reason, said.usage.prompt_tokens) == ("stop", told.usage.input_tokens)


def test_a_reply_is_the_approved_text_for_the_intent(openai: OpenAI) -> None:
    user = json.dumps({"intent": "opening_hours", "channel": "sms", "organization": {"name": "Acme", "hours": "24/7"}, "utterances": []})
    text = Replied.model_validate_json(_ask(openai, "reply", Replied, user).output_text).text
    assert text == "Acme: our hours are 24/7."


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Are you open tomorrow?", "none"),
        ("Let me talk to a real person, please.", "asks_for_person"),
        ("My husband has chest pain and can't breathe.", "danger"),
    ],
)
def test_a_reply_says_whether_a_person_should_look(openai: OpenAI, said: str, reason: str) -> None:
    user = json.dumps({"channel": "voice", "utterances": [{"speaker": 0, "role": "customer", "text": said}]})
    found = Escalating.model_validate_json(_ask(openai, "any name", Escalating, user).output_text)
    assert (found.escalate, found.reason, bool(found.text)) == (reason != "none", reason, True)


def test_who_the_organization_is_may_stand_on_a_line_of_the_instructions(openai: OpenAI) -> None:
    instructions = '# The organization\n\nThe next line is one JSON object.\n\n{"name": "Acme", "hours": "24/7"}\n# The form\n'
    user = json.dumps({"intent": "opening_hours", "channel": "sms", "utterances": []})
    answer = openai.responses.create(model=MODEL, instructions=instructions, input=user, text={"format": _format("reply", Replied)})
    assert Replied.model_validate_json(answer.output_text).text == "Acme: our hours are 24/7."


def test_what_nobody_told_is_null(openai: OpenAI) -> None:
    found = Asking.model_validate_json(_ask(openai, "understanding", Asking).output_text)
    assert (found.intent, found.intake) == ("book_appointment", Intake(name=None, pets=None))


def test_an_intake_is_filled_in_from_what_was_said(openai: OpenAI) -> None:
    wanted = {"properties": {"full_name": {"type": "string"}, "visit": {"type": "string", "format": "date"}, "member": {"type": "boolean"}}}
    asked: Any = {"type": "object", "properties": {"intake": intake.form(wanted)}, "required": ["intake"], "additionalProperties": False}
    said = "My name is Robin Example. I would like to come on December 3rd, 2026."
    user = json.dumps({"channel": "sms", "utterances": [{"speaker": 0, "role": "customer", "text": said}]})
    form: Any = {"type": "json_schema", "name": "understanding", "strict": True, "schema": asked}
    answer = openai.responses.create(model=MODEL, input=user, text={"format": form})
    assert json.loads(answer.output_text)["intake"] == {"full_name": "Robin Example", "visit": "2026-12-03", "member": None}


def test_an_intent_that_the_schema_does_not_know_becomes_one_that_it_does(openai: OpenAI) -> None:
    user = json.dumps({"utterances": [{"speaker": 0, "text": "I lost my card, please block it and send me a new one"}]})
    assert Understood.model_validate_json(_ask(openai, "understanding", Understood, user).output_text).intent == "out_of_scope"


@pytest.mark.parametrize("user", ["hello", "[]", '{"utterances": "none"}', "{}", '{"utterances": []}'])
def test_what_is_no_call_still_gets_an_answer_of_the_right_shape(openai: OpenAI, user: str) -> None:
    assert Understood.model_validate_json(_ask(openai, "understanding", Understood, user).output_text).roles == []


def test_any_other_schema_gets_its_smallest_instance(openai: OpenAI) -> None:
    assert Other.model_validate_json(_ask(openai, "other", Other).output_text) == Other(
        kind="a", names=[], inner=Replied(text=""), number=None
    )


def test_the_sdks_own_parsers_accept_the_answers(openai: OpenAI) -> None:
    assert openai.responses.parse(model=MODEL, input="hello", text_format=Other).output_parsed is not None
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]
    assert openai.chat.completions.parse(model=MODEL, messages=messages, response_format=Other).choices[0].message.parsed is not None


def test_without_a_schema_it_says_what_it_is(openai: OpenAI) -> None:
    assert "twin" in openai.responses.create(model=MODEL, input=[{"role": "user", "content": "hello"}]).output_text


def test_strict_mode_refuses_a_schema_that_leaves_room(t: TwinClient, openai: OpenAI) -> None:
    loose: Any = {"type": "json_schema", "name": "x", "strict": True, "schema": Understood.model_json_schema()}
    with pytest.raises(sdk.BadRequestError) as refused:
        openai.responses.create(model=MODEL, input="hello", text={"format": loose})
    assert "additionalProperties" in refused.value.message
    assert [entry.paid for entry in t.log(vendor="openai")] == [False]


def test_a_wrong_key_is_refused(t: TwinClient) -> None:
    with OpenAI(api_key="wrong", base_url=t.openai_url, max_retries=0) as stranger, pytest.raises(sdk.AuthenticationError) as refused:
        _ask(stranger, "understanding", Understood)
    assert refused.value.code == "invalid_api_key"


def test_an_answer_that_is_too_long_is_cut(openai: OpenAI) -> None:
    answer = _ask(openai, "understanding", Understood, max_output_tokens=3)
    assert (answer.status, answer.incomplete_details.reason, answer.usage.output_tokens) == ("incomplete", "max_output_tokens", 3)


def test_an_incomplete_answer_has_usage_and_half_the_words(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "incomplete", times=2)
    answer, said = _ask(openai, "reply", Replied), _chat(openai, "reply", Replied)
    assert (answer.status, answer.usage.output_tokens > 0) == ("incomplete", True)
    assert said.choices[0].finish_reason == "length"
    for text in (answer.output_text, said.choices[0].message.content):
        with pytest.raises(ValueError, match="Unterminated"):
            json.loads(text)


def test_a_repeated_question_is_told_from_one_that_was_never_answered(t: TwinClient, openai: OpenAI) -> None:
    for key in ("first", "first", "second", None):
        _ask(openai, "reply", Replied, extra_headers={"Idempotency-Key": key} if key else {})
    log = t.log(vendor="openai")
    assert [(entry.paid, entry.about.get("repeated")) for entry in log] == [(True, None), (False, "true"), (True, None), (True, None)]
    t.reset()
    _ask(openai, "reply", Replied, extra_headers={"Idempotency-Key": "first"})
    assert t.log(vendor="openai")[0].paid


def test_a_refusal_is_no_text(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "refusal", times=2)
    answer, said = _ask(openai, "reply", Replied), _chat(openai, "reply", Replied)
    assert (answer.status, answer.output_text, answer.output[0].content[0].type) == ("completed", "", "refusal")
    assert (said.choices[0].message.content, bool(said.choices[0].message.refusal)) == (None, True)
    assert [entry.paid for entry in t.log(vendor="openai")] == [True, True]


def test_words_that_are_no_json_come_with_status_completed(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "invalid_output", times=1)
    answer = _ask(openai, "reply", Replied)
    assert answer.status == "completed"
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(answer.output_text)


def test_it_does_not_stream(openai: OpenAI) -> None:
    with pytest.raises(sdk.BadRequestError):
        openai.responses.create(model=MODEL, input="hello", stream=True)
