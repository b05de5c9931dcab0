"""Each way to misbehave, seen through the official SDKs."""

import json
import time
from typing import Any

import httpx
import openai as sdk
import pytest
import requests
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from openai import OpenAI
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client

from scripts.twin import config
from scripts.twin.client import TwinClient
from scripts.twin.sound import tone
from tests.scripts.twin.conftest import DEEPGRAM_LOADS_OLD_NAMES
from tests.scripts.twin.receiver import Receiver
from tests.support.processes import until

pytestmark = DEEPGRAM_LOADS_OLD_NAMES
AUDIO = tone(1)
MODEL = "gpt-6-luna"


def _send(twilio: Client) -> Any:
    return twilio.messages.create(to="+14155550142", from_="+14155550100", body="hello")


def _listen(deepgram: DeepgramClient, **more: Any) -> Any:
    return deepgram.listen.v1.media.transcribe_file(request=AUDIO, model="nova-3", **more)


def _ask(openai: OpenAI, timeout: float = 10) -> Any:
    return openai.responses.create(model=MODEL, input="hello", timeout=timeout)


def _paid(t: TwinClient) -> list[bool]:
    return [entry.paid for entry in t.log(direction="in")]


def test_it_misbehaves_as_often_as_it_was_told(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "503", "message.create", times=2)
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            _send(twilio)
    assert _send(twilio).status == "queued"
    assert [(entry.mode, entry.status, entry.paid) for entry in t.log()] == [("503", 503, False)] * 2 + [(None, 201, True)]


def test_a_probability_with_a_seed_gives_the_same_sequence_again(t: TwinClient) -> None:
    def sequence() -> list[int | None]:
        t.reset()
        t.misbehave("openai", "500", probability=0.5, seed=7)
        for _ in range(20):
            requests.post(
                f"{t.openai_url}/responses", json={"model": MODEL}, headers={"Authorization": f"Bearer {config.OPENAI_KEY}"}, timeout=10
            )
        return [entry.status for entry in t.log(direction="in")]

    first = sequence()
    assert sequence() == first
    assert 4 <= first.count(500) <= 16


def test_a_mode_is_for_its_own_operation(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "500", "message")
    assert twilio.recordings.list() == []
    with pytest.raises(TwilioRestException):
        _send(twilio)
    t.behave()
    assert _send(twilio).status == "queued"


def test_twilio_limits_the_rate(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "429", times=1)
    with pytest.raises(TwilioRestException) as refused:
        _send(twilio)
    assert (refused.value.status, refused.value.code) == (429, 20429)


def test_twilio_says_what_it_is_told_to_say(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "400", times=1, code="21610")
    with pytest.raises(TwilioRestException) as refused:
        _send(twilio)
    assert (refused.value.status, refused.value.code) == (400, 21610)


def test_twilios_newer_error_shape_is_not_the_exception_that_one_expects(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "503", times=1, shape="problem")
    with pytest.raises(TwilioServiceException):
        _send(twilio)


def test_a_load_balancer_answers_for_twilio(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "503", times=1, shape="html")
    with pytest.raises(TwilioRestException) as refused:
        _send(twilio)
    assert refused.value.status == 503


def test_a_message_is_not_delivered(t: TwinClient, twilio: Client, receiver: Receiver) -> None:
    t.misbehave("twilio", "undelivered", times=1)
    assert twilio.messages.list() == []  # which is not what the one time is for
    twilio.messages.create(to="+14155550142", from_="+14155550100", body="hello", status_callback=f"{receiver.url}/s")
    told = {came.form["MessageStatus"]: came.form.get("ErrorCode") for came in receiver.wait_for(2)}
    assert told == {"sent": None, "undelivered": "30003"}


@pytest.mark.parametrize(("seconds", "header"), [(None, None), (2, "2")])
def test_openai_limits_the_rate_with_and_without_a_hint(t: TwinClient, openai: OpenAI, seconds: int | None, header: str | None) -> None:
    t.misbehave("openai", "429", times=1, retry_after_s=seconds)
    with pytest.raises(sdk.RateLimitError) as refused:
        _ask(openai)
    assert (refused.value.code, refused.value.response.headers.get("Retry-After")) == ("rate_limit_exceeded", header)
    assert refused.value.request_id is not None


def test_openais_quota_is_exhausted(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "429", times=1, code="insufficient_quota")
    with pytest.raises(sdk.RateLimitError) as refused:
        _ask(openai)
    assert (refused.value.code, refused.value.type) == ("insufficient_quota", "insufficient_quota")


def test_deepgram_limits_the_rate(t: TwinClient, deepgram: DeepgramClient) -> None:
    t.misbehave("deepgram", "429", times=1, retry_after_s=3)
    with pytest.raises(ApiError) as refused:
        _listen(deepgram)
    assert (refused.value.status_code, refused.value.body["err_code"]) == (429, "TOO_MANY_REQUESTS")
    assert (refused.value.headers or {})["retry-after"] == "3"


@pytest.mark.parametrize(("shape", "field"), [("legacy", "err_code"), ("modern", "category")])
def test_deepgram_words_its_errors_in_two_json_shapes(t: TwinClient, deepgram: DeepgramClient, shape: str, field: str) -> None:
    t.misbehave("deepgram", "402", times=1, shape=shape)
    with pytest.raises(ApiError) as refused:
        _listen(deepgram)
    assert (refused.value.status_code, refused.value.body[field]) == (402, "ASR_PAYMENT_REQUIRED")


@pytest.mark.parametrize("shape", ["text", "html"])
def test_deepgram_answers_without_json(t: TwinClient, deepgram: DeepgramClient, shape: str) -> None:
    t.misbehave("deepgram", "503", times=1, shape=shape)
    with pytest.raises(ApiError) as refused:
        _listen(deepgram)
    assert (refused.value.status_code, isinstance(refused.value.body, str)) == (503, True)


