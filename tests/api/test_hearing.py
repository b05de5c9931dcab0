"""/v1/transcribe: a piece of audio as a form or in base64, a recording by its id or address."""

import io
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import settings
from api import hearing
from api.hearing_schemas import TranscribedV1
from db import jobs
from db.tables.organizations import OrganizationRow
from domain.errors import PermanentError
from domain.recordings import Recording
from domain.runs import Transcription
from domain.speech import Utterance
from providers import registry
from tasks import dispatch
from tests.support import acting
from tests.support.acting import ask
from tests.support.fake_vendors import FakeRecordings, FakeTranscriber, raising
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import count, row

PATH = "/v1/transcribe"
SID = "RE" + "0" * 32
URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{SID}.wav"
AUDIO = b64encode(b"RIFF of a kind").decode()
WORDS = Transcription((Utterance(0, 0, "Hello there.", 100, 900, 0.9),), "whisper", "tiny", usage={"audio_seconds": 1})


@pytest.fixture
def transcriber(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTranscriber]:
    """Somebody who hears, on this machine; jobs are done at once."""
    monkeypatch.setenv("WHISPER_MODEL_PATH", "/nowhere")
    settings.current.cache_clear()
    acting.at_once(monkeypatch)
    fake = FakeTranscriber()
    fake.vendor, fake.acts = None, [lambda: WORDS] * 2
    monkeypatch.setattr(registry, "transcriber", lambda: fake)
    yield fake
    monkeypatch.undo()
    settings.current.cache_clear()


def _form(client: FlaskClient, audio: bytes = b"RIFF of a kind", key: str = "", **fields: Any) -> TestResponse:
    data = {"audio": (io.BytesIO(audio), "a.wav", "audio/wav"), **fields}
    return client.post(PATH, data=data, content_type="multipart/form-data", headers={"Idempotency-Key": key} if key else {})


def test_a_form_and_base64_are_heard_alike(api_client: FlaskClient, transcriber: FakeTranscriber) -> None:
    answers = [_form(api_client), ask(api_client, PATH, {"audio": AUDIO})]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    assert (answers[0].get_json()["text"], TranscribedV1().validate(answers[0].get_json())) == ("Hello there.", {})
    assert {recording.audio for recording, _ in transcriber.sent} == {b"RIFF of a kind"}


@pytest.mark.usefixtures("transcriber")
def test_the_same_file_under_the_same_key_is_heard_once(api_client: FlaskClient) -> None:
    assert [_form(api_client, key="key-1").status_code for _ in range(2)] == [200, 200]
    assert _form(api_client, b"RIFF of another", key="key-1").status_code == 422
    assert count("jobs") == 1


@pytest.mark.parametrize("asked", [{"recording_sid": SID}, {"recording_url": URL}])
def test_a_recording_is_heard_later_and_only_by_its_id(
    api_client: FlaskClient, transcriber: FakeTranscriber, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    recordings = FakeRecordings(Recording(b"RIFF", "audio/wav", 3.0, 1))
    monkeypatch.setattr(registry, "recordings", lambda: recordings)
    monkeypatch.setattr(hearing, "USUAL_S", 0)
    for path in (PATH, "/v1/jobs/transcribe"):
        assert ask(api_client, path, asked, prefer="wait=0").status_code in {200, 202}
    assert row("SELECT DISTINCT request FROM jobs") == {"request": {"recording_sid": SID}}
    assert {fetched[:2] for fetched in recordings.fetched} == {(ACCOUNT_SID, SID)}
    assert len(transcriber.sent) == 2


@pytest.mark.usefixtures("transcriber")
def test_a_recording_of_another_account_is_refused(api_client: FlaskClient, organization: OrganizationRow) -> None:
    assert organization.twilio_account_sid == ACCOUNT_SID
    answer = ask(api_client, PATH, {"recording_url": URL.replace(ACCOUNT_SID, "AC" + "9" * 32)})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    asked = {"recording_sid": SID}
    assert acting.stranger(api_client)(PATH, method="POST", json=asked).status_code == 409, "whoever has no account has no recordings"
    assert count("jobs") == 0


def test_who_sends_more_audio_than_may_wait_is_told_when_to_come_again(
    api_client: FlaskClient, transcriber: FakeTranscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AUDIO_AT_MOST", 20)
    monkeypatch.setattr(dispatch, "announce_job", lambda _: None)
    asked = [ask(api_client, "/v1/jobs/transcribe", {"audio": AUDIO}, key) for key in ("key-1", "key-2", "key-1")]
    assert [answer.status_code for answer in asked] == [202, 429, 202], "what waits already is found by its key"
    assert (asked[1].get_json()["code"], asked[1].headers["Retry-After"]) == ("too_much_audio", "60")
    assert transcriber.sent == []


def test_what_is_no_audio_is_the_callers_to_mend(api_client: FlaskClient, transcriber: FakeTranscriber) -> None:
    transcriber.acts = [raising(PermanentError("whisper:unreadable_audio"))]
    answer = _form(api_client)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "job_failed")
    assert "whisper:unreadable_audio" in answer.get_json()["detail"]


def test_without_a_transcriber_it_is_said_what_to_set(api_client: FlaskClient) -> None:
    for answer in (_form(api_client), ask(api_client, "/v1/jobs/transcribe", {"audio": AUDIO})):
        assert (answer.status_code, answer.get_json()["code"]) == (503, "no_transcriber")
        assert "DEEPGRAM_API_KEY" in answer.get_json()["detail"]
        assert "Retry-After" in answer.headers
    assert count("jobs") == 0


@pytest.mark.usefixtures("transcriber")
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "audio"),
        ({"audio": AUDIO, "recording_sid": SID}, "audio"),
        ({"audio": "not base64!"}, "audio"),
        ({"audio": ""}, "audio"),
        ({"recording_sid": "RE1"}, "recording_sid"),
        ({"recording_url": "http://169.254.169.254/latest"}, "recording_url"),
        ({"audio": AUDIO, "content_type": "text/html"}, "content_type"),
        ({"audio": AUDIO, "loud": True}, "loud"),
    ],
)
def test_what_cannot_be_heard_is_refused_by_field(api_client: FlaskClient, asked: dict[str, Any], field: str) -> None:
    answer = ask(api_client, PATH, asked)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


@pytest.mark.usefixtures("transcriber")
def test_a_form_holds_one_file_and_nothing_else(api_client: FlaskClient) -> None:
    assert _form(api_client, b"").status_code == 422
    assert _form(api_client, loud="yes").status_code == 422
    assert api_client.post(PATH, data={}, content_type="multipart/form-data").status_code == 422
    assert api_client.post(PATH, data=b"RIFF", content_type="audio/wav").status_code == 415
    large = b"x" * (hearing.MAX_BODY_BYTES + 1)
    assert api_client.post(PATH, data=large, content_type="multipart/form-data; boundary=b").status_code == 413


@pytest.mark.usefixtures("transcriber")
def test_a_file_that_is_too_large_is_413(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.hearing.MAX_AUDIO_BYTES", 10)
    answer = _form(api_client)
    assert (answer.status_code, answer.get_json()["code"], count("jobs")) == (413, "request_entity_too_large", 0)
