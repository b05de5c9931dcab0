"""Each way in which Deepgram can fail ends in one class of error with a stable code, and never in a second upload."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from domain.errors import NoAnswerError, PermanentError, RetryableError, StepError, VendorPausedError
from domain.recordings import Recording
from providers.deepgram.client import DeepgramTranscriber
from tests.support import chain, payloads, recorded_server
from tests.support.recorded_server import Handler, RecordedServer, answer, broken_off, dripping, hang, hang_up
from tests.support.transcribers import Build

CALLBACK = "https://deepgram:s3cret-passw0rd@hookline.example/webhooks/deepgram/id.mac"
RECORDING = Recording(b"RIFF", "audio/x-wav")
HTML = b"<!doctype html><title>502 Bad Gateway</title>"
PRIVATE = "the caller's own words +15005550199"


def legacy(code: object) -> bytes:
    return json.dumps({"err_code": code, "err_msg": PRIVATE, "request_id": "5a1b7c52-0000-4000-8000-000000000001"}).encode()


def modern(code: object) -> bytes:
    return json.dumps({"category": code, "message": PRIVATE, "details": PRIVATE, "request_id": "r-1"}).encode()


def failure(transcriber: DeepgramTranscriber, callback: str | None = CALLBACK) -> StepError:
    with pytest.raises(StepError) as raised:
        transcriber.transcribe(RECORDING, callback)
    assert str(raised.value) == raised.value.code
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return raised.value


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, legacy("Bad Request"), PermanentError, "deepgram:bad_request"),
        (400, payloads.deepgram("error"), PermanentError, "deepgram:bad_request"),
        (400, modern("INVALID_JSON"), PermanentError, "deepgram:invalid_json"),
        (400, legacy("REMOTE_CONTENT_ERROR"), PermanentError, "deepgram:remote_content_error"),
        (400, HTML, PermanentError, "deepgram:http_400"),
        (400, legacy(PRIVATE), PermanentError, "deepgram:http_400"),
        (400, legacy(17), PermanentError, "deepgram:http_400"),
        (404, b"<html>Not Found</html>", VendorPausedError, "deepgram:wrong_base_url"),
        (404, legacy("PROJECT_NOT_FOUND"), PermanentError, "deepgram:project_not_found"),
        (413, HTML, PermanentError, "deepgram:http_413"),
        (415, modern("Unsupported Media Type"), PermanentError, "deepgram:unsupported_media_type"),
        (401, legacy("INVALID_AUTH"), VendorPausedError, "deepgram:invalid_auth"),
        (401, legacy("INSUFFICIENT_PERMISSIONS"), VendorPausedError, "deepgram:insufficient_permissions"),
        (401, HTML, VendorPausedError, "deepgram:invalid_auth"),
        (402, legacy("ASR_PAYMENT_REQUIRED"), VendorPausedError, "deepgram:payment_required"),
        (403, modern("FORBIDDEN"), VendorPausedError, "deepgram:insufficient_permissions"),
        (429, legacy("TOO_MANY_REQUESTS"), VendorPausedError, "deepgram:rate_limited"),
        (429, b"slow down", VendorPausedError, "deepgram:rate_limited"),
        (302, HTML, VendorPausedError, "deepgram:redirected"),
        (408, b"", RetryableError, "deepgram:http_408"),
        (409, b"", RetryableError, "deepgram:http_409"),
        (500, modern("INTERNAL_SERVER_ERROR"), RetryableError, "deepgram:http_500"),
        (503, HTML, RetryableError, "deepgram:http_503"),
        (502, HTML, NoAnswerError, "deepgram:http_502"),
        (504, b"", NoAnswerError, "deepgram:http_504"),
        (524, HTML, NoAnswerError, "deepgram:http_524"),
        (200, HTML, NoAnswerError, "deepgram:unreadable_answer"),
        (200, b"", NoAnswerError, "deepgram:unreadable_answer"),
        (200, b"[]", NoAnswerError, "deepgram:unreadable_answer"),
        (200, b"\xff\xfe{}", NoAnswerError, "deepgram:unreadable_answer"),
        (200, b'{"request_id": "c22bea24', NoAnswerError, "deepgram:unreadable_answer"),
        (200, b'{"request_id": null}', NoAnswerError, "deepgram:unreadable_answer"),
        (200, b'{"request_id": "../../projects"}', NoAnswerError, "deepgram:unreadable_answer"),
        (200, b'{"results": {}, "metadata": {}}', NoAnswerError, "deepgram:unreadable_answer"),
        (200, b"[" * 100_000, NoAnswerError, "deepgram:unreadable_answer"),
        (204, b"", NoAnswerError, "deepgram:unreadable_answer"),
        (200, legacy("Bad Request"), PermanentError, "deepgram:bad_request"),
        (200, legacy("TOO_MANY_REQUESTS"), VendorPausedError, "deepgram:rate_limited"),
        (200, legacy("INVALID_AUTH"), VendorPausedError, "deepgram:invalid_auth"),
    ],
)
def test_answer_becomes_one_error(
    deepgram: RecordedServer, transcriber: DeepgramTranscriber, status: int, body: bytes, kind: type[StepError], code: str
) -> None:
    deepgram.will(answer(status, body))
    error = failure(transcriber)
    assert (type(error), error.code) == (kind, code)
    assert len(deepgram.asked) == 1


def test_words_that_were_to_come_at_once_and_do_not_may_have_been_paid(deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
    deepgram.will(answer(200, payloads.deepgram("accepted")))
    assert type(failure(transcriber, callback=None)) is NoAnswerError


def paused_s(deepgram: RecordedServer, transcriber: DeepgramTranscriber, header: str | None) -> float:
    deepgram.will(answer(429, legacy("TOO_MANY_REQUESTS"), {"Retry-After": header} if header else {}))
    error = failure(transcriber)
    assert isinstance(error, VendorPausedError)
    assert error.counts is False
    return error.delay_s or 0.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 5), ("0", 1), ("17", 17), ("2.5", 2.5), ("86400", 300), ("-3", 5), ("soon", 5), ("Wed, 21 Oct 2099 07:28:00 -0000", 300)],
)
def test_pause_is_as_long_as_deepgram_wishes_within_reason(
    deepgram: RecordedServer, transcriber: DeepgramTranscriber, header: str | None, seconds: float
) -> None:
    assert paused_s(deepgram, transcriber, header) == seconds


@pytest.mark.parametrize(("ahead_s", "least", "most"), [(60, 30, 60), (-86_400, 1, 1)])
def test_pause_may_be_told_as_a_date(
    deepgram: RecordedServer, transcriber: DeepgramTranscriber, ahead_s: float, least: float, most: float
) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead_s))
    assert least <= paused_s(deepgram, transcriber, moment) <= most


@pytest.mark.parametrize(("header", "delay_s"), [({"Retry-After": "9"}, 9.0), ({}, None)])
def test_overloaded_server_may_say_when_to_come_again(
    deepgram: RecordedServer, transcriber: DeepgramTranscriber, header: dict[str, str], delay_s: float | None
) -> None:
    deepgram.will(answer(503, HTML, header))
    error = failure(transcriber)
    assert isinstance(error, RetryableError)
    assert error.delay_s == delay_s


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(deepgram: RecordedServer, transcriber: DeepgramTranscriber, status: int) -> None:
    with recorded_server.running() as elsewhere:
        elsewhere.will(answer(200, b"{}"))
        deepgram.will(answer(status, b"", {"Location": f"{elsewhere.url}/v1/listen"}))
        assert failure(transcriber).code == "deepgram:redirected"
        assert (elsewhere.connections, len(deepgram.asked)) == (0, 1)


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (hang_up, "deepgram:connection_lost"),
        (broken_off(payloads.deepgram("short")), "deepgram:connection_lost"),
        (hang, "deepgram:timeout"),
        (dripping, "deepgram:timeout"),
    ],
)
def test_answer_that_does_not_come_may_stand_for_a_job_that_was_taken(
    deepgram: RecordedServer, build: Build, behaviour: Callable[[Handler], None], code: str
) -> None:
    deepgram.will(behaviour)
    transcriber = build(timeout_s=0.4 if code == "deepgram:timeout" else 5.0)
    with chain.within(0, recorded_server.MAX_HANG_S / 2):
        error = failure(transcriber)
    assert (type(error), error.code) == (NoAnswerError, code)
    assert len(deepgram.asked) == 1


@contextmanager
def sipping(pause_s: float) -> Iterator[tuple[str, list[int]]]:
    """The address of somebody who reads an upload by and by, and how many bytes at a time."""
    over, sips = threading.Event(), list[int]()

    def read(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            while sip := connection.recv(262_144):
                sips.append(len(sip))
                if over.wait(pause_s):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        reader = threading.Thread(target=read, args=(listening,))
        reader.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", sips
        over.set()
        reader.join()


@pytest.mark.parametrize("pause_s", [0.03, 10.0])
def test_upload_that_is_read_too_slowly_is_given_up(build: Build, pause_s: float) -> None:
    audio = bytes(30_000_000)
    with sipping(pause_s) as (base_url, sips):
        with pytest.raises(NoAnswerError, match=r"^deepgram:timeout$"):
            build(timeout_s=0.4, base_url=base_url).transcribe(Recording(audio, "audio/x-wav"), CALLBACK)
        assert sum(sips) < len(audio) / 2, "given up long before it was through"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_where_nobody_listens_nothing_was_taken(deepgram: RecordedServer, build: Build, base_url: str) -> None:
    error = failure(build(base_url=base_url.format(port=deepgram.url.rpartition(":")[2])))
    assert (type(error), error.code) == (RetryableError, "deepgram:unreachable")


def test_host_that_has_no_address_took_nothing(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failure(build(base_url="https://nobody.invalid"))
    assert (type(error), error.code) == (RetryableError, "deepgram:unreachable")


@pytest.mark.parametrize("key", ["dg-test-key\n", "dg-test-key\N{HORIZONTAL ELLIPSIS}"])
def test_key_that_no_header_can_hold_loses_no_call(deepgram: RecordedServer, build: Build, key: str) -> None:
    error = failure(build(api_key=key))
    assert (type(error), error.code) == (VendorPausedError, "deepgram:invalid_auth")
    assert deepgram.asked == []
