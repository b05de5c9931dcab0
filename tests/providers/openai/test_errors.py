"""What OpenAI, or a server like it, says instead of an answer, and what we make of it. Each is asked once: the run owns the retries."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from domain.errors import NoAnswerError, PermanentError, RetryableError, StepError, UnusableAnswerError, VendorPausedError
from providers.openai.classifier import OpenAIClassifier
from providers.openai.errors import wish_s
from tests.support.openai import CALL, CLINIC, VOICE, given, model_at, payload
from tests.support.recorded_server import RecordedServer, answer


def _error(server: RecordedServer, api: str = "responses") -> StepError:
    with pytest.raises(StepError) as raised:
        OpenAIClassifier(model_at(server, api=api)).classify(CLINIC, CALL, VOICE)
    assert len(server.asked) == 1
    assert raised.value.__suppress_context__
    return raised.value


PAUSES = [
    (429, "error_quota", {}, "openai:insufficient_quota", 300.0),
    (402, "error_request", {}, "openai:insufficient_quota", 300.0),
    (429, "error_rate_limited", {}, "openai:rate_limited", 5.0),
    (429, "error_rate_limited", {"retry_after": "17"}, "openai:rate_limited", 17.0),
    (429, "error_rate_limited", {"retry_after": "1", "retry_after_ms": "1640"}, "openai:rate_limited", 1.64),
    (429, "error_rate_limited", {"retry_after": "86400"}, "openai:rate_limited", 300.0),
    (429, "error_gemini", {"retry_after": "soon"}, "openai:rate_limited", 5.0),
    (401, "error_key", {}, "openai:invalid_key", 300.0),
    (403, "error_key", {}, "openai:not_permitted", 300.0),
    (404, "error_model", {}, "openai:model_not_found", 300.0),
    (400, "error_model", {}, "openai:model_not_found", 300.0),
    (404, "error_key", {}, "openai:wrong_base_url", 300.0),
    (405, "error_request", {}, "openai:wrong_base_url", 300.0),
]


@pytest.mark.parametrize(("status", "name", "headers", "code", "delay_s"), PAUSES)
@pytest.mark.parametrize("api", ["responses", "chat"])
def test_what_a_person_has_to_mend_and_what_time_mends_pauses_the_vendor(
    openai_server: RecordedServer, api: str, status: int, name: str, headers: dict[str, str], code: str, delay_s: float
) -> None:
    openai_server.will(given(name, status, **headers))
    error = _error(openai_server, api)
    assert isinstance(error, VendorPausedError)
    assert (error.code, error.delay_s, error.counts) == (code, delay_s, False)
    assert error.for_everybody is (code != "openai:model_not_found"), "another organization has another model"


@pytest.mark.parametrize(
    ("status", "name", "code"),
    [
        (400, "error_request", "openai:bad_request"),
        (422, "error_request", "openai:bad_request"),
        (400, "error_gemini", "openai:bad_request"),
        (400, "error_context", "openai:context_exceeded"),
        (400, "error_vllm_context", "openai:context_exceeded"),
    ],
)
def test_a_question_that_is_refused_will_be_refused_again(openai_server: RecordedServer, status: int, name: str, code: str) -> None:
    openai_server.will(given(name, status))
    error = _error(openai_server)
    assert isinstance(error, UnusableAnswerError)
    assert (error.code, dict(error.usage), error.model) == (code, {}, "gpt-6-luna")


def test_a_filter_before_the_model_is_told_from_a_bad_request(openai_server: RecordedServer) -> None:
    openai_server.will(answer(400, b'{"error": {"code": "content_filter", "message": "m", "type": "t", "param": "prompt"}}'))
    error = _error(openai_server)
    assert isinstance(error, UnusableAnswerError)
    assert error.code == "openai:content_filter"


@pytest.mark.parametrize(
    ("status", "headers", "delay_s"), [(500, {}, None), (503, {"retry_after": "9"}, 9.0), (529, {}, None), (504, {"retry_after": "0"}, 1.0)]
)
def test_an_outage_is_retryable(openai_server: RecordedServer, status: int, headers: dict[str, str], delay_s: float | None) -> None:
    openai_server.will(given("error_server", status, **headers))
    error = _error(openai_server)
    assert isinstance(error, RetryableError)
    assert (error.code, error.delay_s, error.counts) == ("openai:server_error", delay_s, True)


def test_a_proxys_page_is_an_outage_too(openai_server: RecordedServer) -> None:
    openai_server.will(answer(503, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}))
    assert _error(openai_server).code == "openai:server_error"


def test_a_server_that_gave_up_waiting_gave_no_answer(openai_server: RecordedServer) -> None:
    openai_server.will(given("error_server", 408))
    error = _error(openai_server)
    assert isinstance(error, NoAnswerError)
    assert error.code == "openai:timeout"


def test_a_conflict_is_retryable(openai_server: RecordedServer) -> None:
    openai_server.will(given("error_server", 409))
    error = _error(openai_server)
    assert not isinstance(error, PermanentError)
    assert error.code == "openai:conflict"


@pytest.mark.parametrize("name", ["error_key", "error_request", "error_server", "error_quota"])
def test_no_error_says_what_the_vendor_said(openai_server: RecordedServer, name: str) -> None:
    openai_server.will(given(name, 400))
    assert str(_error(openai_server)).startswith("openai:")
    assert b"message" in payload(name)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 5.0),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after-ms": "inf", "retry-after": "7"}, 7.0),
        ({"retry-after-ms": "999999999"}, 300.0),
        ({"retry-after-ms": "0"}, 1.0),
        ({"retry-after-ms": "640"}, 1.0),
        ({"retry-after": "0"}, 1.0),
    ],
)
def test_what_the_server_wishes_is_read_with_care(headers: dict[str, str], seconds: float | None) -> None:
    assert wish_s(httpx2.Headers(headers)) == seconds


def test_a_date_to_come_back_at_is_read_too() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert wish_s({"retry-after": when}) == pytest.approx(60, abs=3)
