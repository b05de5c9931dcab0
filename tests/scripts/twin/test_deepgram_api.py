"""Deepgram's REST API through its own SDK: inline answers, jobs, and errors in each of their shapes."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import requests
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.errors.bad_request_error import BadRequestError

from scripts import twin
from scripts.twin import config
from scripts.twin.client import TwinClient
from scripts.twin.sound import tone
from tests.scripts.twin.conftest import DEEPGRAM_LOADS_OLD_NAMES, environment

pytestmark = DEEPGRAM_LOADS_OLD_NAMES
AUDIO = tone(6)
SILENCE = {"results": {"channels": [{"alternatives": [{"transcript": "", "confidence": 0.0, "words": []}]}], "utterances": []}}


def _post(t: TwinClient, body: bytes, content_type: str = "audio/wav") -> requests.Response:
    headers = {"Authorization": f"Token {config.DEEPGRAM_KEY}", "Content-Type": content_type}
    return requests.post(f"{t.url}/v1/listen", data=body, headers=headers, timeout=10)


def test_unknown_audio_holds_a_dialogue_as_long_as_its_header_says(t: TwinClient, deepgram: DeepgramClient) -> None:
    heard = deepgram.listen.v1.media.transcribe_file(request=AUDIO, model="nova-3", diarize_model="latest", utterances=True)
    assert (heard.metadata.duration, heard.metadata.channels) == (6.0, 2)
    assert [said.speaker for said in heard.results.utterances] == [0, 1, 0, 1]
    assert heard.results.utterances[-1].words[-1].end <= 6.0
    [entry] = t.log(vendor="deepgram")
    assert (entry.paid, entry.about["model"]) == (True, "nova-3")


def test_channels_are_heard_apart_if_that_is_asked_for(deepgram: DeepgramClient) -> None:
    heard = deepgram.listen.v1.media.transcribe_file(request=AUDIO, model="nova-3", multichannel=True, utterances=True)
    texts = [channel.alternatives[0].transcript for channel in heard.results.channels]
    assert texts[0].startswith("Thank you for calling")
    assert texts[1].startswith("Hi, I would like")
    assert {said.channel for said in heard.results.utterances} == {0, 1}


def test_what_was_not_asked_for_is_not_in_the_answer(deepgram: DeepgramClient) -> None:
    heard = deepgram.listen.v1.media.transcribe_file(request=AUDIO)
    assert heard.results.utterances is None
    assert heard.results.channels[0].alternatives[0].words[0].speaker is None
    assert "base-general" in str(heard.metadata.model_info)


def test_extra_comes_back(deepgram: DeepgramClient) -> None:
    heard = deepgram.listen.v1.media.transcribe_file(request=AUDIO, extra=["job:7", "org:a:b"], tag=["hookline"])
    told = heard.metadata.model_dump()
    assert (told["extra"], told["tags"]) == ({"job": "7", "org": "a:b"}, ["hookline"])


def test_what_it_was_taught_is_heard_under_a_new_request_id(t: TwinClient, deepgram: DeepgramClient) -> None:
    t.hear(AUDIO, {**SILENCE, "metadata": {"request_id": "old", "duration": 36_000.0}})
    heard = deepgram.listen.v1.media.transcribe_file(request=AUDIO, utterances=True)
    assert heard.results.utterances == []
    assert heard.metadata.duration == 36_000.0
    assert heard.metadata.request_id != "old"


@pytest.fixture
def schooled(tmp_path: Path) -> Iterator[TwinClient]:
    (tmp_path / "call.wav").write_bytes(AUDIO)
    (tmp_path / "call.json").write_bytes(orjson.dumps(SILENCE))
    with twin.running(twin.Config(ears=tmp_path)) as made:
        yield made


def test_a_folder_of_ears_teaches_it_too(schooled: TwinClient) -> None:
    client = DeepgramClient(api_key=config.DEEPGRAM_KEY, environment=environment(schooled.url), max_retries=0)
    heard = client.listen.v1.media.transcribe_file(request=AUDIO)
    assert heard.results.channels[0].alternatives[0].transcript == ""
    assert schooled.play_call("http://127.0.0.1:1", recording="call").recording_sid is not None


def test_a_finished_job_can_be_looked_up_without_its_words(deepgram: DeepgramClient) -> None:
    heard = deepgram.listen.v1.media.transcribe_file(request=AUDIO)
    told = deepgram.manage.v1.projects.requests.get(config.PROJECT_ID, heard.metadata.request_id).request
    assert told is not None
    assert (told.code, told.callback) == (200, None)
    assert "transcript" not in str(told.response)


def test_an_unknown_request_or_project_is_not_found(deepgram: DeepgramClient) -> None:
    for project, request_id in ((config.PROJECT_ID, str(uuid.uuid4())), (str(uuid.uuid4()), str(uuid.uuid4()))):
        with pytest.raises(ApiError) as refused:
            deepgram.manage.v1.projects.requests.get(project, request_id)
        assert refused.value.status_code == 404


def test_a_request_id_that_is_none_is_refused_in_plain_text(deepgram: DeepgramClient) -> None:
    with pytest.raises(ApiError) as refused:
        deepgram.manage.v1.projects.requests.get(config.PROJECT_ID, "nonsense")
    assert (refused.value.status_code, refused.value.body) == (404, "Invalid URL: UUID parsing failed")


def test_a_wrong_key_is_refused(t: TwinClient) -> None:
    stranger = DeepgramClient(api_key="wrong", environment=environment(t.url), max_retries=0)
    with pytest.raises(ApiError) as refused:
        stranger.listen.v1.media.transcribe_file(request=AUDIO)
    assert refused.value.status_code == 401
    assert refused.value.body["err_code"] == "INVALID_AUTH"
    assert [entry.paid for entry in t.log(vendor="deepgram")] == [False]


def test_what_is_no_audio_is_refused_in_the_legacy_shape(deepgram: DeepgramClient) -> None:
    with pytest.raises(BadRequestError) as refused:
        deepgram.listen.v1.media.transcribe_file(request=b"<html>")
    assert refused.value.body["err_code"] == "Bad Request"


def test_a_broken_json_body_is_refused_in_the_modern_shape(t: TwinClient) -> None:
    answer = _post(t, b"{}", "application/json")
    assert (answer.status_code, answer.json()["category"]) == (400, "INVALID_JSON")


def test_no_url_is_fetched(deepgram: DeepgramClient) -> None:
    with pytest.raises(BadRequestError) as refused:
        deepgram.listen.v1.media.transcribe_url(url="https://user:secret@api.twilio.com/x.wav")
    assert refused.value.body["category"] == "REMOTE_CONTENT_ERROR"
    assert "secret" not in str(refused.value.body)


def test_bytes_under_a_json_content_type_are_refused(t: TwinClient) -> None:
    assert _post(t, AUDIO, "application/json").status_code == 400
