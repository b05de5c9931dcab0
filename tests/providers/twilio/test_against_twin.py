"""The adapters against the vendor twin: the official SDK over real sockets, in the twin's good and bad modes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.chain import EffectKind
from domain.errors import CallOverError, NoAnswerError, NotYetError, PermanentError, RetryableError, StepError, VendorPausedError
from providers.twilio.caller import TwilioCaller
from providers.twilio.history import TwilioHistory
from providers.twilio.messenger import TwilioMessenger
from providers.twilio.recordings import TwilioRecordings
from scripts import twin
from scripts.twin.client import TwinClient
from scripts.twin.config import ACCOUNT_SID, AUTH_TOKEN
from settings import TwilioSettings
from tests.support import twilio_api
from tests.support.effects import effect
from tests.support.sounds import recording, silence
from tests.support.twilio_api import CALL, RECORDING

MONO, DUAL = recording(silence(2.0)).audio, recording(silence(2.0), silence(2.0)).audio
# a slow machine must not be taken for a hanging vendor
LIMIT_S, IMPATIENT_S = 10.0, 0.3


@pytest.fixture(scope="module")
def one_twin() -> Iterator[TwinClient]:
    with twin.running() as client:
        yield client


@pytest.fixture
def t(one_twin: TwinClient) -> TwinClient:
    """A twin as new."""
    one_twin.reset()
    return one_twin


def configured(t: TwinClient, token: str = AUTH_TOKEN) -> TwilioSettings:
    return twilio_api.settings(t.url, {ACCOUNT_SID: (token,)})


def send(t: TwinClient, **more: Any) -> str:
    return TwilioMessenger(configured(t), t.url, LIMIT_S).send(effect(account=ACCOUNT_SID, **more))


@pytest.mark.parametrize("audio", [MONO, DUAL], ids=["mono", "dual"])
@pytest.mark.parametrize("channels", [None, 1, 2])
def test_a_recording_is_fetched_in_the_channels_that_it_has(t: TwinClient, audio: bytes, channels: int | None) -> None:
    sid = t.add_recording(audio)
    found = TwilioRecordings(configured(t), LIMIT_S).fetch(ACCOUNT_SID, sid, channels)
    assert found.channels == (1 if audio is MONO or channels == 1 else 2)
    assert found.seconds == pytest.approx(2.0, abs=0.1)


def test_a_recording_that_is_not_there_may_come(t: TwinClient) -> None:
    with pytest.raises(RetryableError) as raised:
        TwilioRecordings(configured(t), LIMIT_S).fetch(ACCOUNT_SID, RECORDING, None)
    assert raised.value.code == "twilio:recording_not_found"


@pytest.mark.parametrize(
    ("mode", "kind", "code"),
    [
        ("html", NotYetError, "twilio:not_audio"),
        ("redirect", StepError, "twilio:"),
        ("down", NoAnswerError, "twilio:connection_lost"),
        ("hang", NoAnswerError, "twilio:timeout"),
        ("429", VendorPausedError, "twilio:rate_limited"),
        ("500", RetryableError, "twilio:http_500"),
        ("503", RetryableError, "twilio:http_503"),
    ],
)
def test_a_bad_mode_is_an_error_and_no_recording(t: TwinClient, mode: str, kind: type[StepError], code: str) -> None:
    sid = t.add_recording(DUAL)
    t.misbehave("twilio", mode)
    with pytest.raises(kind) as raised:
        TwilioRecordings(configured(t), IMPATIENT_S if mode == "hang" else LIMIT_S).fetch(ACCOUNT_SID, sid, None)
    assert raised.value.code.startswith(code)


@pytest.mark.parametrize(
    ("mode", "how", "kind", "code"),
    [
        ("429", {"retry_after_s": 7}, VendorPausedError, "twilio:rate_limited"),
        ("429", {"shape": "problem"}, VendorPausedError, "twilio:rate_limited"),
        ("401", {}, VendorPausedError, "twilio:invalid_credentials"),
        ("500", {"after_work": True}, NoAnswerError, "twilio:http_500"),
        ("503", {"shape": "html"}, NoAnswerError, "twilio:http_503"),
        ("503", {"after_work": True}, NoAnswerError, "twilio:http_503"),
        ("accept_then_hang", {}, NoAnswerError, "twilio:timeout"),
        ("html", {"after_work": True}, NoAnswerError, "twilio:unreadable_answer"),
        ("truncated", {}, NoAnswerError, "twilio:"),
        ("down", {"after_work": True}, NoAnswerError, "twilio:connection_lost"),
    ],
)
def test_a_bad_mode_never_sends_twice(t: TwinClient, mode: str, how: dict[str, object], kind: type[StepError], code: str) -> None:
    t.misbehave("twilio", mode, "message.create", **how)
    with pytest.raises(kind) as raised:
        TwilioMessenger(configured(t), t.url, IMPATIENT_S if "hang" in mode else LIMIT_S).send(effect(account=ACCOUNT_SID))
    assert raised.value.code.startswith(code)
    assert len(t.messages()) <= 1
    assert len(t.log(vendor="twilio", direction="in")) == 1
    if isinstance(raised.value, VendorPausedError) and "retry_after_s" in how:
        assert raised.value.delay_s == 7


def test_the_wrong_token_pauses_and_a_newer_one_is_tried_first(t: TwinClient) -> None:
    with pytest.raises(VendorPausedError):
        TwilioMessenger(configured(t, "wrong"), t.url, LIMIT_S).send(effect(account=ACCOUNT_SID))
    both = twilio_api.settings(t.url, {ACCOUNT_SID: ("wrong", AUTH_TOKEN)})
    assert TwilioMessenger(both, t.url, LIMIT_S).send(effect(account=ACCOUNT_SID)) == t.messages()[0]["sid"]


@pytest.mark.parametrize(("target", "code"), [("+15005550004", "twilio:21610"), ("+15005550001", "twilio:21211")])
def test_a_number_that_takes_no_message_is_given_up(t: TwinClient, target: str, code: str) -> None:
    with pytest.raises(PermanentError) as raised:
        send(t, target=target)
    assert raised.value.code == code


def test_a_call_that_is_over_is_not_told_anything(t: TwinClient) -> None:
    calls = TwilioCaller(configured(t), t.url, LIMIT_S)
    call = t.play_call(t.url, ends_as="busy", gap_s=0.0).call_sid
    with pytest.raises(CallOverError) as raised:
        calls.send(effect(EffectKind.CALL_UPDATE, account=ACCOUNT_SID, target=call))
    assert raised.value.code == "twilio:call_not_in_progress"
    with pytest.raises(PermanentError):
        calls.send(effect(EffectKind.CALL_UPDATE, account=ACCOUNT_SID, target=CALL))


def test_an_accounts_history_is_listed_newest_first_over_its_pages(t: TwinClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.twilio.history.PAGE_SIZE", 2)
    sids = [send(t, body=f"Message {number}.") for number in range(5)]
    recorded = t.add_recording(DUAL, call=CALL)
    history = TwilioHistory.of(configured(t), LIMIT_S)
    since = datetime.now(UTC) - timedelta(minutes=1)
    found: list[str] = []
    after: str | None = None
    while (page := history.messages(ACCOUNT_SID, since, after)).items:
        found += [message.sid for message in page.items]
        after = page.next
        if after is None:
            break
    assert found == sids[::-1]
    assert [(found.sid, found.channels) for found in history.recordings(ACCOUNT_SID, since, None).items] == [(recorded, 2)]
    assert history.messages(ACCOUNT_SID, datetime.now(UTC) + timedelta(minutes=1), None).items == ()


def test_a_call_is_told_with_its_numbers_and_an_unknown_one_is_none(t: TwinClient) -> None:
    history = TwilioHistory.of(configured(t), LIMIT_S)
    sid = t.play_call(t.url, hold=True, from_="+15005550199", to="+15005550100").call_sid
    found = history.call(ACCOUNT_SID, sid)
    assert found
    assert (found.direction, found.from_, found.to) == ("inbound", "+15005550199", "+15005550100")
    assert history.call(ACCOUNT_SID, CALL) is None
