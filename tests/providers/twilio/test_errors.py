"""What each answer of Twilio's, and each silence, means: for an act that may have happened, and for a question that may be asked again."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import urllib3

from domain.errors import CallOverError, NoAnswerError, OptedOutError, PermanentError, RetryableError, StepError, VendorPausedError
from providers.twilio import errors
from providers.twilio.client import TwilioApi
from tests.support.recorded_server import RecordedServer, announcing, answer, dripping, hang, hang_up, running
from tests.support.twilio_api import ACCOUNT, LIMIT_S, MESSAGE, Answer, as_json, error, message, page, problem, settings


def act(url: str, limit_s: float = LIMIT_S) -> StepError:
    """What sending a message raises."""
    with pytest.raises(StepError) as raised, errors.reported(is_act=True):
        TwilioApi(settings(url), limit_s).client(ACCOUNT).messages.create(to="+15005550199", from_="+15005550100", body="my tooth hurts")
    return _clean(raised.value)


def question(url: str, limit_s: float = LIMIT_S) -> StepError:
    """What listing messages raises."""
    with pytest.raises(StepError) as raised, errors.reported(is_act=False):
        TwilioApi(settings(url), limit_s).client(ACCOUNT).messages.list(to="+15005550199")
    return _clean(raised.value)


def _clean(raised: StepError) -> StepError:
    assert "5005550199" not in repr(raised)
    assert "tooth" not in repr(raised)
    assert raised.__cause__ is None
    assert raised.__suppress_context__ or raised.__context__ is None
    return raised


ANSWERS = [
    (error(429, 20429), VendorPausedError, VendorPausedError, "twilio:rate_limited"),
    (error(400, 20429), VendorPausedError, VendorPausedError, "twilio:rate_limited"),
    (answer(429, b"<html>slow down"), VendorPausedError, VendorPausedError, "twilio:rate_limited"),
    (error(401, 20003), VendorPausedError, VendorPausedError, "twilio:invalid_credentials"),
    (error(403, 20403), VendorPausedError, VendorPausedError, "twilio:invalid_credentials"),
    (error(400, 21610), OptedOutError, OptedOutError, "twilio:21610"),
    (error(400, 21211), PermanentError, PermanentError, "twilio:21211"),
    (problem(400, 21211), PermanentError, PermanentError, "twilio:21211"),
    (problem(429, 20429), VendorPausedError, VendorPausedError, "twilio:rate_limited"),
    (error(400, 21220), CallOverError, CallOverError, "twilio:call_not_in_progress"),
    (error(404, 20404), PermanentError, PermanentError, "twilio:20404"),
    (answer(418, b"teapot"), PermanentError, PermanentError, "twilio:http_418"),
    (as_json({"code": "DROP TABLE"}, 400), PermanentError, PermanentError, "twilio:http_400"),
    (answer(408, b""), NoAnswerError, RetryableError, "twilio:http_408"),
    (error(500, 20500), NoAnswerError, RetryableError, "twilio:http_500"),
    (problem(500, 20500), NoAnswerError, RetryableError, "twilio:http_500"),
    (answer(502, b"<html>bad gateway"), NoAnswerError, RetryableError, "twilio:http_502"),
    (answer(504, b""), NoAnswerError, RetryableError, "twilio:http_504"),
    (answer(503, b"<html>overloaded"), NoAnswerError, RetryableError, "twilio:http_503"),
    (answer(302, b"", {"Location": "http://127.0.0.1:1/"}), PermanentError, PermanentError, "twilio:redirect_refused"),
    (answer(200, b"<html>captive portal"), NoAnswerError, RetryableError, "twilio:unreadable_answer"),
    (answer(200, b'{"sid": "SM1'), NoAnswerError, RetryableError, "twilio:unreadable_answer"),
    (answer(200, b"[]"), NoAnswerError, RetryableError, "twilio:unreadable_answer"),
    (answer(200, b"[" * 100_000), NoAnswerError, RetryableError, "twilio:unreadable_answer"),
    (answer(200, b"\xff\xfe"), NoAnswerError, RetryableError, "twilio:unreadable_answer"),
    (announcing(100, b"{}"), NoAnswerError, NoAnswerError, "twilio:connection_lost"),
    (announcing(10**12, b"{}"), NoAnswerError, RetryableError, "twilio:unreadable_answer"),
    (hang_up, NoAnswerError, NoAnswerError, "twilio:connection_lost"),
]


@pytest.mark.parametrize(("told", "of_act", "of_question", "code"), ANSWERS)
def test_each_answer_has_its_error(
    api: RecordedServer, told: Answer, of_act: type[StepError], of_question: type[StepError], code: str
) -> None:
    api.will(told)
    raised, asked = act(api.url), question(api.url)
    assert (type(raised), raised.code) == (of_act, code)
    assert (type(asked), asked.code) == (of_question, code)
    assert len(api.asked) == 2, "nothing is tried again, and no redirect is followed"


@pytest.mark.parametrize("as_date", [False, True])
def test_the_vendors_wish_to_be_left_alone_is_honoured(api: RecordedServer, *, as_date: bool) -> None:
    wished = format_datetime(datetime.now(UTC) + timedelta(seconds=18), usegmt=True) if as_date else "17"
    api.will(error(429, 20429, Retry_After=wished))
    raised = act(api.url)
    assert isinstance(raised, VendorPausedError)
    assert 14 <= (raised.delay_s or 0) <= 18
    assert (raised.counts, raised.for_everybody) == (False, False), "the limit is the account's"


@pytest.mark.parametrize(
    ("wished", "delay_s"), [("", 5.0), ("soon", 5.0), ("0", 1.0), ("86400", 300.0), ("-5", 5.0), ("9" * 400, 300.0), ("1e9", 5.0)]
)
def test_an_impossible_wish_has_a_default_a_floor_and_a_cap(api: RecordedServer, wished: str, delay_s: float) -> None:
    api.will(error(429, 20429, Retry_After=wished))
    raised = act(api.url)
    assert isinstance(raised, VendorPausedError)
    assert raised.delay_s == delay_s


def test_a_refused_key_pauses_its_own_account_only(api: RecordedServer) -> None:
    api.will(error(401, 20003))
    raised = act(api.url)
    assert isinstance(raised, VendorPausedError)
    assert (raised.delay_s, raised.for_everybody) == (300.0, False)


def test_an_overloaded_vendors_wish_is_passed_on(api: RecordedServer) -> None:
    api.will(answer(503, b"", {"Retry-After": "12"}))
    raised = question(api.url)
    assert isinstance(raised, RetryableError)
    assert raised.delay_s == 12


def test_silence_ends_before_whoever_asks_is_given_up(api: RecordedServer) -> None:
    api.will(hang)
    for raised in (act(api.url, 0.2), question(api.url, 0.2)):
        assert (type(raised), raised.code) == (NoAnswerError, "twilio:timeout")


def test_an_answer_that_drips_ends_at_the_same_time() -> None:
    with running(dripping) as server:
        raised = act(server.url, 0.3)
    assert (type(raised), raised.code) == (NoAnswerError, "twilio:timeout")


@pytest.mark.parametrize("host", ["127.0.0.1", "nobody.invalid"])
def test_nothing_left_the_house_if_nobody_could_be_reached(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, or a name that does not resolve."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda name, *more, **named: real(name, *more, **named) if name == "127.0.0.1" else _unknown()
    )
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    raised = act(f"http://{host}:{port}")
    assert (type(raised), raised.code) == (RetryableError, "twilio:unreachable")


def test_nothing_left_the_house_if_the_connection_took_too_long() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            raised = act(f"http://127.0.0.1:{full.getsockname()[1]}", 0.3)
    assert raised.code in {"twilio:unreachable", "twilio:timeout"}
    assert (type(raised) is RetryableError) is (raised.code == "twilio:unreachable")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("not trusted")), RetryableError),
        (urllib3.exceptions.SSLError(ssl.SSLEOFError("ended in the middle")), NoAnswerError),
    ],
)
def test_nothing_left_the_house_if_the_certificate_is_nobodys(reason: Exception, expected: type[StepError]) -> None:
    with pytest.raises(StepError) as raised, errors.reported(is_act=True):
        raise requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(urllib3.HTTPConnectionPool("h"), "/?To=1", reason))
    assert type(raised.value) is expected


def test_a_server_that_speaks_no_tls_is_never_told_anything(api: RecordedServer) -> None:
    assert isinstance(act(api.url.replace("http://", "https://")), RetryableError)
    assert api.asked == []


def test_what_the_sdk_cannot_read_is_unreadable(api: RecordedServer) -> None:
    api.will(as_json({"neither": 1, "nor": 2}))
    assert question(api.url).code == "twilio:unreadable_answer"


def test_a_page_of_messages_is_read(api: RecordedServer) -> None:
    api.will(page("messages", message()))
    assert [found.sid for found in TwilioApi(settings(api.url), LIMIT_S).client(ACCOUNT).messages.list()] == [MESSAGE]


def _unknown() -> None:
    raise socket.gaierror(socket.EAI_NONAME, "unknown")
