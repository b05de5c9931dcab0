"""Deepgram's callbacks over real sockets: credentials, repetitions, and everything that can go wrong with them."""

import base64
from typing import Any

from deepgram import DeepgramClient

from scripts.twin import config
from scripts.twin.client import TwinClient
from scripts.twin.sound import tone
from tests.scripts.twin.conftest import DEEPGRAM_LOADS_OLD_NAMES
from tests.scripts.twin.receiver import Receiver

pytestmark = DEEPGRAM_LOADS_OLD_NAMES
AUDIO = tone(2)


def _submit(deepgram: DeepgramClient, url: str, method: str | None = None) -> str:
    more: Any = {"callback_method": method} if method else {}
    accepted = deepgram.listen.v1.media.transcribe_file(request=AUDIO, model="nova-3", callback=url, utterances=True, **more)
    return str(accepted.request_id)


def _with_password(receiver: Receiver) -> str:
    return receiver.url.replace("http://", "http://hook%40line:s%3Acret@") + "/webhooks/deepgram/token?a=1"


def test_the_document_comes_to_the_callback_url_with_its_credentials(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    request_id = _submit(deepgram, _with_password(receiver))
    [came] = receiver.wait_for(1)
    assert (came.method, came.target) == ("POST", "/webhooks/deepgram/token?a=1")
    assert came.headers["Authorization"] == f"Basic {base64.b64encode(b'hook@line:s:cret').decode()}"
    assert came.headers["Content-Type"] == "application/json"
    assert came.json["metadata"]["request_id"] == request_id
    assert len(came.json["results"]["utterances"]) == 4
    assert "cret" not in str(t.log())


def test_the_callback_may_be_put(deepgram: DeepgramClient, receiver: Receiver) -> None:
    _submit(deepgram, receiver.url, "PUT")
    assert receiver.wait_for(1)[0].method == "PUT"


def test_a_job_is_under_way_until_its_callback(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.speed(0.01)
    request_id = _submit(deepgram, _with_password(receiver))
    told = deepgram.manage.v1.projects.requests.get(config.PROJECT_ID, request_id).request
    assert told is not None
    assert told.code is None
    assert told.callback == f"{receiver.url}/webhooks/deepgram/token?a=1"
    t.speed(1_000)
    receiver.wait_for(1)
    told = deepgram.manage.v1.projects.requests.get(config.PROJECT_ID, request_id).request
    assert told is not None
    assert told.code == 200


def test_a_callback_is_tried_ten_more_times_thirty_seconds_apart(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.speed(3_000)
    receiver.answers.extend([500] * 11)
    _submit(deepgram, receiver.url)
    t.wait_for(11, operation="callback")
    t.pass_time(60)
    assert [entry.about["attempt"] for entry in t.log(operation="callback")] == [str(number) for number in range(1, 12)]


def test_a_callback_that_is_taken_is_not_repeated(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.speed(3_000)
    receiver.answers.extend([503, 302, 202])
    _submit(deepgram, receiver.url)
    t.wait_for(3, operation="callback")
    t.pass_time(60)
    assert [entry.status for entry in t.log(operation="callback")] == [503, 302, 202]


def test_a_callback_to_another_machine_is_neither_made_nor_repeated(t: TwinClient, deepgram: DeepgramClient) -> None:
    t.speed(3_000)
    _submit(deepgram, "https://hookline.example/webhooks/deepgram/token")
    t.wait_for(1, operation="callback")
    t.pass_time(60)
    assert [entry.about["fault"] for entry in t.log(operation="callback")] == ["refused"]


def test_a_callback_may_come_before_the_answer(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "callback_before_answer", times=1)
    request_id = _submit(deepgram, receiver.url)
    assert [came.json["metadata"]["request_id"] for came in receiver.received] == [request_id]
    [listen, callback] = t.wait_for(2, vendor="deepgram")
    assert (listen.operation, callback.operation) == ("listen", "callback")
    assert (listen.took_ms or 0) > (callback.took_ms or 0)


def test_a_callback_may_come_twice(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "duplicate", times=1)
    _submit(deepgram, receiver.url)
    first, second = receiver.wait_for(2)
    assert first.body == second.body
    assert [entry.mode for entry in t.wait_for(2, operation="callback")] == ["duplicate", "duplicate"]


def test_a_callback_may_never_come(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "drop", times=1)
    lost, kept = _submit(deepgram, receiver.url), _submit(deepgram, receiver.url)
    assert [came.json["metadata"]["request_id"] for came in receiver.wait_for(1)] == [kept]
    assert {entry.about["request_id"]: entry.mode for entry in t.log(operation="callback")} == {lost: "drop", kept: None}
    told = deepgram.manage.v1.projects.requests.get(config.PROJECT_ID, lost).request
    assert told is not None
    assert told.code == 200


def test_a_later_callback_may_overtake(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.speed(5)
    t.misbehave("deepgram", "reorder", times=1)
    first, second = _submit(deepgram, receiver.url), _submit(deepgram, receiver.url)
    assert [came.json["metadata"]["request_id"] for came in receiver.wait_for(2)] == [second, first]


def test_nothing_is_held_back_for_ever_if_nothing_overtakes_it(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "reorder")
    _submit(deepgram, receiver.url)
    assert len(receiver.wait_for(1)) == 1


def test_a_callback_may_be_late(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "late", times=1, delay_s=100)
    late, early = _submit(deepgram, receiver.url), _submit(deepgram, receiver.url)
    assert [came.json["metadata"]["request_id"] for came in receiver.wait_for(1)] == [early]
    t.speed(1_000)
    assert [came.json["metadata"]["request_id"] for came in receiver.wait_for(2)] == [early, late]


def test_a_failed_job_calls_back_with_an_error(t: TwinClient, deepgram: DeepgramClient, receiver: Receiver) -> None:
    t.misbehave("deepgram", "failed", times=1)
    request_id = _submit(deepgram, receiver.url)
    [came] = receiver.wait_for(1)
    assert (came.json["err_code"], came.json["request_id"]) == ("Bad Request", request_id)
    told = deepgram.manage.v1.projects.requests.get(config.PROJECT_ID, request_id).request
    assert told is not None
    assert told.code == 400
