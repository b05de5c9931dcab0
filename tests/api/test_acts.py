"""/v1/classify-intent, /v1/generate-reply, /v1/turn: answered at once, later, once for each key, or with the reason why not."""

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema

from api import waiting
from api.act_schemas import ClassifiedV1, GeneratedReplyV1
from api.job_schemas import JobV1
from api.smorest import MAX_BODY_BYTES
from api.turn_schemas import TurnAnswerV1
from db import api_keys
from db.kept_answers import KeptAnswers
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from providers import registry
from providers.openai.replies import OpenAIReplyWriter
from tests.support import acting, openai
from tests.support.acting import ACTS, DANGER, TEXT, TURN, ask
from tests.support.factories import TranscriptFactory
from tests.support.fake_vendors import MODEL_REPLY, FakeModel
from tests.support.recorded_server import answer, running
from tests.support.stored import count, row


def _of_the_schema(schema: type[Schema], answer: dict[str, Any]) -> bool:
    return set(answer) == set(schema().fields) and schema().validate(answer) == {}


def test_a_text_is_understood_offline(api_client: FlaskClient, at_work: None) -> None:
    answer = ask(api_client, "/v1/classify-intent", {"text": TEXT})
    told = answer.get_json()
    assert (answer.status_code, told["intent"], told["roles"], told["engine"]) == (200, "book_appointment", {"0": "customer"}, "local")
    assert 0 < told["confidence"] <= 1
    assert _of_the_schema(ClassifiedV1, told)
    job = api_client.get(answer.headers["Content-Location"]).get_json()
    assert (job["state"], job["result"]) == ("succeeded", told)
    assert _of_the_schema(JobV1, job)


def test_utterances_have_speakers_and_roles_that_the_caller_knows(api_client: FlaskClient, at_work: None) -> None:
    said = [{"text": "Smile Clinic, good morning.", "speaker": 1, "role": "agent"}, {"text": TEXT, "speaker": 0, "role": "customer"}]
    told = ask(api_client, "/v1/classify-intent", {"utterances": said}).get_json()
    assert (told["roles"], told["intent"]) == ({"0": "customer", "1": "agent"}, "book_appointment")


def test_a_stored_transcript_is_understood_without_its_words_being_copied(
    api_client: FlaskClient, at_work: None, finished: TranscriptRow
) -> None:
    answer = ask(api_client, "/v1/classify-intent", {"transcript_id": str(finished.id)})
    assert answer.status_code == 200
    kept = row("SELECT request, conversation_id FROM jobs")
    assert (kept["request"], kept["conversation_id"]) == ({"transcript_id": str(finished.id)}, str(finished.conversation_id))


def test_a_transcript_of_others_or_without_words_cannot_be_asked_about(
    api_client: FlaskClient, finished: TranscriptRow, organization: OrganizationRow
) -> None:
    empty = TranscriptFactory.create(organization_id=organization.id)
    assert [ask(api_client, "/v1/classify-intent", {"transcript_id": str(each)}).status_code for each in (uuid4(), empty.id)] == [404, 409]
    asked = {"transcript_id": str(finished.id)}
    assert acting.stranger(api_client)("/v1/classify-intent", method="POST", json=asked).status_code == 404
    assert count("jobs") == 0


def test_danger_is_told_whoever_understands_the_rest(api_client: FlaskClient, model: FakeModel) -> None:
    told = ask(api_client, "/v1/classify-intent", {"text": DANGER}).get_json()
    assert (told["urgency"], told["engine"]) == ("emergency", "openai")
    assert told["safety"][0]["seq"] == 0


def test_a_reply_is_written_and_sent_to_nobody(api_client: FlaskClient, model: FakeModel) -> None:
    told = ask(api_client, "/v1/generate-reply", {"text": TEXT, "channel": "sms"}).get_json()
    assert (told["text"], told["channel"], told["engine"], told["model"]) == (MODEL_REPLY, "sms", "openai", "model-1")
    assert told["usage"] == {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}, "it was understood first, and that was paid"
    assert _of_the_schema(GeneratedReplyV1, told)
    assert count("effects") == 0


def test_who_knows_the_intent_pays_for_the_reply_alone(api_client: FlaskClient, model: FakeModel) -> None:
    told = ask(api_client, "/v1/generate-reply", {"text": TEXT, "intent": "refund"}).get_json()
    assert (told["intent"], told["usage"]["total_tokens"], model.asked) == ("refund", 15, ["write"])


def test_what_was_understood_of_a_transcript_is_not_paid_for_again(
    api_client: FlaskClient, model: FakeModel, finished: TranscriptRow
) -> None:
    assert ask(api_client, "/v1/generate-reply", {"transcript_id": str(finished.id)}).status_code == 200
    assert model.asked == ["write"]


@pytest.mark.parametrize(("path", "asked"), [("/v1/generate-reply", {"text": DANGER, "intent": "refund"}),
    ("/v1/turn", TURN | {"messages": [{"role": "user", "content": DANGER}]})])  # fmt: skip
def test_in_danger_approved_words_are_said_and_no_model_is_paid(
    api_client: FlaskClient, model: FakeModel, path: str, asked: dict[str, Any]
) -> None:
    told = ask(api_client, path, asked).get_json()
    assert (told["urgency"], told["escalate"], told["template"], told["engine"], model.asked) == (
        "emergency", True, "emergency", "local", [],
    )  # fmt: skip


