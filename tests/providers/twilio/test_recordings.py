"""A recording is fetched from where its ids say, and from nowhere that somebody else says."""

import base64
import socket
from typing import Any

import pytest

from domain.errors import NoAnswerError, NotYetError, PermanentError, RetryableError, StepError, VendorPausedError
from domain.recordings import Recording
from providers.twilio.recordings import TwilioRecordings
from tests.support.recorded_server import RecordedServer, announcing, answer, dripping, hang, hang_up, running
from tests.support.sounds import recording, silence
from tests.support.twilio_api import ACCOUNT, LIMIT_S, RECORDING, RESOURCES, TOKEN, Answer, error, settings

MONO, DUAL = recording(silence(2.0)).audio, recording(silence(2.0), silence(2.0)).audio
MEDIA = f"{RESOURCES}/Recordings/{RECORDING}.wav"


def wav(audio: bytes) -> Answer:
    return answer(200, audio, {"Content-Type": "audio/x-wav"})


def moved(location: str, status: int = 302) -> Answer:
    return answer(status, b"", {"Location": location})


def fetch(api: RecordedServer, channels: int | None = None, max_bytes: int = 1_000_000, limit_s: float = LIMIT_S) -> Recording:
    return TwilioRecordings(settings(api.url, max_bytes=max_bytes), limit_s).fetch(ACCOUNT, RECORDING, channels)


def refused(api: RecordedServer, **more: Any) -> StepError:
    with pytest.raises(StepError) as raised:
        fetch(api, **more)
    return raised.value


@pytest.mark.parametrize("channels", [None, 2])
def test_two_channels_are_asked_for_unless_there_is_but_one(api: RecordedServer, channels: int | None) -> None:
    api.will(wav(DUAL))
    assert fetch(api, channels) == Recording(DUAL, "audio/wav", 2.0, 2)
    [asked] = api.asked
    assert (asked.method, asked.path, asked.query) == ("GET", MEDIA, {"RequestedChannels": ["2"]})
    assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode() == f"{ACCOUNT}:{TOKEN}"


def test_one_channel_is_asked_for_if_its_webhook_said_one(api: RecordedServer) -> None:
    api.will(wav(MONO))
    assert fetch(api, 1) == Recording(MONO, "audio/wav", 2.0, 1)
    assert [asked.query for asked in api.asked] == [{"RequestedChannels": ["1"]}]


def test_a_recording_that_has_one_channel_after_all_is_fetched_as_such(api: RecordedServer) -> None:
    api.will(error(400, 21240), wav(MONO))
    assert fetch(api, 2).channels == 1
    assert [asked.query for asked in api.asked] == [{"RequestedChannels": ["2"]}, {"RequestedChannels": ["1"]}]


def test_a_recording_in_no_number_of_channels_is_given_up(api: RecordedServer) -> None:
    api.will(error(400, 21240))
    raised = refused(api)
    assert (type(raised), raised.code) == (PermanentError, "twilio:http_400")
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    ("account", "recording"),
    [
        (ACCOUNT, "RE1"),
        (ACCOUNT, f"{RECORDING}/../../x"),
        (ACCOUNT, f"{RECORDING}\n"),
        (ACCOUNT, "https://evil.example/x"),
        (ACCOUNT, ""),
        ("AC1", RECORDING),
        (f"{ACCOUNT}?", RECORDING),
    ],
)
def test_ids_that_are_none_are_never_part_of_a_url(api: RecordedServer, account: str, recording: str) -> None:
    with pytest.raises(PermanentError) as raised:
        TwilioRecordings(settings(api.url), LIMIT_S).fetch(account, recording, None)
    assert raised.value.code == "twilio:bad_sid"
    assert api.asked == []


@pytest.mark.parametrize("announced", [None, 10**12])
def test_more_than_is_allowed_is_refused_however_it_is_announced(api: RecordedServer, announced: int | None) -> None:
    api.will(answer(200, MONO) if announced is None else announcing(announced, MONO))
    raised = refused(api, max_bytes=10_000)
    assert (type(raised), raised.code) == (PermanentError, "twilio:recording_too_large")


def test_as_much_as_is_allowed_is_taken(api: RecordedServer) -> None:
    api.will(wav(MONO))
    assert len(fetch(api, max_bytes=len(MONO)).audio) == len(MONO)
    assert refused(api, max_bytes=len(MONO) - 1).code == "twilio:recording_too_large"


@pytest.mark.parametrize("body", [b"<html>log in</html>", b'{"code": 1}', b"", b"RIF"])
def test_what_is_no_audio_is_asked_for_again_later(api: RecordedServer, body: bytes) -> None:
    api.will(answer(200, body, {"Content-Type": "audio/x-wav"}))
    raised = refused(api)
    assert (type(raised), raised.code) == (NotYetError, "twilio:not_audio")