def test_every_vendor_forgets_a_key(t: TwinClient, twilio: Client, deepgram: DeepgramClient, openai: OpenAI) -> None:
    for vendor in ("twilio", "deepgram", "openai"):
        t.misbehave(vendor, "401", times=1)
    with pytest.raises(TwilioRestException) as refused:
        _send(twilio)
    assert refused.value.code == 20003
    with pytest.raises(ApiError):
        _listen(deepgram)
    with pytest.raises(sdk.AuthenticationError):
        _ask(openai)


def test_a_hang_does_nothing_and_answers_nothing(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "hang", times=1, delay_s=60)
    with pytest.raises(sdk.APITimeoutError):
        _ask(openai, timeout=0.1)
    assert until(lambda: _paid(t), "the twin has heard the question") == [False]
    t.speed(10_000)
    [entry] = t.wait_for(1, vendor="openai")
    assert (entry.status, entry.paid) == (None, False)


def test_work_is_done_although_the_answer_comes_too_late(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "accept_then_hang", times=1, delay_s=600)
    with pytest.raises(httpx.ReadTimeout):
        _listen(deepgram, callback=receiver.url, request_options={"timeout_in_seconds": 0.1})
    assert len(receiver.wait_for(1)) == 1
    assert _paid(t) == [True]


def test_work_is_done_although_the_answer_says_otherwise(t: TwinClient, twilio: Client) -> None:
    t.misbehave("twilio", "500", "message.create", times=1, after_work=True)
    with pytest.raises(TwilioRestException):
        _send(twilio)
    assert (_paid(t), len(t.messages("outbound-api"))) == ([True], 1)


def test_a_connection_is_closed_without_an_answer(t: TwinClient, twilio: Client, deepgram: DeepgramClient, openai: OpenAI) -> None:
    for vendor in ("twilio", "deepgram", "openai"):
        t.misbehave(vendor, "down", times=1)
    with pytest.raises(requests.ConnectionError):
        _send(twilio)
    with pytest.raises(httpx.RemoteProtocolError):
        _listen(deepgram)
    with pytest.raises(sdk.APIConnectionError):
        _ask(openai)
    assert [(entry.status, entry.paid) for entry in t.log(direction="in")] == [(None, False)] * 3
    assert _ask(openai).status == "completed"


def test_truncated_json_is_paid_for_all_the_same(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "truncated", times=1)
    with pytest.raises(json.JSONDecodeError):
        _ask(openai)
    assert _paid(t) == [True]


def test_a_recording_arrives_by_half(t: TwinClient) -> None:
    sid = t.add_recording(AUDIO)
    t.misbehave("twilio", "truncated", "recording.fetch", times=1)
    url = f"{t.url}/2010-04-01/Accounts/{config.ACCOUNT_SID}/Recordings/{sid}"
    answer = requests.get(url, auth=(config.ACCOUNT_SID, config.AUTH_TOKEN), timeout=10)
    assert (answer.status_code, len(answer.content)) == (200, len(AUDIO) // 2)


@pytest.mark.parametrize(("mode", "status"), [("html", 200), ("redirect", 307)])
def test_something_in_between_answers_instead(t: TwinClient, mode: str, status: int) -> None:
    t.misbehave("twilio", mode, "recording.fetch", location="https://elsewhere.invalid/x")
    url = f"{t.url}/2010-04-01/Accounts/{config.ACCOUNT_SID}/Recordings/{t.add_recording(AUDIO)}"
    answer = requests.get(url, auth=(config.ACCOUNT_SID, config.AUTH_TOKEN), timeout=10, allow_redirects=False)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers.get("Location") == ("https://elsewhere.invalid/x" if mode == "redirect" else None)


@pytest.mark.parametrize(("mode", "ringing"), [("drop", 0), ("duplicate", 2)])
def test_a_webhook_is_lost_or_comes_twice(t: TwinClient, receiver: Receiver, mode: str, ringing: int) -> None:
    t.misbehave("twilio", mode, "webhook.call_status", times=1)
    t.play_call(receiver.url, recording="none")
    came = receiver.wait_for(2 + ringing)
    tokens = [request.headers["I-Twilio-Idempotency-Token"] for request in came if request.form["CallStatus"] == "ringing"]
    assert (len(tokens), len(set(tokens))) == (ringing, min(ringing, 1))


def test_webhooks_overtake_each_other(t: TwinClient, receiver: Receiver) -> None:
    t.speed(5)
    t.misbehave("twilio", "reorder", "webhook.call_status", times=1)
    t.play_call(receiver.url, recording="none")
    assert [request.form["CallStatus"] for request in receiver.wait_for(3)] == ["in-progress", "ringing", "completed"]


def test_delays_pass_faster_when_the_clock_does(t: TwinClient, openai: OpenAI) -> None:
    t.misbehave("openai", "accept_then_hang", times=1, delay_s=100)
    t.speed(1_000)
    begin = time.monotonic()
    assert _ask(openai).status == "completed"
    assert 0.09 < time.monotonic() - begin < 50


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"vendor": "acme", "mode": "500"}, "vendor must be one of"),
        ({"vendor": "twilio", "mode": "200"}, "status from 400 to 599"),
        ({"vendor": "twilio", "mode": "refusal"}, "one that twilio has"),
        ({"vendor": "openai", "mode": "drop"}, "one that openai has"),
        ({"vendor": "openai", "mode": "500", "tims": 1}, "unknown: tims"),
    ],
)
def test_a_mode_that_there_is_not_is_refused_with_what_there_is(t: TwinClient, told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        t.misbehave(**told)
