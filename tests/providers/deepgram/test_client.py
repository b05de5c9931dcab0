"""What Deepgram is asked, over the official SDK and a real socket, and what becomes of its answers."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.errors import NoAnswerError
from domain.recordings import Document, JobState, Recording, Submitted
from observability.trace import traced
from providers.deepgram.client import DeepgramTranscriber
from providers.deepgram.mapping import transcription
from tests.support import payloads
from tests.support.recorded_server import RecordedServer, answer
from tests.support.transcribers import DEEPGRAM_PROJECT, Build

CALLBACK = "https://deepgram:s3cret-passw0rd@hookline.example/webhooks/deepgram/id.mac"
AUDIO = b"RIFF\x00\xff not really" * 100
JOB = "c22bea24-ecd3-4b53-bcbf-000000000000"
ACCEPTED = answer(200, json.dumps({"request_id": JOB}).encode())


def recording(channels: int | None = 1) -> Recording:
    return Recording(AUDIO, "audio/x-wav", 12.5, channels)


class TestAsking:
    @pytest.fixture(autouse=True)
    def _accepts(self, deepgram: RecordedServer) -> None:
        deepgram.will(ACCEPTED)

    def test_recording_is_sent_byte_for_byte_with_the_key(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        transcriber.transcribe(recording(), CALLBACK)
        [asked] = deepgram.asked
        assert (asked.method, asked.path, asked.body) == ("POST", "/v1/listen", AUDIO)
        assert asked.headers["Authorization"] == "Token dg-test-key"
        assert asked.headers["Content-Length"] == str(len(AUDIO))

    def test_one_channel_is_told_apart_by_voice(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        transcriber.transcribe(recording(), CALLBACK)
        assert deepgram.asked[0].query == {
            "model": ["nova-3"],
            "diarize_model": ["latest"],
            "utterances": ["true"],
            "punctuate": ["true"],
            "smart_format": ["true"],
            "callback": [CALLBACK],
        }

    def test_two_channels_are_told_apart_by_channel(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        transcriber.transcribe(recording(channels=2), CALLBACK)
        assert deepgram.asked[0].query["multichannel"] == ["true"]
        assert not {"diarize", "diarize_model"} & set(deepgram.asked[0].query)

    def test_recording_whose_header_tells_nothing_is_told_apart_by_voice(
        self, deepgram: RecordedServer, transcriber: DeepgramTranscriber
    ) -> None:
        transcriber.transcribe(recording(channels=None), CALLBACK)
        assert deepgram.asked[0].query["diarize_model"] == ["latest"]
        assert "multichannel" not in deepgram.asked[0].query

    def test_model_and_language_are_the_settings(self, deepgram: RecordedServer, build: Build) -> None:
        build(model="nova-3-medical", language="es").transcribe(recording(), CALLBACK)
        assert deepgram.asked[0].query["model"] == ["nova-3-medical"]
        assert deepgram.asked[0].query["language"] == ["es"]

    def test_trace_id_goes_along(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        with traced("trace-of-the-call"):
            transcriber.transcribe(recording(), CALLBACK)
        transcriber.transcribe(recording(), CALLBACK)
        assert [asked.headers["X-Request-Id"] for asked in deepgram.asked] == ["trace-of-the-call", None]

    def test_calls_share_one_connection(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        for _ in range(3):
            transcriber.transcribe(recording(), CALLBACK)
        assert (len(deepgram.asked), deepgram.connections) == (3, 1)

    def test_nothing_is_built_or_asked_before_it_is_needed(self, deepgram: RecordedServer, build: Build) -> None:
        build(api_key=None)
        assert deepgram.connections == 0

    def test_callback_credentials_are_in_no_log(self, transcriber: DeepgramTranscriber, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            transcriber.transcribe(recording(), CALLBACK)
        assert "s3cret-passw0rd" not in caplog.text
        assert "dg-test-key" not in caplog.text


class TestAnswers:
    def test_accepted_job_is_known_by_its_request_id(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        deepgram.will(ACCEPTED)
        assert transcriber.transcribe(recording(), CALLBACK) == Submitted(JOB)

    @pytest.mark.parametrize("name", ["short", "empty", "multichannel", "unicode_multi", "intelligence"])
    def test_document_is_the_very_bytes_that_were_sent(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber, name: str) -> None:
        body = payloads.deepgram(name)
        deepgram.will(answer(200, body))
        document = transcriber.transcribe(recording(), None)
        assert document == Document(body, json.loads(body)["metadata"]["request_id"])
        assert transcription(document.body).vendor_request_id == document.request_id

    def test_words_that_come_at_once_are_taken_though_a_callback_was_asked_for(
        self, deepgram: RecordedServer, transcriber: DeepgramTranscriber
    ) -> None:
        deepgram.will(answer(200, payloads.deepgram("short")))
        assert isinstance(transcriber.transcribe(recording(), CALLBACK), Document)

    def test_hour_of_speech_comes_whole(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        deepgram.will(answer(200, payloads.hour_of_speech()))
        document = transcriber.transcribe(recording(), None)
        assert isinstance(document, Document)
        assert document.body == payloads.hour_of_speech()

    def test_threads_get_each_their_own_answer(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        jobs = [f"job-{number}" for number in range(20)]
        deepgram.will(*(answer(200, json.dumps({"request_id": job}).encode()) for job in jobs), ACCEPTED)
        with ThreadPoolExecutor(5) as threads:
            answers = list(threads.map(lambda _: transcriber.transcribe(recording(), CALLBACK), jobs))
        assert sorted(given.request_id for given in answers) == sorted(jobs)


class TestLookingUp:
    def look_up(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber, status: int, body: object) -> JobState:
        deepgram.will(answer(status, json.dumps(body).encode()))
        return transcriber.look_up(JOB)

    def test_job_is_looked_up_in_its_project(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        self.look_up(deepgram, transcriber, 200, {"code": 200})
        [asked] = deepgram.asked
        assert (asked.method, asked.path) == ("GET", f"/v1/projects/{DEEPGRAM_PROJECT}/requests/{JOB}")
        assert asked.headers["Authorization"] == "Token dg-test-key"

    @pytest.mark.parametrize(
        ("body", "state"),
        [
            ({"code": 200, "callback": CALLBACK}, JobState.DONE),
            ({"request": {"request_id": JOB, "code": 200.0}}, JobState.DONE),
            ({"request": {"code": 400, "response": {"err_code": "Bad Request"}}}, JobState.FAILED),
            ({"code": 500}, JobState.UNKNOWN),
            ({"request": {"code": None}}, JobState.UNKNOWN),
            ({"request": None}, JobState.UNKNOWN),
            ({"code": 302}, JobState.UNKNOWN),
            ({"code": "soon"}, JobState.UNKNOWN),
            ([], JobState.UNKNOWN),
        ],
    )
    def test_state_is_read_from_the_code(
        self, deepgram: RecordedServer, transcriber: DeepgramTranscriber, body: object, state: JobState
    ) -> None:
        assert self.look_up(deepgram, transcriber, 200, body) is state

    @pytest.mark.parametrize("status", [400, 404])
    def test_job_that_nobody_knows_is_unknown(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber, status: int) -> None:
        assert self.look_up(deepgram, transcriber, status, "UUID parsing failed") is JobState.UNKNOWN

    def test_other_refusals_are_errors(self, deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
        with pytest.raises(NoAnswerError, match=r"^deepgram:http_504$"):
            self.look_up(deepgram, transcriber, 504, {})

    def test_without_a_project_nobody_is_asked(self, deepgram: RecordedServer, build: Build) -> None:
        assert build(project_id=None).look_up(JOB) is JobState.UNKNOWN
        assert deepgram.asked == []