@pytest.mark.parametrize(
    ("told", "kind", "code"),
    [
        (error(404, 20404), NotYetError, "twilio:recording_not_found"),
        (error(401, 20003), VendorPausedError, "twilio:invalid_credentials"),
        (error(429, 20429), VendorPausedError, "twilio:rate_limited"),
        (answer(500, b"<html>"), RetryableError, "twilio:http_500"),
        (answer(503, b""), RetryableError, "twilio:http_503"),
        (answer(410, b""), PermanentError, "twilio:http_410"),
        (announcing(len(MONO) + 1, MONO), NoAnswerError, "twilio:connection_lost"),
        (hang_up, NoAnswerError, "twilio:connection_lost"),
    ],
)
def test_each_other_answer_has_its_error(api: RecordedServer, told: Answer, kind: type[StepError], code: str) -> None:
    api.will(told)
    raised = refused(api)
    assert (type(raised), raised.code) == (kind, code)
    assert raised.__cause__ is None


def test_a_vendor_that_hangs_is_given_up_in_time(api: RecordedServer) -> None:
    api.will(hang)
    with pytest.raises(NoAnswerError):
        fetch(api, limit_s=0.2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_one_redirect_is_followed_without_credentials(api: RecordedServer, status: int) -> None:
    with running(wav(DUAL)) as store:
        api.will(moved(f"{store.url}/media?X-Signature=a%2Fb#part", status))
        assert fetch(api) == Recording(DUAL, "audio/wav", 2.0, 2)
        [asked] = store.asked
    assert (asked.method, asked.target) == ("GET", "/media?X-Signature=a%2Fb")
    assert not {"authorization", "cookie", "x-request-id", "referer"} & {name.lower() for name in asked.headers}


def test_credentials_in_a_redirect_or_in_the_environment_are_not_sent_either(
    api: RecordedServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with running(wav(MONO)) as store:
        api.will(moved(store.url + "/media"))
        fetch(api)
        assert "Authorization" not in store.asked[0].headers


def test_a_second_redirect_is_refused(api: RecordedServer) -> None:
    with running(moved("http://127.0.0.1:1/again")) as store:
        api.will(moved(f"{store.url}/media"))
        raised = refused(api)
        assert len(store.asked) == 1
    assert (type(raised), raised.code) == (PermanentError, "twilio:redirect_refused")


@pytest.mark.parametrize(
    "location", ["", "http://10.0.0.1/x", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gopher://h/"]
)
def test_a_redirect_into_the_house_is_refused(api: RecordedServer, location: str) -> None:
    api.will(moved(location))
    raised = refused(api)
    assert (type(raised), raised.code) == (PermanentError, "twilio:redirect_refused")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_store_that_says_no_is_asked_anew_with_a_new_link(api: RecordedServer, status: int) -> None:
    with running(answer(status, b"<Error/>")) as store:
        api.will(moved(f"{store.url}/media"))
        raised = refused(api)
    assert (type(raised), raised.code) == (NotYetError, f"twilio:media_http_{status}")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (hang, "twilio:timeout"),
        (dripping, "twilio:timeout"),
        (hang_up, "twilio:connection_lost"),
        (announcing(len(MONO) + 1, MONO), "twilio:connection_lost"),
        (answer(200, b"<html>log in</html>"), "twilio:not_audio"),
    ],
)
def test_a_store_that_is_ill_does_not_make_twilio_so(api: RecordedServer, told: Answer, code: str) -> None:
    with running(told) as store:
        api.will(moved(f"{store.url}/media"))
        raised = refused(api, limit_s=0.4 if code == "twilio:timeout" else LIMIT_S)
    assert (type(raised), raised.code) == (NotYetError, code)
    assert raised.__cause__ is None


def test_a_store_that_nobody_reaches_does_not_make_twilio_ill(api: RecordedServer) -> None:
    with running() as gone:
        api.will(moved(f"{gone.url}/media"))
    raised = refused(api)
    assert (type(raised), raised.code) == (NotYetError, "twilio:unreachable")


def test_a_store_whose_name_is_unknown_does_not_make_twilio_ill(api: RecordedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def known(host: str, *more: Any, **named: Any) -> Any:
        if host == "media.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    api.will(moved("https://media.invalid/media"))
    raised = refused(api)
    assert (type(raised), raised.code) == (NotYetError, "twilio:unreachable")


def test_a_stores_media_is_limited_too(api: RecordedServer) -> None:
    with running(wav(MONO)) as store:
        api.will(moved(f"{store.url}/media"))
        assert refused(api, max_bytes=1_000).code == "twilio:recording_too_large"