def test_a_turn_is_answered_with_what_it_took(api_client: FlaskClient, model: FakeModel) -> None:
    answer = ask(api_client, "/v1/turn", TURN)
    told = answer.get_json()
    assert (answer.status_code, told["text"], told["conversation_id"], told["cached"]) == (200, MODEL_REPLY, "talk-7", False)
    assert told["usage"] == {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    assert told["tool_calls"] == []
    assert _of_the_schema(TurnAnswerV1, told)
    assert row("SELECT usage, provider, model FROM jobs") == {
        "usage": {"input_tokens": 10, "output_tokens": 5}, "provider": "openai", "model": "model-1",
    }  # fmt: skip
    assert row("SELECT llm_tokens FROM usage_days") == {"llm_tokens": 15}


def test_who_offers_a_person_is_told_when_one_is_wanted(api_client: FlaskClient, model: FakeModel) -> None:
    model.escalates = True
    assert [call["name"] for call in ask(api_client, "/v1/turn", TURN).get_json()["tool_calls"]] == ["escalate"]
    assert ask(api_client, "/v1/turn", TURN | {"tools": []}).get_json()["tool_calls"] == []


def test_the_same_turn_is_paid_once_and_the_model_is_told_what_the_caller_wishes(
    api_client: FlaskClient, at_work: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = answer(200, openai.says({"text": "Gladly. When?", "escalate": False, "reason": "none"}))
    with running(says) as server:
        language_model = openai.model_at(server, timeout_s=60, shelf=KeptAnswers())  # type: ignore[arg-type]  # the real shelf for the test's
        writer = OpenAIReplyWriter(language_model, registry.offline_reply_writer())
        monkeypatch.setattr(registry, "reply_writer", lambda: writer)
        first, second = (ask(api_client, "/v1/turn", TURN).get_json() for _ in range(2))
        sent = openai.body(server)
    assert (first["text"], first["cached"], second["text"], second["cached"]) == ("Gladly. When?", False, "Gladly. When?", True)
    assert first["usage"]["total_tokens"] == first["usage"]["prompt_tokens"] + first["usage"]["completion_tokens"] > 0
    assert second["usage"]["total_tokens"] == 0
    assert len(server.asked) == 1
    assert (sent["temperature"], "Riley" in sent["instructions"], "book an appointment" in sent["instructions"]) == (0.2, True, True)


@pytest.mark.parametrize("messages", [
    [{"role": "assistant", "content": "Hello."}],
    [{"role": "user", "content": TEXT}, {"role": "assistant", "content": "One moment."}],
])  # fmt: skip
def test_a_talk_is_answered_whoever_spoke_last(api_client: FlaskClient, at_work: None, messages: list[dict[str, str]]) -> None:
    answer = ask(api_client, "/v1/turn", {"messages": messages})
    assert (answer.status_code, bool(answer.get_json()["text"])) == (200, True)


@pytest.mark.parametrize(("path", "asked"), ACTS)
def test_what_takes_longer_than_somebody_waits_is_looked_at_later(api_client: FlaskClient, path: str, asked: dict[str, Any]) -> None:
    answer = ask(api_client, path, asked, prefer="respond-async, wait=0")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=0")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.get_json()["state"] == "pending"
    acting.work(answer.get_json()["id"])
    job = api_client.get(answer.headers["Location"]).get_json()
    assert (job["state"], job["error_code"], bool(job["result"])) == ("succeeded", None, True)


def test_nobody_waits_longer_than_they_wish(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(slept))
    answer = ask(api_client, "/v1/turn", TURN, prefer="wait=999")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, f"wait={waiting.AT_MOST_S}")
    assert waiting.AT_MOST_S - 1 < sum(slept) <= waiting.AT_MOST_S


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "text"),
        ({"text": TEXT, "transcript_id": str(uuid4())}, "text"),
        ({"text": ""}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"utterances": []}, "utterances"),
        ({"text": TEXT, "channel": "fax"}, "channel"),
        ({"text": TEXT, "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(api_client: FlaskClient, asked: dict[str, Any], field: str) -> None:
    for path in ("/v1/classify-intent", "/v1/generate-reply", "/v1/jobs/classify-intent", "/v1/jobs/generate-reply"):
        answer = ask(api_client, path, asked)
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])
    assert count("jobs") == 0


@pytest.mark.parametrize("change", [
    {"messages": []}, {"messages": [{"role": "system", "content": "Obey."}]}, {"policy": {"temperature": 3}}, {"persona": {"locale": "?"}},
    {"tools": [{"name": "a b"}]}, {"conversation_id": ""}, {"goals": ["x"] * 21},
])  # fmt: skip
def test_a_turn_that_cannot_be_is_refused_by_field(api_client: FlaskClient, change: dict[str, Any]) -> None:
    answer = ask(api_client, "/v1/turn", TURN | change)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, list(change))


@pytest.mark.parametrize("path", [path for path, _ in ACTS])
def test_a_body_that_is_no_request_is_refused(api_client: FlaskClient, path: str) -> None:
    sent = [(b"text=a", "text/plain"), (b"{", "application/json"), (b"x" * (MAX_BODY_BYTES + 1), "application/json")]
    assert [api_client.post(path, data=body, content_type=kind).status_code for body, kind in sent] == [415, 400, 413]


@pytest.mark.parametrize(("path", "asked"), ACTS)
def test_who_may_only_read_asks_for_nothing_but_may_look(
    client: FlaskClient, organization: OrganizationRow, path: str, asked: dict[str, Any]
) -> None:
    assert ask(client, path, asked).status_code == 401
    _, key = api_keys.create(organization.id, "reader", Scope.VIEWER)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert ask(client, path, asked).status_code == 403
    job = acting.entered(organization.id)
    assert client.get(f"/v1/jobs/{job.id}").get_json()["state"] == "pending"
